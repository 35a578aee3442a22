"""How long to rest before the next try, and when to give up.

Rule: giving up goes by age, not by count, and the clock stands still while the link or the tenant is down,
or the counterpart closed.
"""

from datetime import datetime, timedelta

from shs_adapter.hours import ALWAYS, Hours


def delay(tries: int, first: timedelta, most: timedelta, luck: float) -> timedelta:
    """The rest after *tries* failures: doubled each time, up to *most*.

    *luck*, from 0 to 1, shortens it by up to half, so that many rows do not come back at once.
    """
    doubled: timedelta = first * 2 ** min(max(tries, 1) - 1, 20)
    return min(doubled, most) * (1 - luck / 2)


def is_spent(
    due: datetime, now: datetime, stood_still: timedelta, patience: timedelta, hours: Hours = ALWAYS
) -> bool:
    """Whether a question due since *due* is older than *patience*.

    Neither what it *stood_still* counts nor the time outside of *hours*; what is both counts for it twice.
    """
    return due < hours.since(now, patience + stood_still)
