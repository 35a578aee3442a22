"""Arbetsförmedlingen: typed XML, one status code for the whole and one for the activity report."""

from lxml import etree

from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome
from shs_adapter.ssbtek.reading import delivered, elements, only, text, texts

_NORMAL = "0"
_REPORT_READ = {"200", "500", "501"}  # filed, not in the system, not filed
_REPORT_FAILED = "502"
_ROWS = {"ArbetssokandeInfo", "Beslut"}
_ABOUT_THE_ANSWER = {
    "Schemaversion",
    "Referensnummer",
    "LagParagraf",
    "IdentitetsbeteckningFysiskPerson",
    "Fornamn",
    "Efternamn",
    "Sekretessmarkering",
    "StatusSokandeinformationKod",
    "StatusSokandeinformationKodText",
}


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``SvarMeddelande``; real answers leave out the echoed question, so only ``Svar`` is needed."""
    answer = only(data, "Svar")
    outcome, status = _worth(answer)
    return Finding(
        outcome=outcome,
        status=status,
        protected=text(answer, "Sekretessmarkering") not in {"", "false", "0"},
        persons=texts(data, "*", "IdentitetsbeteckningFysiskPerson"),
        cases=texts(data, "*", "Referensnummer"),
    )


def _worth(answer: etree._Element) -> tuple[Outcome, str]:
    if text(answer, "StatusSokandeinformationKod") != _NORMAL:
        return Outcome.PARTIAL, UNKNOWN
    for report in elements(answer, "ArbetssokandeInfo", "AktivetetsRapportDatum"):
        code = text(report, "AktivitetsRapportMeddelande")
        if code not in _REPORT_READ:
            return Outcome.PARTIAL, code if code == _REPORT_FAILED else UNKNOWN
    outcome = delivered(answer, rows=_ROWS, ignoring=_ABOUT_THE_ANSWER)
    return outcome, UNKNOWN if outcome is Outcome.PARTIAL else _NORMAL
