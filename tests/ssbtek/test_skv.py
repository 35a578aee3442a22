"""What Skatteverket says in v10, as values."""

from decimal import Decimal

import pytest

from shs_adapter.ssbtek.facts import SkvCapital
from shs_adapter.ssbtek.finding import Outcome, Sub, Transience
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import PERSON, SKV_CAPITAL, data, example, noted, result, skv

PERSON_PATH = "PersonuppgiftLista/Personuppgift[1]"
CAPITAL = (
    "<Kapitaluppgift><Taxeringsar>2025</Taxeringsar><SummaIntakterPaKapital>12345</SummaIntakterPaKapital>"
    "<OverskottPaKapital>-666.50</OverskottPaKapital></Kapitaluppgift>"
)


def test_income_from_capital_is_read() -> None:
    found = result(Agency.SKV, skv(CAPITAL))

    assert found.facts == (
        SkvCapital(tax_year=2025, income=Decimal("12345"), surplus=Decimal("-666.50"), status_code="0"),
    )
    assert found.subs == (Sub(name="Personuppgift", outcome=Outcome.DATA, status="0"),)
    assert found.deviations == ()
    assert found.transience is None


def test_no_capital_under_a_good_status_is_nothing() -> None:
    found = result(Agency.SKV, skv(""))

    assert found.subs == (Sub(name="Personuppgift", outcome=Outcome.EMPTY, status="0"),)
    assert found.facts == ()


@pytest.mark.parametrize(("status", "told"), [("999", "999"), ("", "unknown"), (PERSON, "unprintable")])
def test_a_status_nobody_knows_is_not_asked_about_again(status: str, told: str) -> None:
    found = result(Agency.SKV, skv(CAPITAL, status=status))

    assert found.subs == (Sub(name="Personuppgift", outcome=Outcome.PARTIAL, status=told),)
    assert (found.outcome, found.transience) == (Outcome.PARTIAL, Transience.PERMANENT)
    assert len(found.facts) == 1


def test_a_fault_is_doubtful() -> None:
    found = result(Agency.SKV, data("<MeddelandeKod>9071001</MeddelandeKod>"))

    assert found.transience is Transience.DOUBTFUL


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        (CAPITAL.replace("12345", "12 345"), f"{PERSON_PATH}/Kapitaluppgift[1]/SummaIntakterPaKapital"),
        (CAPITAL + "<Kapitaluppgift/>", f"{PERSON_PATH}/Kapitaluppgift[2]"),
    ],
)
def test_what_cannot_be_read_makes_the_answer_partial(inside: str, path: str) -> None:
    found = result(Agency.SKV, skv(inside))

    assert noted(found) == {("unreadable", path)}
    assert (found.outcome, found.status) == (Outcome.PARTIAL, "unknown")
    assert found.subs == (Sub(name="Personuppgift", outcome=Outcome.PARTIAL, status="unknown"),)
    assert found.transience is Transience.PERMANENT


def test_what_is_not_known_is_noted_and_is_not_nothing() -> None:
    found = result(Agency.SKV, skv("<Skuld>1</Skuld>"))

    assert noted(found) == {("unexpected", f"{PERSON_PATH}/Skuld")}
    assert found.outcome is Outcome.DATA


def test_what_stands_beside_the_document_is_noted_too() -> None:
    found = result(Agency.SKV, skv("").replace("</svar>", "</svar><driftstopp>1</driftstopp>"))

    assert noted(found) == {("unexpected", "driftstopp")}
    assert found.outcome is Outcome.DATA


def test_each_person_has_an_outcome_of_its_own() -> None:
    second = "</Personuppgift><Personuppgift><StatusPersonuppgiftKod>4</StatusPersonuppgiftKod>"

    found = result(Agency.SKV, skv(SKV_CAPITAL + second))

    assert [(sub.name, sub.status) for sub in found.subs] == [
        ("Personuppgift", "0"),
        ("Personuppgift 2", "4"),
    ]
    assert found.outcome is Outcome.PARTIAL


def test_the_public_example_is_read() -> None:
    found = example(Agency.SKV)

    assert found.facts == (
        SkvCapital(tax_year=2001, income=Decimal(12345), surplus=Decimal(666), status_code="999"),
    )
    assert found.subs == (Sub(name="Personuppgift", outcome=Outcome.PARTIAL, status="999"),)
    assert found.deviations == ()
