"""Days, months and ISO weeks, as the agencies count them."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def every_month(self, day: int) -> Iterator[date]:
        """The dates within the period that fall on this day of the month (at most 28)."""
        month = self.first.replace(day=1)
        while month <= self.last:
            if month.replace(day=day) in self:
                yield month.replace(day=day)
            month = shift(month, 1)

    def every_week(self, weekday: int) -> Iterator[date]:
        """The dates within the period that fall on this day of the week; Monday is 0."""
        day = self.first + timedelta((weekday - self.first.weekday()) % 7)
        while day <= self.last:
            yield day
            day += timedelta(7)


def shift(day: date, months: int) -> date:
    """The same day so many months on, or the last one of a month that is too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, shift(first, 1) - timedelta(1))


def month_before(day: date) -> Period:
    return month_of(day.replace(day=1) - timedelta(1))


def week_before(day: date) -> Period:
    monday = day - timedelta(day.weekday() + 7)
    return Period(monday, monday + timedelta(6))


def weeks_in(period: Period) -> tuple[date, ...]:
    """The Mondays within the period, each standing for its week: months then share no week."""
    return tuple(period.every_week(0))
