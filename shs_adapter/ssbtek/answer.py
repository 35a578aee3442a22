"""An answer judged: an outcome for each agency, and one verdict on the whole.

Rule: failure is never "nothing". What was asked and is not DATA or EMPTY could not be verified.
Rule: an answer that does not tell whom it is about verifies nothing, whoever brought it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from lxml import etree

from shs_adapter.errors import Malformed, MalformedAnswer, MalformedXml
from shs_adapter.ssbtek import bounds
from shs_adapter.ssbtek.contracts import Contract
from shs_adapter.ssbtek.contracts.reply import UNDECODABLE, Answer, Failure, Fault
from shs_adapter.ssbtek.finding import ANONYMOUS, Asked, Finding, Outcome, Transience
from shs_adapter.ssbtek.notes import MORE, TOO_MANY, Deviation
from shs_adapter.ssbtek.person import same_person
from shs_adapter.ssbtek.question import Agency
from shs_adapter.xml import parse

__all__ = ["Asked", "Check", "Finding", "Judgement", "Outcome", "Verdict", "judge", "no_check"]


class Verdict(StrEnum):
    """What an answer was worth as a whole."""

    COMPLETE = "COMPLETE"  # every asked agency is DATA or EMPTY
    PARTIAL = "PARTIAL"
    FAULT = "FAULT"  # the question failed as a whole
    QUARANTINED = "QUARANTINED"  # it answers something else than we asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict, with a finding for each of the seven agencies in the contract's order.

    *code* is the fault's, or what does not match: korrelationsid, unasked:AF, person:AF, case:AF, and
    person:fraga and case:fraga where the answer repeats a question. Further mismatches follow the warnings
    korrelationsid_absent, identity_absent and unknown_agency.
    """

    verdict: Verdict
    results: Mapping[Agency, Finding]
    code: str | None = None
    warnings: tuple[str, ...] = ()


Check = Callable[[etree._Element], Mapping[Agency, tuple[Deviation, ...]]]


def no_check(root: etree._Element) -> Mapping[Agency, tuple[Deviation, ...]]:
    return {}


def judge(raw: bytes, asked: Asked, contract: Contract, check: Check = no_check) -> Judgement:
    """Judge the bytes of a data part; raises MalformedAnswer, and nothing else, if they are no answer.

    What *check* says of the document, as parsed, is put with each agency's own deviations and decides
    nothing: real answers deviate from their schemas.
    """
    try:
        root = parse(raw, bounds.MARKUP)
    except MalformedXml as error:
        raise MalformedAnswer(error.code, error.where) from None
    reply = contract.read(root)
    if isinstance(reply, Fault):
        return Judgement(verdict=Verdict.FAULT, results=_results({}, asked), code=reply.code)
    deviations = check(root)
    findings = {
        agency: _noting(_find(agency, part, asked, contract), deviations.get(agency, ()))
        for agency, part in reply.parts.items()
        if agency in asked.agencies
    }
    results = _results(findings, asked)
    warnings = tuple(_warnings(reply, findings))
    if _ANONYMOUS.intersection(warnings):
        results = {agency: _unverified(finding, reply) for agency, finding in results.items()}
    mismatches = tuple(_mismatches(reply, findings, asked))
    if mismatches:
        verdict, code, warnings = Verdict.QUARANTINED, mismatches[0], warnings + mismatches[1:]
    elif all(result.outcome in _VERIFIED for result in results.values()):
        verdict, code = Verdict.COMPLETE, None
    else:
        verdict, code = Verdict.PARTIAL, None
    return Judgement(verdict=verdict, results=results, code=code, warnings=warnings)


_VERIFIED = {Outcome.DATA, Outcome.EMPTY, Outcome.UNASKED}

# The agencies whose contract has them name the person or the case, by what their data comes to: CSN has no
# person to name where it found none, Migrationsverket no response. Skatteverket's contract is not public, the
# others' name nobody (ssbtek-data b).
_NAMING: Mapping[Outcome, frozenset[Agency]] = {
    Outcome.DATA: frozenset({Agency.AF, Agency.CSN, Agency.SO, Agency.MIV}),
    Outcome.EMPTY: frozenset({Agency.AF, Agency.SO}),
    Outcome.PARTIAL: frozenset({Agency.AF, Agency.SO}),
}
_ANONYMOUS = {"korrelationsid_absent", "identity_absent"}  # the warnings that make an answer verify nothing


