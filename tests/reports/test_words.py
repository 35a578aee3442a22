"""What a report says of a row, where the words must not claim more than is known."""

import pytest

from shs_adapter.reports import words


@pytest.mark.parametrize(
    ("unverified", "not_asked", "said"),
    [
        ("", "", "inga utbetalningar"),
        (
            "CSN 2026-09-01--2026-09-05, CSN 2026-09-09--2026-09-30, FK 2026-09-01--2026-09-30",
            "",
            "inga kända utbetalningar, men kunde inte kontrolleras: CSN, Försäkringskassan",
        ),
        ("", "SO", "inga kända utbetalningar, men inte tillfrågade: a-kassorna"),
        (
            "FK 2026-09-01--2026-09-30",
            "CSN, SO",
            "inga kända utbetalningar, men kunde inte kontrolleras: Försäkringskassan;"
            " inte tillfrågade: CSN, a-kassorna",
        ),
    ],
)
def test_no_payments_is_said_with_all_that_could_make_it_untrue(
    unverified: str, not_asked: str, said: str
) -> None:
    assert words.without_payments(unverified, not_asked, None) == said


def test_no_payments_is_said_with_the_day_to_which_it_is_known() -> None:
    assert words.without_payments("", "", "2026-11-24") == "inga utbetalningar till och med 2026-11-24"


def test_a_month_that_goes_on_is_no_failure() -> None:
    assert words.kind({"kind": "UNVERIFIED", "exceeds": None}) == "Vet inte än: månaden är inte slut"
    assert words.kind({"kind": "UNVERIFIED", "exceeds": 1}) == "Kunde inte kontrolleras"


def test_parts_in_words() -> None:
    assert words.parts("Studiehjalp (-1102), Kassan") == "Studiehjälp (-1102), Kassan"
    assert words.parts(None) == ""


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"agency": "FK", "outcome": "DATA", "felkod": None}, ""),
        ({"agency": "FK", "outcome": "MISSING", "felkod": None}, "Kunde inte kontrolleras: svar saknas."),
        ({"agency": "FK", "outcome": "WAITING", "felkod": None}, "Väntar på svar."),
        (
            {"agency": "ALL", "outcome": "FAILED", "felkod": None},
            "Frågan misslyckades: inget är kontrollerat.",
        ),
        (
            {"agency": "CSN", "outcome": "QUARANTINED", "felkod": None},
            "Svaret gäller något annat än frågan: ingen myndighet är kontrollerad. Person, ärende, myndighet"
            " eller id stämmer inte. Svaret är sparat i förseglat skick.",
        ),
    ],
)
def test_every_outcome_but_an_answer_has_a_reason(row: words.Row, said: str) -> None:
    assert words.why(row) == said


def test_a_household_in_words() -> None:
    assert (
        words.household("CHILD: AF,FK, PROTECTED") == "Barn: Arbetsförmedlingen, Försäkringskassan; skyddad"
    )
    assert words.household("197701182383: AF") == "okänt: Arbetsförmedlingen"
    assert words.household(None) == ""
