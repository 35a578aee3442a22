"""Which of several answers counts, payment by payment, and which days nobody has answered for. Pure.

Rule: of the answers that an agency gave about a day, the newest verified one (DATA, EMPTY) counts: it lists
what there is, and what it does not list is not there. A PARTIAL one lists some of it: it adds, and it takes
away only what it tells anew and nobody has verified. Verified is a day only as far as an answer could know:
what lies after the day on which it came is a forecast. A later, narrower answer hides nothing outside its
own period. One that does not tell whom it is about takes nothing away: it ranks behind all others.
"""

import calendar
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
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
    """What one answer tells of one benefit, so that a payment is found in it at once, however much it is."""

    def __init__(self) -> None:
        self._days: set[date] = set()
        self._all = _Periods()
        self._undated = _Periods()  # made, but when is not told: known by their period

    def add(self, paid: Told) -> None:
        self._all.add(paid)
        if paid.paid_on is not None:
            self._days.add(paid.paid_on)
        elif paid.status != "PLANNED":
            self._undated.add(paid)

    def has(self, paid: Told) -> bool:
        """Whether it tells of this payment: of its day or, where it is planned or one of the two has no day,
        of its period. What was made is not taken back by what is announced.
        """
        if paid.paid_on in self._days:
            return True
        return (self._all if _is_loose(paid) else self._undated).has(paid)


class _Periods:
    """The periods of payments, by their days, so that one that is like a payment's is found at once."""

    def __init__(self) -> None:
        self._runs: dict[int, list[Days]] = defaultdict(list)  # by the number of the payment's day
        self._reach: dict[int, tuple[list[date], list[date]]] = {}  # the same, to be looked up
        self._begun: dict[bool, set[date | None]] = {True: set(), False: set()}  # without a day; by wholeness

    def add(self, paid: Told) -> None:
        days = _whole(paid)
        if days:
            for number in (_number(paid), _EVERY):
                self._runs[number].append(days)
                self._reach.pop(number, None)
        if paid.paid_on is None:
            self._begun[days is not None].add(paid.period_from)

    def has(self, paid: Told) -> bool:
        """Whether one of them has a day in common with the payment's, if a payment may have moved from its
        day to the other's; two without day and whole period are taken for one if they begin alike.
        """
        days, number = _whole(paid), _number(paid)
        if number == _UNDATED and any(
            paid.period_from in self._begun[is_whole] for is_whole in ((False,) if days else (False, True))
        ):
            return True
        if days is None:
            return False
        moved = (*range(number - _MOVED.days, number + _MOVED.days + 1), _UNDATED)
        return any(self._meets(each, days) for each in ((_EVERY,) if number == _UNDATED else moved))

    def _meets(self, number: int, days: Days) -> bool:
        """Whether a period of the payments of that day has a day in common with *days*."""
        if number not in self._runs:
            return False
        if number not in self._reach:
            runs = sorted(self._runs[number])
            furthest = list(accumulate((last for _, last in runs), max))
            self._reach[number] = [first for first, _ in runs], furthest
        firsts, furthest = self._reach[number]
        begun = bisect_right(firsts, days[1])
        return begun > 0 and days[0] <= furthest[begun - 1]


_UNDATED, _EVERY = 0, -1  # in the place of a day's number: payments without a day; those of whatever day


def _number(paid: Told) -> int:
    return _UNDATED if paid.paid_on is None else paid.paid_on.toordinal()


def _whole(paid: Told) -> Days | None:
    """The period, if it has both its ends."""
    return None if paid.period_from is None or paid.period_to is None else (paid.period_from, paid.period_to)


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


def _period(said: Said) -> Days:
    return said.asked_from or date.min, said.asked_to or date.max


def open_days(asked: Iterable[Days], verified: Iterable[Days]) -> list[Days]:
    """The runs of days within *asked* that are in none of *verified*, in order."""
    known, runs = joined(verified), joined(asked)
    if not known:  # as of most
        return runs
    open_ones, place = list[Days](), 0
    for first, last in runs:
        while place < len(known) and known[place][1] < first:
            place += 1
        open_ones += _without(first, last, known, place)
    return open_ones


def joined(runs: Iterable[Days]) -> list[Days]:
    """The same days, in runs that neither overlap nor touch."""
    in_order = sorted(runs)
    joined = in_order[:1]
    for first, last in in_order[1:]:
        if first - joined[-1][1] <= DAY:  # no day follows the last that a date can be
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _without(first: date, last: date, known: Sequence[Days], place: int) -> Iterator[Days]:
    """The days from *first* to *last* that are in none of the *known* runs from *place* on, in order."""
    for each in range(place, len(known)):
        begin, end = known[each]
        if last < begin:
            break
        if first < begin:
            yield first, begin - DAY
        if last <= end:
            return
        first = max(first, end + DAY)
    yield first, last


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
