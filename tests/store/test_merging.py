"""Which of several answers counts, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shs_adapter.store.merging import (
    Said,
    Telling,
    counts,
    joined,
    month_before,
    months,
    open_days,
    tellings,
    verified,
)
from tests.bytecodes import grows_too_fast

DAY = date(2026, 10, 15)
EARLY = datetime(2026, 11, 1, 8, tzinfo=UTC)
LATE = datetime(2026, 11, 20, 8, tzinfo=UTC)


def said(
    outcome: str = "DATA",
    received_at: datetime = EARLY,
    first: date | None = date(2026, 10, 1),
    last: date | None = date(2026, 11, 30),
    inbox_id: str = "",
    status: str | None = None,
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
        status=status,
    )


@dataclass(frozen=True)
class Paid:
    paid_on: date | None = DAY
    payer: str = "FK"
    benefit: str = "Barnbidrag"
    status: str = "PAID"
    period_from: date | None = None
    period_to: date | None = None


def counting(*told: tuple[Said, Sequence[Paid]]) -> list[bool]:
    """Whether each payment counts, in the order in which they are told."""
    looked_up = tellings((one.inbox_id, paid) for one, payments in told for paid in payments)
    answers = sorted((one for one, _ in told), key=lambda one: one.precedence, reverse=True)
    return [counts(paid, one, answers, looked_up) for one, payments in told for paid in payments]


IT = Paid()


@pytest.mark.parametrize("earlier", ["DATA", "PARTIAL"])
@pytest.mark.parametrize("tells", [True, False])
def test_an_answer_that_does_not_tell_whom_it_is_about_takes_nothing_away(earlier: str, tells: bool) -> None:
    anonymous = said("PARTIAL", LATE, status="anonymous")

    counted = counting((said(earlier), [IT]), (anonymous, [IT] * tells))

    assert counted == [True, *([False] * tells)]


def test_an_answer_that_does_not_tell_whom_it_is_about_replaces_no_forecast() -> None:
    planned = Paid(status="PLANNED", paid_on=date(2026, 11, 25), period_from=DAY, period_to=DAY)
    moved = Paid(status="PLANNED", paid_on=date(2026, 11, 26), period_from=DAY, period_to=DAY)

    counted = counting((said(), [planned]), (said("PARTIAL", LATE, status="anonymous"), [moved]))

    assert counted == [True, False]


@pytest.mark.parametrize(
    ("older", "newer", "again", "expected"),
    [
        ("DATA", "DATA", True, [False, True]),
        ("DATA", "DATA", False, [False]),
        ("DATA", "EMPTY", False, [False]),
        ("DATA", "PARTIAL", True, [True, False]),
        ("DATA", "PARTIAL", False, [True]),
        ("DATA", "ERROR", False, [True]),
        ("DATA", "MISSING", False, [True]),
        ("PARTIAL", "PARTIAL", True, [False, True]),
        ("PARTIAL", "PARTIAL", False, [True]),
        ("PARTIAL", "DATA", True, [False, True]),
        ("PARTIAL", "EMPTY", False, [False]),
    ],
)
def test_a_payment_counts_until_a_better_answer_speaks_of_its_day(
    older: str, newer: str, again: bool, expected: list[bool]
) -> None:
    assert counting((said(older), [IT]), (said(newer, LATE), [IT] if again else [])) == expected


def test_a_narrower_answer_takes_nothing_outside_its_period() -> None:
    narrow = said("DATA", LATE, first=DAY + timedelta(days=1))

    assert counting((said(), [IT]), (narrow, [])) == [True]


def test_what_a_partial_answer_tells_beside_older_data_is_added() -> None:
    other = Paid(benefit="Sjukpenning")

    assert counting((said(), [IT]), (said("PARTIAL", LATE), [other])) == [True, True]


def test_what_lay_ahead_of_an_answer_is_a_forecast_that_any_newer_one_replaces() -> None:
    ahead = Paid(date(2026, 11, 10))

    assert counting((said(), [ahead]), (said("PARTIAL", LATE), [ahead])) == [False, True]


def test_a_payment_outside_the_period_asked_is_counted_once_though_two_answers_tell_of_it() -> None:
    outside = Paid(date(2026, 12, 3))

    assert counting((said(), [outside]), (said("DATA", LATE), [outside])) == [False, True]


def test_a_planned_payment_is_replaced_when_it_is_paid_on_another_day() -> None:
    month: dict[str, Any] = {"period_from": date(2026, 9, 1), "period_to": date(2026, 9, 30)}
    planned = Paid(None, status="PLANNED", **month)
    paid = Paid(date(2026, 10, 2), **month)
    september = said("DATA", EARLY, first=date(2026, 9, 1), last=date(2026, 9, 30))
    october = said("DATA", LATE, first=date(2026, 10, 1))

    assert counting((september, [planned]), (october, [paid])) == [False, True]


def test_two_payments_of_one_day_in_one_answer_both_count() -> None:
    assert counting((said(), [IT, IT])) == [True, True]


def test_different_days_are_different_payments() -> None:
    month: dict[str, Any] = {"period_from": date(2026, 9, 1), "period_to": date(2026, 9, 30)}
    first, second = Paid(date(2026, 12, 2), **month), Paid(date(2026, 12, 16), **month)

    assert counting((said(), [first]), (said("PARTIAL", LATE), [second])) == [True, True]


ANSWERS = st.builds(
    said,
    outcome=st.sampled_from(["DATA", "PARTIAL"]),
    received_at=st.sampled_from([EARLY, LATE, datetime(2026, 10, 10, tzinfo=UTC)]),
    first=st.sampled_from([None, date(2026, 10, 1), date(2026, 10, 16)]),
    last=st.sampled_from([None, date(2026, 10, 14), date(2026, 11, 30)]),
    inbox_id=st.uuids().map(str),
)


@given(st.lists(ANSWERS, min_size=1, max_size=6))
def test_a_payment_that_every_answer_tells_of_counts_exactly_once(answers: list[Said]) -> None:
    assert counting(*((one, [IT]) for one in answers)).count(True) == 1


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


PERIOD_ENDS = st.none() | st.dates(date(2026, 10, 1), date(2026, 11, 20))
TOLD = st.builds(
    Paid,
    paid_on=PERIOD_ENDS,
    status=st.sampled_from(["PAID", "PLANNED"]),
    period_from=PERIOD_ENDS,
    period_to=PERIOD_ENDS,
)


def is_like(one: Paid, other: Paid) -> bool:
    """Whether the answer that tells of *other* tells of *one*, said payment by payment."""
    if one.paid_on is not None and one.paid_on == other.paid_on:
        return True
    loose = one.status == "PLANNED" or one.paid_on is None
    if not loose and (other.paid_on is not None or other.status == "PLANNED"):
        return False
    if one.paid_on and other.paid_on and abs(one.paid_on - other.paid_on) > timedelta(days=14):
        return False
    if None in (one.period_from, one.period_to, other.period_from, other.period_to):
        return one.paid_on is None and other.paid_on is None and one.period_from == other.period_from
    return one.period_from <= other.period_to and other.period_from <= one.period_to  # type: ignore[operator]


@given(TOLD, st.lists(TOLD, max_size=5))
def test_an_answer_tells_of_a_payment_if_one_of_its_own_is_like_it(one: Paid, others: list[Paid]) -> None:
    telling = Telling()
    for other in others:
        telling.add(other)

    assert telling.has(one) == any(is_like(one, other) for other in others)


MANY: dict[str, Any] = {
    "planned, each of another day": lambda n: Paid(
        paid_on=DAY + timedelta(n), status="PLANNED", period_from=DAY, period_to=DAY
    ),
    "planned, of one day and other periods": lambda n: Paid(
        status="PLANNED", period_from=DAY + timedelta(2 * n), period_to=DAY + timedelta(2 * n)
    ),
    "without a day": lambda n: Paid(
        paid_on=None, period_from=DAY + timedelta(2 * n), period_to=DAY + timedelta(2 * n)
    ),
    "without a whole period": lambda n: Paid(paid_on=None, period_from=DAY + timedelta(n)),
}


@pytest.mark.parametrize("kind", MANY)
@pytest.mark.parametrize("moved", [0, 1, 20, 4000], ids=lambda moved: f"{moved} days on")
def test_comparing_two_answers_takes_work_in_proportion_to_them(kind: str, moved: int) -> None:
    def doing(count: int) -> Any:
        one = [MANY[kind](number) for number in range(count)]
        other = [MANY[kind](number + moved) for number in range(count)]
        return partial(counting, (said("PARTIAL"), one), (said("PARTIAL", LATE), other))

    assert not grows_too_fast(doing, 50)


def test_looking_for_open_days_takes_work_in_proportion_to_the_answers() -> None:
    def doing(count: int) -> Any:
        runs = [(DAY + timedelta(3 * number), DAY + timedelta(3 * number + 1)) for number in range(count)]
        return partial(open_days, [(DAY, DAY + timedelta(3 * count))], runs)

    assert not grows_too_fast(doing, 50)
