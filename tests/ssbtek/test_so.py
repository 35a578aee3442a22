"""What the a-kassor say, as values."""

from datetime import date
from decimal import Decimal

import pytest

from shs_adapter.ssbtek.facts import Payer, Payment, PaymentStatus, SoFund, SoSuspension
from shs_adapter.ssbtek.finding import Finding, Outcome, Sub, Transience
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import PERSON, SO_PAYMENT, example, fund, noted, result, so

FUND = "ArbetsloshetsersattningLista/Arbetsloshetsersattning[1]"
PAYMENT = f"{FUND}/Utbetalningar[1]"
APPLICATION = (
    "<AnsoktOmErsattning><BeslutOmRattTillErsattning>2026-09-01</BeslutOmRattTillErsattning>"
    "<AnsokanOmUtbetalningInlamnad>false</AnsokanOmUtbetalningInlamnad></AnsoktOmErsattning>"
)
SUSPENSION = (
    "<Avstangningar><AvstangdFrom>2026-09-01</AvstangdFrom>"
    "<AvstangdTom>2026-11-13</AvstangdTom></Avstangningar>"
)


def paid(**changes: str | None) -> Finding:
    """A fund that pays once, with elements given another text or, for None, left out."""
    payment = SO_PAYMENT
    for name, text in changes.items():
        before, _, rest = payment.partition(f"<{name}>")
        after = rest.partition(f"</{name}>")[2]
        payment = before + ("" if text is None else f"<{name}>{text}</{name}>") + after
    return result(Agency.SO, so(fund("klar", payment)))


def test_a_payment_is_read() -> None:
    found = paid()

    assert found.payments == (
        Payment(
            payer=Payer.AKASSA,
            payer_org="Kassan",
            benefit="Arbetslöshetsersättning",
            status=PaymentStatus.PAID,
            paid_on=date(2026, 11, 3),
            period_from=date(2026, 10, 5),
            period_to=date(2026, 10, 18),
            net_after_tax=Decimal("8250.50"),
            net=Decimal("8000"),
            other_deduction=Decimal("250.50"),
            loan=Decimal(0),
            days=Decimal("11"),
            path=PAYMENT,
        ),
    )
    assert found.deviations == ()
    assert found.transience is None


def test_the_funds_own_words_are_kept_beside_the_payments() -> None:
    found = result(Agency.SO, so(fund("klar", SO_PAYMENT + SUSPENSION + APPLICATION)))

    assert found.facts == (
        SoFund(
            fund="Kassan",
            status="klar",
            right_decided_on=date(2026, 9, 1),
            payment_applied=False,
            application_known=True,
        ),
        SoSuspension(fund="Kassan", suspended_from=date(2026, 9, 1), suspended_to=date(2026, 11, 13)),
    )


def test_an_application_nobody_speaks_of_is_not_a_no() -> None:
    found = result(Agency.SO, so(fund("klar")))

    assert found.facts == (SoFund(fund="Kassan", status="klar"),)


@pytest.mark.parametrize("name", ["NettoEfterSkatt", "NettoEfterAvdrag"])
def test_one_of_the_two_nets_is_enough(name: str) -> None:
    found = paid(**{name: None})

    assert found.outcome is Outcome.DATA
    assert found.payments[0].other_deduction is None
    assert found.deviations == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"NettoEfterSkatt": None, "NettoEfterAvdrag": None},
        {"Utbetalningsdatum": None, "AvserFrom": None, "AvserTom": None},
    ],
)
def test_a_payment_that_cannot_be_counted_makes_the_answer_partial(changes: dict[str, str | None]) -> None:
    found = paid(**changes)

    assert noted(found) == {("incomplete", PAYMENT)}
    assert (found.outcome, found.status) == (Outcome.PARTIAL, "unknown")
    assert found.transience is Transience.PERMANENT
    assert len(found.payments) == 1


def test_a_period_is_a_day_to_count_by_but_proves_no_answer() -> None:
    payment = SO_PAYMENT.replace("<Utbetalningsdatum>2026-11-03+01:00</Utbetalningsdatum>", "")

    assert result(Agency.SO, so(fund("klar", payment))).outcome is Outcome.DATA
    assert result(Agency.SO, so(fund("?", payment))).outcome is Outcome.PARTIAL


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NettoEfterAvdrag", "8000,00"),
        ("NettoEfterAvdrag", "8 000"),
        ("Ersattningsdagar", "elva"),
        ("AvserFrom", "2026-13-01"),
        ("AvserTom", "<x>2026-10-18</x>"),
    ],
)
def test_a_value_that_cannot_be_read_is_not_nothing(name: str, text: str) -> None:
    found = paid(**{name: text})

    assert noted(found) == {("unreadable", f"{PAYMENT}/{name}")}
    assert found.outcome is Outcome.PARTIAL
    assert found.payments[0].paid_on == date(2026, 11, 3)


