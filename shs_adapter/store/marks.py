"""Where a claim begins: at the first row that waited a moment ago, not at the first entry of the index.

On PostgreSQL a row that has moved on leaves its entry behind for as long as anybody may see it, and a report
can take hours. A claim from the beginning walks over all of these.

Rule: a mark saves time and hides nothing for long. What comes to stand before it (put back, more urgent, a
lease that ran out) is found by the next look, or by a claim that finds nothing else; without looks there is
no mark. See `store.work` for the look.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

_TRUSTED = timedelta(seconds=3)  # for so long after a look its mark is believed
_ANEW = timedelta(seconds=1)  # between two claims that begin at the beginning because they found nothing


def running() -> timedelta:
    """A time that nobody sets."""
    return timedelta(seconds=time.monotonic())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands in the order of urgency; without a priority it stands last."""

    priority: int | None
    due_at: datetime
    id: int


class Mark:
    """One for each state from which a daemon claims."""

    def __init__(self, clock: Callable[[], timedelta] = running) -> None:
        self._clock = clock
        self._place: Place | None = None
        self._trusted_until = self._anew_at = timedelta()

    def begins(self) -> list[Place | None]:
        """Where to begin, and where then if nothing is found; None is the beginning."""
        now = self._clock()
        if self._place is None or now >= self._trusted_until:
            return [None]
        if now < self._anew_at:
            return [self._place]
        return [self._place, None]

    def looked(self, first: Place | None) -> None:
        """A look at all rows found *first* to be the first that can be claimed, or none."""
        self._trusted_until = self._clock() + _TRUSTED
        self._place = first or self._place

    def claimed(self, began: Place | None, first: Place | None) -> None:
        """A claim from *began* on got *first* as its first row, or nothing."""
        if began is None:
            self._anew_at = self._clock() + _ANEW
        if first is not None and (began is None or began is self._place):  # else a look knows better
            self._place = first
