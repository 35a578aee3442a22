"""Which of several answers counts, day by day, and which days nobody has answered for. Pure.

Rule: of the answers that an agency gave about a day, a verified one (DATA, EMPTY) beats a PARTIAL one, and
then the newer one wins. Verified is a day only as far as the answer could know: what lies after the day on
which it came is a forecast, and any newer answer beats it. A later, narrower answer hides nothing outside
its own period.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

VERIFIED = ("DATA", "EMPTY")
_TELLING = (*VERIFIED, "PARTIAL")

_DAY = timedelta(days=1)

Days = tuple[date, date]  # first and last, both included


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one agency said in one answer; None is an open end, for an agency that takes no period."""

    inbox_id: str
    agency: str
    root_id: int
    outcome: str
    asked_from: date | None
    asked_to: date | None
    received_at: datetime
    current: bool
    kalla: str | None = None
    felkod: str | None = None
    status: str | None = None
    transience: str | None = None

    def covers(self, day: date | None) -> bool:
        return day is None or (
            (self.asked_from is None or self.asked_from <= day)
            and (self.asked_to is None or day <= self.asked_to)
        )


def counts(said: Said, day: date | None, others: Iterable[Said]) -> bool:
    """Whether what *said* tells about *day* counts, beside the *others* of the same agency and person.

    A payment may lie outside the period that was asked; what told of it always speaks for that day.
    """

    def strength(one: Said) -> tuple[bool, datetime, str]:
        known = one.outcome in VERIFIED and (day is None or day <= one.received_at.date())
        return known, one.received_at, one.inbox_id

    rivals = (one for one in others if one.outcome in _TELLING and one.covers(day))
    return all(strength(said) >= strength(rival) for rival in rivals)


def open_days(asked: Iterable[Days], verified: Iterable[Days]) -> list[Days]:
    """The runs of days within *asked* that are in none of *verified*, in order."""
    open_ones = joined(asked)
    for first, last in joined(verified):
        open_ones = [piece for days in open_ones for piece in _without(days, first, last)]
    return open_ones


def joined(runs: Iterable[Days]) -> list[Days]:
    """The same days, in runs that neither overlap nor touch."""
    joined: list[Days] = []
    for first, last in sorted(runs):
        if joined and first <= joined[-1][1] + _DAY:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _without(days: Days, first: date, last: date) -> Iterator[Days]:
    if last < days[0] or days[1] < first:
        yield days
        return
    if days[0] < first:
        yield days[0], first - _DAY
    if last < days[1]:
        yield last + _DAY, days[1]


def verified(said: Said, within: Days, asked_at: datetime) -> Days | None:
    """The days of *within*, asked about at *asked_at*, for which *said* is an answer; None if there are none.

    An answer from before the question speaks for no day after the one on which it came.
    """
    if said.outcome not in VERIFIED:
        return None
    first, last = max(said.asked_from or within[0], within[0]), min(said.asked_to or within[1], within[1])
    if said.received_at < asked_at:
        last = min(last, said.received_at.date())
    return (first, last) if first <= last else None


def months(days: Days) -> list[str]:
    """The months, `YYYY-MM`, that *days* touch."""
    first, last = days
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]


def month_before(month: str) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 2
    return f"{number // 12:04}-{number % 12 + 1:02}"
