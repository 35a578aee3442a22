"""The unemployment insurance funds (a-kassor): one entry per fund, each with a status in free text.

No list of the statuses is public, so which words mean "looked and answered" is set by the operator. A
payment proves an answer whatever the word. A word that the operator has not listed is PERMANENT: asking again
discloses the person again and gives the same word.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.counting import counted, remainder
from shs_adapter.ssbtek.facts import Fact, Payer, Payment, PaymentStatus, SoFund, SoSuspension
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Sub, Transience, numbered
from shs_adapter.ssbtek.notes import INCOMPLETE
from shs_adapter.ssbtek.reading import only, texts
from shs_adapter.ssbtek.rows import Row

_BENEFIT = "Arbetslöshetsersättning"
_ABOUT_THE_ANSWER = (
    "OrganisationsnummerIngivare",
    "NamnIngivare",
    "KontonamnHandlaggare",
    "Referensnummer",
    "From",
    "Tom",
    "Syfte",
    "Paragraf",
    "OrganisationsnummerPersonuppgiftsbitrade",
    "NamnPersonuppgiftsbitrade",
    "IdentificationNumber",
)
_PHRASE = re.compile(r"(?:[^\W\d_]|[0-9]| ){1,40}")
_DIGITS_OF_A_PERSON = 10


@dataclass(frozen=True, slots=True)
class _Fund:
    """One fund, read but not judged."""

    row: Row
    name: str
    status: str
    payments: tuple[Payment, ...]
    facts: tuple[Fact, ...]
    says_anything: bool


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``GetUnemploymentBenefitPaymentResponse``; a list without funds says that none has answered."""
    only(data, "ArbetsloshetsersattningLista")
    answer = Row(data)
    (listed,) = answer.containers("ArbetsloshetsersattningLista")
    funds = [_fund(row, number) for number, row in enumerate(listed.rows("Arbetsloshetsersattning"), 1)]
    answer.skip(*_ABOUT_THE_ANSWER)
    answer.close()
    worths = [_worth(fund, asked) for fund in funds]
    worth = _whole(worths, answer)
    names = numbered(fund.name for fund in funds)
    return Finding(
        outcome=worth.outcome,
        status=worth.status,
        transience=worth.transience,
        persons=texts(data, "IdentificationNumber"),
        cases=texts(data, "Referensnummer"),
        subs=tuple(
            Sub(name=name, outcome=each.outcome, status=_printable(fund.status))
            for name, each, fund in zip(names, worths, funds, strict=True)
        ),
        payments=tuple(payment for fund in funds for payment in fund.payments),
        facts=tuple(fact for fund in funds for fact in fund.facts),
        deviations=answer.deviations,
    )


def _fund(row: Row, number: int) -> _Fund:
    label = row.label("SvarandeOrganisation")
    status = row.text("StatusSvarandeOrganisation")
    payments = tuple(_payment(each, label) for each in row.filled("Utbetalningar", INCOMPLETE))
    suspensions = [
        SoSuspension(
            fund=label, suspended_from=each.day("AvstangdFrom"), suspended_to=each.end("AvstangdTom")
        )
        for each in row.filled("Avstangningar")
    ]
    application = row.first("AnsoktOmErsattning")
    said = SoFund(
        fund=label,
        status=row.notes.label(status, row.at("StatusSvarandeOrganisation")),
        right_decided_on=application.day("BeslutOmRattTillErsattning"),
        payment_applied=application.truth("AnsokanOmUtbetalningInlamnad"),
        application_known=not application.is_blank,
    )
    return _Fund(
        row=row,
        name=label or f"a-kassa {number}",
        status=status,
        payments=payments,
        facts=(said, *suspensions),
        says_anything=bool(payments or suspensions or said.application_known),
    )


def _payment(row: Row, fund: str | None) -> Payment:
    """No gross amount exists."""
    after_tax, paid_out = row.amount("NettoEfterSkatt"), row.amount("NettoEfterAvdrag")
    payment = Payment(
        payer=Payer.AKASSA,
        payer_org=fund,
        benefit=_BENEFIT,
        status=PaymentStatus.PAID,
        paid_on=row.day("Utbetalningsdatum"),
        period_from=row.day("AvserFrom"),
        period_to=row.end("AvserTom"),
        net_after_tax=after_tax,
        net=paid_out,
        other_deduction=remainder(after_tax, paid_out, row.path, row.notes),
        loan=Decimal(0),
        days=row.amount("Ersattningsdagar"),
        path=row.path,
    )
    return counted(payment, row.notes)


def _worth(fund: _Fund, asked: Asked) -> Worth:
    """A fund has answered if it pays, or says so in a word that the operator knows."""
    answered = {status.strip().casefold() for status in asked.answered_fund_statuses}
    if not any(payment.paid_on for payment in fund.payments) and fund.status.casefold() not in answered:
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.PERMANENT)
    return settled(Outcome.DATA if fund.says_anything else Outcome.EMPTY, None, fund.row.deviations)


def _whole(funds: list[Worth], answer: Row) -> Worth:
    if not funds:
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.DOUBTFUL)
    if any(worth.outcome is Outcome.PARTIAL for worth in funds):
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.PERMANENT)
    says_anything = any(worth.outcome is Outcome.DATA for worth in funds)
    return settled(Outcome.DATA if says_anything else Outcome.EMPTY, None, answer.deviations)


def _printable(status: str) -> str:
    """The word as it came if it is short and plain and cannot hold a personal number, else UNKNOWN."""
    word = " ".join(status.split())
    holds_digits = sum(letter.isdigit() for letter in word) >= _DIGITS_OF_A_PERSON
    return word if _PHRASE.fullmatch(word) and not holds_digits else UNKNOWN
