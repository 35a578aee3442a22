"""The unemployment insurance funds (a-kassor): one entry per fund, each with a status in free text.

No list of the statuses is public, so which words mean "looked and answered" is set by the operator. A
payment proves an answer whatever the word.
"""

from lxml import etree

from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome
from shs_adapter.ssbtek.reading import day, delivered, elements, only, text, texts

_ROWS = {"Utbetalningar", "Avstangningar", "AnsoktOmErsattning"}
_ABOUT_THE_FUND = {"SvarandeOrganisation", "StatusSvarandeOrganisation"}


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``GetUnemploymentBenefitPaymentResponse``; a list without funds says that none has answered."""
    listed = only(data, "ArbetsloshetsersattningLista")
    funds = elements(listed, "Arbetsloshetsersattning")
    answered = {status.strip().casefold() for status in asked.answered_fund_statuses}
    if not funds or not all(_pays(fund) or _status(fund) in answered for fund in funds):
        outcome = Outcome.PARTIAL
    else:
        outcome = delivered(listed, rows=_ROWS, ignoring=_ABOUT_THE_FUND)
    return Finding(
        outcome=outcome,
        status=UNKNOWN if outcome is Outcome.PARTIAL else None,
        persons=texts(data, "IdentificationNumber"),
        cases=texts(data, "Referensnummer"),
    )


def _status(fund: etree._Element) -> str:
    return text(fund, "StatusSvarandeOrganisation").casefold()


def _pays(fund: etree._Element) -> bool:
    return any(day(text(payment, "Utbetalningsdatum")) for payment in elements(fund, "Utbetalningar"))