def test_more_paid_out_than_there_was_is_noted_and_is_no_deduction() -> None:
    found = paid(NettoEfterAvdrag="9000")

    assert noted(found) == {("arithmetic", PAYMENT)}
    assert found.outcome is Outcome.DATA
    assert found.payments[0].other_deduction is None


def test_a_payment_left_blank_is_incomplete_and_is_no_payment() -> None:
    found = result(Agency.SO, so(fund("klar", SO_PAYMENT + "<Utbetalningar/>")))

    assert noted(found) == {("incomplete", f"{FUND}/Utbetalningar[2]")}
    assert len(found.payments) == 1


def test_what_no_schema_names_is_noted_and_is_not_nothing() -> None:
    found = result(Agency.SO, so(fund("klar", "<Nytt>1</Nytt>")))

    assert noted(found) == {("unexpected", f"{FUND}/Nytt")}
    assert found.outcome is Outcome.DATA


def test_each_fund_has_an_outcome_of_its_own() -> None:
    found = result(
        Agency.SO,
        so(
            fund("klar", SO_PAYMENT),
            fund("klar"),
            fund("svarar ej"),
            fund("svarar ej", APPLICATION),
            fund("klar").replace("Kassan", " "),
        ),
    )

    assert found.subs == (
        Sub(name="Kassan", outcome=Outcome.DATA, status="klar"),
        Sub(name="Kassan 2", outcome=Outcome.EMPTY, status="klar"),
        Sub(name="Kassan 3", outcome=Outcome.PARTIAL, status="svarar ej"),
        Sub(name="Kassan 4", outcome=Outcome.PARTIAL, status="svarar ej"),
        Sub(name="a-kassa 5", outcome=Outcome.EMPTY, status="klar"),
    )


def test_a_fund_that_cannot_be_read_takes_no_other_down() -> None:
    found = result(Agency.SO, so(fund("klar", SO_PAYMENT.replace("8000", "?")), fund("klar", SO_PAYMENT)))

    assert [sub.outcome for sub in found.subs] == [Outcome.PARTIAL, Outcome.DATA]
    assert found.payments[1].net == Decimal("8000")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("all clear", "all clear"),
        ("1", "1"),
        ("  Besvarad  å ", "Besvarad å"),
        ("", "unknown"),
        ("svar: ja", "unknown"),
        ("x" * 41, "unknown"),
        (PERSON, "unknown"),
        (f"om {PERSON[:8]} {PERSON[8:]}", "unknown"),
    ],
)
def test_a_status_is_told_only_if_it_is_a_short_plain_phrase(word: str, status: str) -> None:
    found = result(Agency.SO, so(fund(word)))

    assert found.subs[0].status == status
    assert PERSON not in repr(found)


@pytest.mark.parametrize(
    ("funds", "transience"),
    [([fund("?")], Transience.PERMANENT), ([], Transience.DOUBTFUL), ([fund("klar")], None)],
)
def test_a_word_nobody_has_listed_is_not_asked_about_again(
    funds: list[str], transience: Transience | None
) -> None:
    assert result(Agency.SO, so(*funds)).transience is transience


def test_two_statuses_of_a_fund_are_none() -> None:
    found = result(
        Agency.SO, so(fund("klar", "<StatusSvarandeOrganisation>klar</StatusSvarandeOrganisation>"))
    )

    assert noted(found) == {("unreadable", f"{FUND}/StatusSvarandeOrganisation")}
    assert found.subs[0].outcome is Outcome.PARTIAL


def test_the_public_example_is_read() -> None:
    found = example(Agency.SO)

    assert found.payments == (
        Payment(
            payer=Payer.AKASSA,
            payer_org="Testorganisation",
            benefit="Arbetslöshetsersättning",
            status=PaymentStatus.PAID,
            paid_on=date(2013, 11, 23),
            period_from=date(2013, 11, 3),
            period_to=date(2013, 11, 3),
            net_after_tax=Decimal("1250.50"),
            net=Decimal("1250.50"),
            other_deduction=Decimal(0),
            loan=Decimal(0),
            days=Decimal(2),
            path=PAYMENT,
        ),
    )
    assert found.facts == (SoFund(fund="Testorganisation", status="all clear"),)
    assert found.subs == (Sub(name="Testorganisation", outcome=Outcome.DATA, status="all clear"),)
    assert found.deviations == ()