def _find(agency: Agency, part: etree._Element | Failure, asked: Asked, contract: Contract) -> Finding:
    """One agency's finding; what cannot be read is that agency's error alone."""
    if isinstance(part, Failure):
        return _failed(part)
    try:
        return _bounded(contract.JUDGES[agency](part, asked))
    except Malformed as error:
        found = _failed(Failure(None, UNDECODABLE))
        return _noting(found, (Deviation(TOO_MANY, error.where or "."),)) if error.code in _LIMITS else found


def _failed(failure: Failure) -> Finding:
    return Finding(
        outcome=Outcome.ERROR,
        kalla=failure.kalla,
        felkod=failure.felkod,
        transience=failure.transience,
    )


_LIMITS = {"xml_limit", TOO_MANY}


def _bounded(finding: Finding) -> Finding:
    """The finding with no more outcomes of parts than may be told; it is not whole without the others."""
    if len(finding.subs) > bounds.SUBS:
        return replace(
            finding,
            outcome=Outcome.PARTIAL if finding.outcome in _VERIFIED else finding.outcome,
            transience=finding.transience or Transience.PERMANENT,
            subs=finding.subs[: bounds.SUBS],
            deviations=_once((*finding.deviations, Deviation(TOO_MANY, "subs"))),
        )
    return replace(finding, deviations=_once(finding.deviations)) if MORE in finding.deviations else finding


def _once(deviations: Iterable[Deviation]) -> tuple[Deviation, ...]:
    """Each once: that there are more is noted wherever there are."""
    return tuple(dict.fromkeys(deviations))


def _noting(finding: Finding, deviations: tuple[Deviation, ...]) -> Finding:
    return replace(finding, deviations=finding.deviations + deviations) if deviations else finding


_MISSING = Finding(outcome=Outcome.MISSING, transience=Transience.DOUBTFUL)
_UNASKED = Finding(outcome=Outcome.UNASKED)


def _results(findings: Mapping[Agency, Finding], asked: Asked) -> Mapping[Agency, Finding]:
    """A finding for every agency; one that was not asked has nothing of its answer in it."""
    return {
        agency: findings.get(agency, _MISSING) if agency in asked.agencies else _UNASKED for agency in Agency
    }


def _mismatches(answer: Answer, findings: Mapping[Agency, Finding], asked: Asked) -> Iterator[str]:
    """What shows that this is not the answer to our question."""
    if any(found != asked.correlation_id for found in answer.correlation_ids):
        yield "korrelationsid"
    yield from _strangers("fraga", answer.persons, answer.cases, asked)
    for agency in Agency:
        if agency in answer.parts and agency not in asked.agencies:
            yield f"unasked:{agency}"
        if agency in findings:
            yield from _strangers(agency, findings[agency].persons, findings[agency].cases, asked)


def _strangers(place: str, persons: Iterable[str], cases: Iterable[str], asked: Asked) -> Iterator[str]:
    if not all(same_person(person, asked.person) for person in persons):
        yield f"person:{place}"
    if not all(case == asked.case_id.strip() for case in cases):
        yield f"case:{place}"


def _unverified(finding: Finding, answer: Answer) -> Finding:
    """What an agency said in an answer that verifies nothing; its rows only if something ties them to us."""
    if finding.outcome is Outcome.UNASKED:
        return finding
    is_ours = bool(answer.correlation_ids or finding.persons or finding.cases)
    return replace(
        finding,
        outcome=Outcome.PARTIAL if finding.outcome in _NAMING else finding.outcome,
        status=ANONYMOUS,
        transience=finding.transience or Transience.PERMANENT,  # the next answer would tell as little
        subs=finding.subs if is_ours else (),
        payments=finding.payments if is_ours else (),
        facts=finding.facts if is_ours else (),
    )


def _warnings(answer: Answer, findings: Mapping[Agency, Finding]) -> Iterator[str]:
    if not answer.correlation_ids:
        yield "korrelationsid_absent"
    is_named = answer.persons or answer.cases or any(one.persons or one.cases for one in findings.values())
    if not is_named and any(agency in _NAMING.get(one.outcome, ()) for agency, one in findings.items()):
        yield "identity_absent"
    if answer.unknown_agency:
        yield "unknown_agency"
