"""What reports live on: changes between months, and payments that are only planned."""

from decimal import Decimal

from tests.sandbox.answers import (
    ADA,
    BY_NAME,
    PENSIONER,
    amount,
    answered,
    csn_answer,
    lefi_answer,
    payments,
    texts,
)
from tests.sandbox.questions import lefi, question

PARENT = BY_NAME["Par Provpar"]
RETRAINING = BY_NAME["Oskar Omställd"]


def housing_allowance(person: str) -> dict[str, Decimal]:
    """The net of every payment since August, by its date."""
    asked = lefi(person, first="2026-08-01", utbetalningar=["FK:BOB"], preliminaraUtbetalningar=["FK:BOB"])
    fk = lefi_answer(answered(question(person, agencies=("FK",), lefi_json=asked)))
    return {payment["datum"]: amount(payment["nettobelopp"]) for payment in payments(fk)}


def test_a_benefit_that_ended_was_paid_until_the_month_before_last() -> None:
    assert [*housing_allowance(PARENT)] == ["2026-08-26", "2026-09-26"]


def test_the_decision_on_a_benefit_that_ended_says_when() -> None:
    fk = lefi_answer(answered(question(PARENT)))["formansinformation"]

    periods = [case["beslut"][0]["period"] for case in fk["bostadsbidragsarende"] + fk["barnbidragsarende"]]

    assert periods == [{"fran": "2026-04", "till": "2026-09"}, {"fran": "2026-04"}]


def test_a_benefit_that_rose_differs_by_more_than_an_eighth_from_last_month_on() -> None:
    net = housing_allowance(ADA)

    assert net["2026-08-26"] == net["2026-09-26"]
    assert net["2026-10-26"] > net["2026-09-26"] * Decimal("1.125")
    assert net["2026-10-26"] == net["2026-11-26"]


def test_two_payers_announce_payments_to_one_person() -> None:
    fk = lefi_answer(answered(question(PENSIONER)))

    assert [each["datum"] for each in fk["formansinformation"]["preliminarautbetalningar"]] == ["2026-12-19"]
    assert [each["utbetalningsdatum"] for each in fk["preliminaraUtbetalningar"]] == ["2026-12-18"]


def test_study_support_may_be_planned_without_a_day() -> None:
    csn = csn_answer(answered(question(RETRAINING)))

    assert texts(csn, "utbetdatum") == ["20261025", "0"]
    assert texts(csn, "utbetstatus") == ["Utbetald", "Planerad"]
