"""Migrationsverket: permits. Data without a response is its way of saying that it has nothing."""

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.facts import MivPermit
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Transience
from shs_adapter.ssbtek.reading import delivered, elements, holds_text, texts, token
from shs_adapter.ssbtek.rows import Row

_ABOUT_THE_ANSWER = ("korrelationsid", "correlationid", "efternamn", "fornamn", "personnummer")
_VALIDITIES = {"PERMANENT", "TIDBEGRANSAT"}


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``findByPersonnummerResponse``; its correlation ids are of Migrationsverket's own making."""
    fault = data.find(".//{*}faultCode")
    if fault is not None:
        return Finding(outcome=Outcome.ERROR, felkod=token(fault.text), transience=Transience.DOUBTFUL)
    if not elements(data, "response"):
        if len(data) or holds_text(data):
            raise MalformedAnswer("miv_answer", "response")
        return Finding(outcome=Outcome.EMPTY)
    answer = Row(data)
    permits = tuple(
        _permit(row)
        for response in answer.containers("response")
        for collection in _collections(response)
        for row in collection.filled("svar")
    )
    answer.close()
    outcome = delivered(data, rows={"svar"}, ignoring=_ABOUT_THE_ANSWER)
    if outcome is Outcome.EMPTY and not texts(data, "response", "correlationid"):
        worth = Worth(Outcome.PARTIAL, UNKNOWN, Transience.DOUBTFUL)
    else:
        worth = settled(outcome, None, answer.deviations)
    return Finding(
        outcome=worth.outcome,
        status=worth.status,
        transience=worth.transience,
        persons=texts(data, "response", "personnummer"),
        facts=permits,
        deviations=answer.deviations,
    )


def _collections(response: Row) -> list[Row]:
    response.skip(*_ABOUT_THE_ANSWER, "hemland", "inresedatum")
    return response.containers("svarCollection")


def _permit(row: Row) -> MivPermit:
    row.skip("anledning", "anledningNamn", "arendeTypNamn", "beslutsKodNamn")
    return MivPermit(
        case_type=row.label("arendeTyp"),
        decision_code=row.label("beslutsKod"),
        decision_type=row.label("beslutsTyp"),
        decision=row.label("beslutsTypNamn"),
        applied=row.day("ansokningsdatum"),
        decided=row.day("beslutsdatum"),
        valid_from=row.day("fromDatum"),
        valid_to=row.end("tomDatum"),
        validity=row.code("giltighetstid", _VALIDITIES),
    )
