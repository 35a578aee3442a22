"""Opening hours, by the Swedish clock: `mon-fri 06:00-22:00`.

A time that the clock shows twice counts when it comes first, one that the clock skips comes an hour later, as
in calendars (RFC 5545, 3.3.5).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_TEXT = re.compile(f"({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))? ({_CLOCK})-({_CLOCK}|24:00)")


@dataclass(frozen=True, slots=True)
class Window:
    """The same hours on some days of the week; they may end on the next day."""

    days: frozenset[int]  # on which it opens; 0 is Monday
    opens: timedelta  # after midnight, as the clock on the wall goes
    closes: timedelta


@dataclass(frozen=True, slots=True)
class Hours:
    """Without windows, always; windows do not overlap."""

    windows: tuple[Window, ...] = ()

    def opens_at(self, now: datetime) -> datetime | None:
        """When it is open next; None while it is."""
        if not self.windows:
            return None
        today = now.astimezone(SWEDEN).date()
        near = [span for days in range(-1, 9) for span in self._spans(today + days * _DAY)]
        if any(opens <= now < closes for opens, closes in near):
            return None
        return min(opens for opens, _ in near if opens > now)

    def since(self, now: datetime, duration: timedelta) -> datetime:
        """The latest moment since which it was open for *duration* in all, until *now*."""
        if not self.windows:
            return now - duration
        day, left = now.astimezone(SWEDEN).date(), duration
        while True:
            for opens, closes in sorted(self._spans(day), reverse=True):
                was_open = max(min(closes, now) - opens, timedelta())
                if was_open and was_open >= left:
                    return min(closes, now) - left
                left -= was_open
            day -= _DAY

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """From when until when it is open, of what opens on *day*."""
        midnight = datetime.combine(day, time())
        for window in self.windows:
            if day.weekday() in window.days:
                yield _at(midnight + window.opens), _at(midnight + window.closes)


ALWAYS = Hours()


def read(texts: Sequence[str]) -> Hours:
    """Hours as they are written, one window a text; raises ValueError saying what is wrong with them."""
    windows = tuple(map(_window, texts))
    week = sorted(
        (day * _DAY + window.opens, day * _DAY + window.closes) for window in windows for day in window.days
    )
    following = [*(opens for opens, _ in week[1:]), *(opens + _WEEK for opens, _ in week[:1])]
    if any(closes > opens for (_, closes), opens in zip(week, following, strict=True)):
        raise ValueError("windows overlap")
    return Hours(windows)


def _window(text: str) -> Window:
    found = _TEXT.fullmatch(text)
    if not found:
        raise ValueError(f"`{text}` is no window of opening hours, such as `mon-fri 06:00-22:00`")
    first, last = _DAYS.index(found[1]), _DAYS.index(found[2] or found[1])
    opens, closes = _wall(found[3]), _wall(found[4])
    if opens == closes:
        raise ValueError(f"`{text}` opens when it closes; a whole day is 00:00-24:00")
    days = frozenset((first + no) % 7 for no in range((last - first) % 7 + 1))
    return Window(days, opens, closes if closes > opens else closes + _DAY)


def _wall(text: str) -> timedelta:
    hours, minutes = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes)


def _at(wall: datetime) -> datetime:
    return wall.replace(tzinfo=SWEDEN).astimezone(UTC)
