"""Arbetsförmedlingen: typed XML, one status code for the whole and one for the activity report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.facts import AfDecision, AfStatus, Fact
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Sub, Transience, numbered
from shs_adapter.ssbtek.reading import delivered, elements, holds_text, only, text, texts, token
from shs_adapter.ssbtek.rows import Row

_NORMAL = "0"
_REPORT_READ = {"200", "500", "501"}  # filed, not in the system, not filed
_REPORT_FAILED = "502"
_ROWS = {"ArbetssokandeInfo", "Beslut"}
_ABOUT_THE_ANSWER = (
    "Schemaversion",
    "Referensnummer",
    "LagParagraf",
    "IdentitetsbeteckningFysiskPerson",
    "Fornamn",
    "Efternamn",
    "Sekretessmarkering",
    "StatusSokandeinformationKod",
    "StatusSokandeinformationKodText",
)


@dataclass(frozen=True, slots=True)
class _Report:
    code: str
    filed: date | None


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``SvarMeddelande``; real answers leave out the echoed question, so only ``Svar`` is needed."""
    element = only(data, "Svar")
    normal = text(element, "StatusSokandeinformationKod") == _NORMAL
    whole = Row(data)
    whole.skip("Fraga")
    (answer,) = whole.containers("Svar")
    version = answer.text("Schemaversion")
    answer.truth("Sekretessmarkering")  # noted if it is neither; it then protects
    seeker = answer.first("ArbetssokandeInfo")
    reports = [_report(row) for row in seeker.containers("AktivetetsRapportDatum")]
    facts = (*_standing(answer, seeker, reports), *_decisions(answer))
    answer.skip(*_ABOUT_THE_ANSWER)
    whole.close()
    worth = _unread(normal, reports) or settled(
        delivered(element, _ROWS, _ABOUT_THE_ANSWER), _NORMAL, whole.deviations
    )
    return Finding(
        outcome=worth.outcome,
        status=worth.status,
        transience=worth.transience,
        protected=_is_protected(element),
        version=token(version) if version else None,
        persons=texts(data, "*", "IdentitetsbeteckningFysiskPerson"),
        cases=texts(data, "*", "Referensnummer"),
        subs=tuple(_subs(reports)),
        facts=facts,
        deviations=whole.deviations,
    )


def _is_protected(answer: etree._Element) -> bool:
    """A marking that cannot be read counts as one."""
    marks = [mark for mark in elements(answer, "Sekretessmarkering") if holds_text(mark)]
    return any((mark.text or "").strip() not in {"false", "0"} for mark in marks)


def _report(row: Row) -> _Report:
    return _Report(
        code=row.code("AktivitetsRapportMeddelande", {*_REPORT_READ, _REPORT_FAILED}) or "",
        filed=row.day("SenasteAktivitetsRapportDatum"),
    )


def _unread(normal: bool, reports: list[_Report]) -> Worth | None:
    """What makes the answer PARTIAL by its own account, or None; 502 is documented as a technical error."""
    if not normal:
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.DOUBTFUL)
    failed = next((report.code for report in reports if report.code not in _REPORT_READ), None)
    if failed is None:
        return None
    if failed == _REPORT_FAILED:
        return Worth(Outcome.PARTIAL, failed, Transience.TRANSIENT)
    return Worth(Outcome.PARTIAL, UNKNOWN, Transience.DOUBTFUL)


def _subs(reports: list[_Report]) -> Iterator[Sub]:
    names = numbered("aktivitetsrapport" for _ in reports)
    for name, report in zip(names, reports, strict=True):
        if report.code in _REPORT_READ:
            yield Sub(name=name, outcome=Outcome.DATA, status=report.code)
        elif report.code == _REPORT_FAILED:
            yield Sub(name=name, outcome=Outcome.ERROR, status=report.code)
        else:
            yield Sub(name=name, outcome=Outcome.PARTIAL, status=UNKNOWN)


def _standing(answer: Row, seeker: Row, reports: list[_Report]) -> Iterator[Fact]:
    fund = answer.label("Akassetillhorighet")
    if fund is None and seeker.is_blank:
        return
    report = next(iter(reports), None)
    yield AfStatus(
        job_seeker=seeker.truth("Arbetssokande"),
        category=seeker.label("ArbetssokandeSKAT"),
        registered=seeker.day("ArbetssokandeRegistrerad"),
        deregistered=seeker.day("ArbetssokandeAvaktualiserad"),
        extent_percent=seeker.whole("ArbetssokandeOmfattning"),
        activity_report=report.code or None if report else None,
        last_activity_report=report.filed if report else None,
        fund=fund,
    )


def _decisions(answer: Row) -> Iterator[Fact]:
    for information in answer.containers("BeslutInfo"):
        for economic in information.containers("EkonomiskaBeslut"):
            for row in economic.filled("Beslut"):
                yield AfDecision(
                    benefit=row.label("ErsattningTyp"),
                    extent_percent=row.whole("Omfattning"),
                    valid_from=row.day("BeslutFrom"),
                    valid_to=row.end("BeslutTom"),
                )
