"""What Försäkringskassan pays and decides, decoded from LEFI's answer."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shs_adapter.ssbtek.facts import (
    FkDecision,
    FkProgramDays,
    Part,
    PartKind,
    Payer,
    Payment,
    PaymentStatus,
)
from tests.ssbtek.lefi_samples import (
    CHILD_BENEFIT,
    DATA,
    PARTIAL,
    SICKNESS,
    WHOLE,
    fk_code,
    fk_payment,
    found,
    money,
    noted,
)
from tests.ssbtek.samples import (
    FK_PAYMENT,
    PERSON,
)


def test_everything_about_a_payment_from_forsakringskassan_is_told() -> None:
    told = found(WHOLE)

    assert told.outcome is DATA
    assert told.deviations == ()
    paid, planned = told.payments
    assert paid == Payment(
        payer=Payer.FK,
        payer_org="Försäkringskassan",
        benefit_code="SJP",
        benefit="Sjukpenning",
        pay_type="1 Månad",
        status=PaymentStatus.PAID,
        paid_on=date(2026, 10, 23),
        period_from=date(2026, 9, 1),
        period_to=date(2026, 9, 30),
        gross=Decimal("12250.5"),
        tax=Decimal(3675),
        other_deduction=Decimal(500),
        net=Decimal("8075.5"),
        loan=Decimal(0),
        path="formansinformation.utbetalningsuppgift[0]",
        parts=paid.parts,
    )
    assert planned.status is PaymentStatus.PLANNED
    assert planned.path == "formansinformation.preliminarautbetalningar[0]"
    assert (planned.period_from, planned.period_to) == (date(2026, 12, 1), date(2026, 12, 31))
    assert (planned.tax, planned.other_deduction) == (None, None)


def test_the_rows_of_a_payment_are_its_parts_and_are_never_added_up() -> None:
    (payment,) = fk_payment(SICKNESS).payments

    at = "formansinformation.utbetalningsuppgift[0].utbetalningsdetalj"
    assert payment.parts == (
        Part(
            kind=PartKind.AMOUNT,
            path=f"{at}[0]",
            benefit_code="SP",
            benefit="Sjukpenning, normalnivå",
            amount_type_code="SPN",
            amount_type="Sjukpenning",
            amount=Decimal("12250.5"),
            period_from=date(2026, 9, 1),
            period_to=date(2026, 9, 30),
            extent=Decimal("0.75"),
            days=Decimal(20),
            hours=Decimal(8),
        ),
        Part(
            kind=PartKind.TAX,
            path=f"{at}[1]",
            amount_type_code="PS",
            amount_type="Preliminär skatt",
            amount=Decimal(3675),
        ),
        Part(
            kind=PartKind.DEDUCTION,
            path=f"{at}[2]",
            amount_type_code="KVI",
            amount_type="Kvittning",
            amount=Decimal(500),
        ),
    )
    assert (payment.sub_benefit, payment.amount_type, payment.days) == (None, None, None)


def test_what_a_single_row_says_is_said_of_the_payment() -> None:
    (payment,) = fk_payment(CHILD_BENEFIT).payments

    assert payment.sub_benefit == "Allmänt barnbidrag"
    assert payment.amount_type == "Barnbidrag"
    assert payment.days == Decimal(31)


@pytest.mark.parametrize(
    ("fields", "kind", "amount"),
    [
        ({"beloppstyp": {"id": "PST"}, "avdragsbelopp": money(70), "skattebelopp": money(0)}, "TAX", 70),
        ({"beloppstyp": {"id": "SS"}, "avdragsbelopp": money(0), "skattebelopp": money(70)}, "TAX", 70),
        ({"beloppstyp": {"id": "PS"}, "bruttobelopp": money(-70)}, "TAX", 70),
        ({"beloppstyp": {"id": "ÅFA"}, "avdragsbelopp": money(-70)}, "DEDUCTION", 70),
        ({"beloppstyp": {"id": "SOC"}, "bruttobelopp": money(70)}, "DEDUCTION", 70),
        ({"beloppstyp": {"id": "SPN"}, "bruttobelopp": money(-70)}, "AMOUNT", -70),
        ({"beloppstyp": {"id": "SPN"}, "avdragsbelopp": money(70)}, "AMOUNT", 70),
        ({"beloppstyp": {"id": "SPN"}}, "AMOUNT", None),
    ],
)
def test_a_row_is_what_its_type_says_with_the_amount_of_its_field(
    fields: dict[str, Any], kind: str, amount: int | None
) -> None:
    (payment,) = fk_payment({**FK_PAYMENT, "utbetalningsdetalj": [fields]}).payments

    assert [(part.kind, part.amount) for part in payment.parts] == [(kind, amount)]


@pytest.mark.parametrize(
    ("extent", "expected"),
    [
        ({"taljare": 1, "namnare": 3}, Decimal("0.3333")),
        ({"namnare": 4}, Decimal(0)),
        ({"taljare": 0, "namnare": 0}, None),
        ({}, None),
        (None, None),
    ],
)
def test_an_extent_is_a_fraction_and_two_zeros_are_none(extent: Any, expected: Decimal | None) -> None:
    told = fk_payment({**FK_PAYMENT, "utbetalningsdetalj": [{"omfattning": extent}]})

    assert told.payments[0].parts[0].extent == expected
    assert told.outcome is DATA


@pytest.mark.parametrize(
    "extent", [{"taljare": 1}, {"taljare": 5, "namnare": 4}, {"taljare": -1, "namnare": 4}]
)
def test_an_extent_that_is_no_part_of_a_whole_is_unreadable(extent: Any) -> None:
    told = fk_payment({**FK_PAYMENT, "utbetalningsdetalj": [{"omfattning": extent}]})

    at = "formansinformation.utbetalningsuppgift[0].utbetalningsdetalj[0].omfattning"
    assert told.deviations == (noted("unreadable", at),)
    assert told.payments[0].parts[0].extent is None


@pytest.mark.parametrize(
    ("period", "details", "expected"),
    [
        ({"fran": "2026-09"}, [], (date(2026, 9, 1), None)),
        ({"till": "2026-09"}, [{"fran": "2026-01-01"}], (None, date(2026, 9, 30))),
        (
            None,
            [
                {"fran": "2026-09-15", "till": "2026-09-30"},
                {"fran": "2026-09-01", "till": "2026-09-14"},
                None,
            ],
            (date(2026, 9, 1), date(2026, 9, 30)),
        ),
        (
            None,
            [{"fran": "2026-09-15"}, {"fran": "2026-09-01", "till": "2026-09-14"}],
            (date(2026, 9, 1), None),
        ),
        ([], [], (None, None)),
    ],
)
def test_a_period_is_the_payments_own_or_that_of_its_rows(
    period: Any, details: list[Any], expected: tuple[date | None, date | None]
) -> None:
    rows = [{"period": each} for each in details]

    (payment,) = fk_payment({**FK_PAYMENT, "period": period, "utbetalningsdetalj": rows}).payments

    assert (payment.period_from, payment.period_to) == expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"skattebelopp": money(300), "avdragsbelopp": money(500)}, (300, 200)),
        ({"avdragsbelopp": money(500)}, (None, None)),
        ({"skattebelopp": money(300)}, (300, None)),
        ({}, (None, None)),
    ],
)
def test_what_is_deducted_beside_tax_is_known_only_when_both_are(
    amounts: dict[str, Any], expected: tuple[int | None, int | None]
) -> None:
    (payment,) = fk_payment({**FK_PAYMENT, **amounts}).payments

    assert (payment.tax, payment.other_deduction) == expected


def test_more_tax_than_is_deducted_leaves_what_else_is_deducted_unknown() -> None:
    told = fk_payment({**FK_PAYMENT, "skattebelopp": money(500), "avdragsbelopp": money(300)})

    assert told.payments[0].other_deduction is None
    assert told.deviations == (noted("arithmetic", "formansinformation.utbetalningsuppgift[0]"),)


@pytest.mark.parametrize(
    ("amounts", "agree"),
    [
        ((1000, 300, 700), True),
        ((1000.4, 300, 699.5), True),
        ((1000, 300, 698), False),
        ((1000, None, 698), True),
        ((1000, 30, 970), False),  # and of that, 250 is tax
    ],
)
def test_amounts_that_do_not_add_up_are_noted_and_no_more(
    amounts: tuple[float | None, ...], agree: bool
) -> None:
    gross, deducted, net = (None if amount is None else money(amount) for amount in amounts)
    row = {"bruttobelopp": gross, "avdragsbelopp": deducted, "nettobelopp": net, "datum": "2026-11-25"}

    told = fk_payment({**row, "skattebelopp": money(250), "formansfamilj": {"id": "SJP"}})

    assert told.outcome is DATA
    at = "formansinformation.utbetalningsuppgift[0]"
    assert told.deviations == (() if agree else (noted("arithmetic", at),))


@pytest.mark.parametrize(
    ("changes", "kind", "place"),
    [
        ({"typ": fk_code(7, "Ny")}, "unknown_code", ".typ.id"),
        ({"foretag": fk_code(1002, "Någon annan")}, "unknown_code", ".foretag.id"),
        ({"formansfamilj": None}, "unknown_code", ".formansfamilj"),
        ({"nettobelopp": money(1250, "EUR")}, "unknown_code", ""),
        ({"nettobelopp": money(1250, "kronor")}, "unknown_code", ""),
        ({"nyckel": 1}, "unexpected", ".nyckel"),
        ({PERSON: 1}, "unexpected", ".unprintable"),
        ({"typ": {"id": 1, "nytt": 0}}, "unexpected", ".typ.nytt"),
        ({"bruttobelopp": {"summa": 1250, "nytt": [0]}}, "unexpected", ".bruttobelopp.nytt"),
    ],
)
def test_what_is_not_known_is_noted_and_kept(changes: dict[str, Any], kind: str, place: str) -> None:
    told = fk_payment({**CHILD_BENEFIT, **changes})

    assert told.outcome is DATA
    assert told.deviations == (noted(kind, f"formansinformation.utbetalningsuppgift[0]{place}"),)
    assert told.payments[0].net == 1250


def test_codes_that_are_not_known_are_kept() -> None:
    changes = {"typ": fk_code(7, "Ny"), "foretag": fk_code(1002, "Annan"), "formansfamilj": {"id": "NYF"}}

    (payment,) = fk_payment({**SICKNESS, **changes}).payments

    assert (payment.pay_type, payment.payer, payment.payer_org) == ("7 Ny", Payer.FK, "Annan")
    assert (payment.benefit, payment.benefit_code) == ("NYF", "NYF")


def test_a_payment_by_pensionsmyndigheten_in_forsakringskassans_list_is_pensionsmyndighetens() -> None:
    (payment,) = fk_payment({**SICKNESS, "foretag": fk_code(1003, "Pensionsmyndigheten")}).payments

    assert payment.payer is Payer.PM


def test_a_currency_is_kept() -> None:
    told = fk_payment({**FK_PAYMENT, "nettobelopp": money(100, "EUR")})

    assert told.payments[0].currency == "EUR"


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({"datum": "2026-11-25", "bruttobelopp": money(1)}, True),
        ({"period": {"till": "2026-11"}, "nettobelopp": money(1)}, True),
        ({"datum": "2026-11-25", "avdragsbelopp": money(1)}, False),
        ({"nettobelopp": money(1)}, False),
    ],
)
def test_a_payment_without_amount_or_day_cannot_be_counted(row: dict[str, Any], counts: bool) -> None:
    told = fk_payment({**row, "formansfamilj": {"id": "SJP"}})

    at = "formansinformation.utbetalningsuppgift[0]"
    assert told.deviations == (() if counts else (noted("incomplete", at),))
    assert told.outcome is (DATA if counts else PARTIAL)


@pytest.mark.parametrize("key", [*SICKNESS])
@pytest.mark.parametrize("wrong", ["nonsens", 3.5, [["x"]], True])
def test_a_part_of_the_wrong_type_is_noted_and_the_rest_is_told(key: str, wrong: Any) -> None:
    told = found({"utbetalningsuppgift": [{**SICKNESS, key: wrong}, CHILD_BENEFIT]})

    unreadable = [each.path for each in told.deviations if each.kind == "unreadable"]
    assert unreadable
    assert all(path.startswith(f"formansinformation.utbetalningsuppgift[0].{key}") for path in unreadable)
    assert told.outcome is PARTIAL
    assert (told.payments[1].benefit, told.payments[1].net) == ("Barnbidrag", Decimal(1250))


def test_decisions_of_every_kind_of_case_are_told() -> None:
    facts = found(WHOLE).facts

    assert facts == (
        FkDecision(
            supplier=Payer.FK,
            kind="DECISION",
            case_type="bostadsbidragsarende",
            case_started=date(2026, 1, 10),
            active=False,
            decided_on=date(2026, 2, 1),
            final=False,
            benefit_code="BOB",
            benefit="Umgängesbidrag",
            valid_from=date(2026, 2, 1),
            valid_to=date(2026, 6, 30),
            gross=Decimal(3400),
            frequency="Månadsvis",
        ),
        FkDecision(
            supplier=Payer.FK,
            kind="DECISION",
            case_type="omvardnadsbidragsarende",
            decided_on=date(2026, 3, 1),
            frequency="4",
        ),
        FkDecision(
            supplier=Payer.FK,
            kind="DECISION",
            case_type="sjukpenningarende",
            case_started=date(2026, 8, 30),
            active=True,
            decided_on=date(2026, 9, 2),
            final=True,
            benefit_code="SJP",
            benefit="Sjukpenning",
            valid_from=date(2026, 9, 1),
            extent=Decimal("0.5"),
        ),
        FkProgramDays(used_days=212, max_used=False),
    )


@pytest.mark.parametrize(
    ("extents", "expected"),
    [
        ([{"taljare": 1, "namnare": 4}], Decimal("0.25")),
        ([{"taljare": 1, "namnare": 4}] * 2, None),
        ([], None),
    ],
)
def test_a_list_of_extents_tells_one_only_if_it_is_one(extents: list[Any], expected: Decimal | None) -> None:
    told = found(
        {"efterlevandepensionsarende": [{"beslut": [{"fattades": "2026-01-01", "omfattning": extents}]}]}
    )

    assert isinstance(told.facts[0], FkDecision)
    assert told.facts[0].extent == expected
    assert told.outcome is DATA


def test_a_decision_in_another_currency_is_noted() -> None:
    decision = {"fattades": "2026-01-01", "beslutatBruttobelopp": money(100, "EUR")}

    told = found({"barnbidragsarende": [{"beslut": [decision]}]})

    at = "formansinformation.barnbidragsarende[0].beslut[0].beslutatBruttobelopp.valuta"
    assert told.deviations == (noted("unknown_code", at),)


def test_a_decision_left_blank_is_unreadable_and_is_no_decision() -> None:
    told = found({"barnbidragsarende": [{"startades": "2026-01-01", "beslut": [{}, {"definitivt": False}]}]})

    assert told.deviations == (noted("unreadable", "formansinformation.barnbidragsarende[0].beslut[0]"),)
    assert told.outcome is PARTIAL
    assert len(told.facts) == 1
