"""Migrationsverket: permits. Data without a response is its way of saying that it has nothing."""

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome
from shs_adapter.ssbtek.reading import delivered, elements, holds_text, texts, token

_ABOUT_THE_ANSWER = {"korrelationsid", "correlationid", "efternamn", "fornamn", "personnummer"}


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``findByPersonnummerResponse``; its correlation ids are of Migrationsverket's own making."""
    fault = data.find(".//{*}faultCode")
    if fault is not None:
        return Finding(outcome=Outcome.ERROR, felkod=token(fault.text))
    if not elements(data, "response"):
        if len(data) or holds_text(data):
            raise MalformedAnswer("miv_answer", "response")
        return Finding(outcome=Outcome.EMPTY)
    persons = texts(data, "response", "personnummer")
    outcome = delivered(data, rows={"svar"}, ignoring=_ABOUT_THE_ANSWER)
    if outcome is Outcome.EMPTY and not texts(data, "response", "correlationid"):
        outcome = Outcome.PARTIAL
    status = UNKNOWN if outcome is Outcome.PARTIAL else None
    return Finding(outcome=outcome, status=status, persons=persons)
