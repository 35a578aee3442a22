"""Which of several answers counts, day by day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shs_adapter.store.merging import Said, counts, joined, month_before, months, open_days, verified

DAY = date(2026, 10, 15)
EARLY = datetime(2026, 11, 1, 8, tzinfo=UTC)
LATE = datetime(2026, 11, 20, 8, tzinfo=UTC)


def said(
    outcome: str = "DATA",
    received_at: datetime = EARLY,
    first: date | None = date(2026, 10, 1),
    last: date | None = date(2026, 11, 30),
    inbox_id: str = "",
) -> Said:
    return Said(
        inbox_id=inbox_id or f"{outcome} {received_at}",
        agency="FK",
        root_id=1,
        outcome=outcome,
        asked_from=first,
        asked_to=last,
        received_at=received_at,
        current=True,
    )


@pytest.mark.parametrize(
    ("older", "newer", "winner"),
    [
        (said("DATA"), said("DATA", LATE), "newer"),
        (said("DATA"), said("EMPTY", LATE), "newer"),
        (said("DATA"), said("PARTIAL", LATE), "older"),
        (said("PARTIAL"), said("PARTIAL", LATE), "newer"),
        (said("PARTIAL"), said("DATA", LATE), "newer"),
        (said("DATA"), said("ERROR", LATE), "older"),
        (said("DATA"), said("MISSING", LATE), "older"),
        (said("DATA"), said("DATA", LATE, first=date(2026, 10, 16)), "older"),
    ],
)
def test_of_two_answers_about_a_day_one_counts(older: Said, newer: Said, winner: str) -> None:
    both = [older, newer]

    assert counts(older, DAY, both) is (winner == "older")
    if newer.outcome in {"DATA", "EMPTY", "PARTIAL"} and newer.covers(DAY):
        assert counts(newer, DAY, both) is (winner == "newer")


def test_what_lay_ahead_of_an_answer_is_a_forecast_that_any_newer_one_beats() -> None:
    forecast, partial = said("DATA"), said("PARTIAL", LATE)
    ahead = date(2026, 11, 10)

    assert not counts(forecast, ahead, [forecast, partial])
    assert counts(partial, ahead, [forecast, partial])


def test_a_payment_outside_the_period_asked_is_told_by_its_own_answer() -> None:
    narrow = said(first=DAY + timedelta(days=1))

    assert counts(narrow, DAY, [narrow])


ANSWERS = st.builds(
    said,
    outcome=st.sampled_from(["DATA", "EMPTY", "PARTIAL", "ERROR", "MISSING"]),
    received_at=st.sampled_from([EARLY, LATE, datetime(2026, 10, 10, tzinfo=UTC)]),
    first=st.sampled_from([None, date(2026, 10, 1), date(2026, 10, 16)]),
    last=st.sampled_from([None, date(2026, 10, 14), date(2026, 11, 30)]),
    inbox_id=st.uuids().map(str),
)


@given(st.lists(ANSWERS, max_size=6))
def test_at_most_one_answer_that_covers_a_day_counts_and_there_is_one_if_any_tells(
    answers: list[Said],
) -> None:
    telling = [one for one in answers if one.covers(DAY) and one.outcome in {"DATA", "EMPTY", "PARTIAL"}]

    winners = [one for one in telling if counts(one, DAY, answers)]

    assert len(winners) == min(1, len(telling))


DAYS = st.tuples(st.integers(0, 40), st.integers(0, 20)).map(
    lambda pair: (DAY + timedelta(days=pair[0]), DAY + timedelta(days=pair[0] + pair[1]))
)


def each(runs: list[tuple[date, date]]) -> set[date]:
    return {first + timedelta(days=n) for first, last in runs for n in range((last - first).days + 1)}


@given(st.lists(DAYS, max_size=5), st.lists(DAYS, max_size=5))
def test_open_are_the_days_asked_and_not_verified(
    asked: list[tuple[date, date]], answered: list[tuple[date, date]]
) -> None:
    found = open_days(asked, answered)

    assert each(found) == each(asked) - each(answered)
    assert found == joined(found)


def test_an_earlier_answer_verifies_nothing_after_the_day_on_which_it_came() -> None:
    period = date(2026, 10, 1), date(2026, 11, 30)

    before = verified(said(), period, asked_at=LATE)
    after = verified(said(), period, asked_at=EARLY - timedelta(hours=1))

    assert before == (date(2026, 10, 1), EARLY.date())
    assert after == period


@pytest.mark.parametrize("outcome", ["PARTIAL", "ERROR", "MISSING", "UNASKED"])
def test_a_failure_verifies_nothing(outcome: str) -> None:
    assert verified(said(outcome), (DAY, DAY), asked_at=EARLY) is None


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    assert months((date(2025, 11, 30), date(2026, 1, 1))) == ["2025-11", "2025-12", "2026-01"]
    assert (month_before("2026-01"), month_before("2026-12")) == ("2025-12", "2026-11")
