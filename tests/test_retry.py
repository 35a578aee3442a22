from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter.retry import delay, is_spent

FIRST, MOST = timedelta(seconds=5), timedelta(minutes=10)
DUE = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 5), (1, 5), (2, 10), (3, 20), (7, 320), (8, 600), (10_000, 600)]
)
def test_the_rest_doubles_up_to_the_most(tries: int, seconds: int) -> None:
    assert delay(tries, FIRST, MOST, luck=0) == timedelta(seconds=seconds)


@settings(max_examples=100)
@given(tries=st.integers(0, 10**9), luck=st.floats(0, 1))
def test_luck_shortens_a_rest_by_half_at_the_most(tries: int, luck: float) -> None:
    whole = delay(tries, FIRST, MOST, luck=0)

    rest = delay(tries, FIRST, MOST, luck)

    assert whole / 2 <= rest <= whole


@settings(max_examples=50)
@given(tries=st.integers(0, 1000), luck=st.floats(0, 1))
def test_more_failures_never_mean_a_shorter_rest(tries: int, luck: float) -> None:
    assert delay(tries, FIRST, MOST, luck) <= delay(tries + 1, FIRST, MOST, luck)


@pytest.mark.parametrize(
    ("age", "stood_still", "spent"),
    [
        (HOUR, timedelta(0), False),
        (HOUR + timedelta(microseconds=1), timedelta(0), True),
        (3 * HOUR, 2 * HOUR, False),
        (3 * HOUR, HOUR, True),
        (-HOUR, timedelta(0), False),
    ],
)
def test_a_question_is_given_up_by_the_age_it_has_while_the_clock_runs(
    age: timedelta, stood_still: timedelta, spent: bool
) -> None:
    assert is_spent(DUE, DUE + age, stood_still, patience=HOUR) is spent
