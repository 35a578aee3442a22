"""Which of several answers counts, payment by payment, and which days nobody has answered for. Pure.

Rule: of the answers that an agency gave about a day, the newest verified one (DATA, EMPTY) counts: it lists
what there is, and what it does not list is not there. A PARTIAL one lists some of it: it adds, and it takes
away only what it tells anew and nobody has verified. Verified is a day only as far as an answer could know:
what lies after the day on which it came is a forecast. A later, narrower answer hides nothing outside its
own period. One that does not tell whom it is about takes nothing away: it ranks behind all others.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from shs_adapter.ssbtek.finding import ANONYMOUS

VERIFIED = ("DATA", "EMPTY")

DAY = timedelta(days=1)
_MOVED = timedelta(days=14)  # the day of a planned payment moves by this at the most

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

    @property
    def precedence(self) -> tuple[bool, datetime, str]:
        """Of answers the highest takes precedence: the newest of those that tell whom they are about."""
        return self.status != ANONYMOUS, self.received_at, self.inbox_id

    @property
    def is_verified(self) -> bool:
        return self.outcome in VERIFIED

    def covers(self, days: Days) -> bool:
        """Whether all *days* lie within what was asked."""
        return (self.asked_from is None or self.asked_from <= days[0]) and (
            self.asked_to is None or days[1] <= self.asked_to
        )


class Told(Protocol):
    """A payment, as an answer tells of it."""

    @property
    def payer(self) -> str: ...
    @property
    def benefit(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def paid_on(self) -> date | None: ...
    @property
    def period_from(self) -> date | None: ...
    @property
    def period_to(self) -> date | None: ...


class Telling:
    """What one answer tells of one benefit, so that a payment is found in it at once."""

    def __init__(self) -> None:
        self._days: set[date] = set()
        self._all: list[Told] = []
        self._undated: list[Told] = []  # made, but when is not told: known by their period

    def add(self, paid: Told) -> None:
        self._all.append(paid)
        if paid.paid_on is not None:
            self._days.add(paid.paid_on)
        elif paid.status != "PLANNED":
            self._undated.append(paid)

    def has(self, paid: Told) -> bool:
        """Whether it tells of this payment: of its day or, where it is planned or one of the two has no day,
        of its period. What was made is not taken back by what is announced.
        """
        if paid.paid_on in self._days:
            return True
        others = self._all if _is_loose(paid) else self._undated
        return any(_near(paid, other) and _overlap(paid, other) for other in others)


Tellings = Mapping[tuple[str, str, str], Telling]  # by inbox id, payer and benefit


def tellings(paid: Iterable[tuple[str, Told]]) -> Tellings:
    """Payments, each with the inbox id of its answer, to be looked up."""
    found: dict[tuple[str, str, str], Telling] = defaultdict(Telling)
    for inbox_id, one in paid:
        found[inbox_id, one.payer, one.benefit].add(one)
    return dict(found)


def counts(paid: Told, own: Said, newest_first: Iterable[Said], told: Tellings) -> bool:
    """Whether the payment that *own* tells of counts, among all the agency's answers."""
    day = paid.paid_on or paid.period_from or paid.period_to
    lies = (day, day) if day else _period(own)
    is_known = own.is_verified and lies[1] <= own.received_at.date()
    is_newer = True
    for rival in newest_first:
        if rival is own:
            if own.is_verified:
                return True  # nothing older takes anything from it
            is_newer = False
        elif is_newer and rival.is_verified and rival.covers(lies):
            return False
        elif (is_newer and (rival.is_verified or not is_known)) or (
            not is_newer and rival.is_verified and lies[1] <= rival.received_at.date()
        ):
            telling = told.get((rival.inbox_id, paid.payer, paid.benefit))
            if telling and telling.has(paid):
                return False
    return True


def _is_loose(paid: Told) -> bool:
    return paid.status == "PLANNED" or paid.paid_on is None


def _near(one: Told, other: Told) -> bool:
    """Whether a payment may have moved from the one's day to the other's."""
    return not one.paid_on or not other.paid_on or abs(one.paid_on - other.paid_on) <= _MOVED


def _overlap(one: Told, other: Told) -> bool:
    """Whether the periods have a day in common; two payments without day and period are taken for one."""
    if None in (one.period_from, one.period_to, other.period_from, other.period_to):
        return one.paid_on is None and other.paid_on is None and one.period_from == other.period_from
    return bool(one.period_from <= other.period_to and other.period_from <= one.period_to)  # type: ignore[operator]


def _period(said: Said) -> Days:
    return said.asked_from or date.min, said.asked_to or date.max


def open_days(asked: Iterable[Days], verified: Iterable[Days]) -> list[Days]:
    """The runs of days within *asked* that are in none of *verified*, in order."""
    open_ones = joined(asked)
    for first, last in verified:
        open_ones = [piece for days in open_ones for piece in _without(days, first, last)]
    return open_ones


def joined(runs: Iterable[Days]) -> list[Days]:
    """The same days, in runs that neither overlap nor touch."""
    joined: list[Days] = []
    for first, last in sorted(runs):
        if joined and first - joined[-1][1] <= DAY:  # no day follows the last that a date can be
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _without(days: Days, first: date, last: date) -> Iterator[Days]:
    if last < days[0] or days[1] < first:
        yield days
        return
    if days[0] < first:
        yield days[0], first - DAY
    if last < days[1]:
        yield last + DAY, days[1]


def verified(said: Said, within: Days, asked_at: datetime) -> Days | None:
    """The days of *within*, asked about at *asked_at*, for which *said* is an answer; None if there are none.

    An answer from before the question speaks for no day after the one on which it came.
    """
    if not said.is_verified:
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


@lru_cache(maxsize=1024)
def days_of(month: str) -> Days:
    """The first and the last day of a month, `YYYY-MM`."""
    first = date.fromisoformat(f"{month}-01")
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])
