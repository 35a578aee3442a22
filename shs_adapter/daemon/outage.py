"""The database's own troubles: told once when they begin, and once when they are over.

It is away, locked or full, which passes; or it refuses, for want of a right or a table, by a trigger, or
because it is damaged, and somebody has to mend it.

Rule: what meets one is done again as it is, and is nobody's failed attempt. Nothing is claimed or fetched
meanwhile, so nothing goes out or comes in that could not be recorded.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from shs_adapter.log import event
from shs_adapter.store.engine import blames_database, is_locked, is_passing, reason

_log = logging.getLogger(__name__)

T = TypeVar("T")

REST = timedelta(seconds=1)  # between two tries


class Outage:
    """One a daemon. It is over when everyone whom it kept from working has worked again."""

    def __init__(self) -> None:
        self._kept: set[str] = set()
        self._codes: dict[str, None] = {}  # in the order in which they came
        self._since = 0.0
        self._in_hand = 0  # what waits for the database to take it
        self.refusal: str | None = None  # why it refuses, while it does

    @property
    def has_hands_full(self) -> bool:
        """Whether something is in hand that the database has not taken: nothing more is to be taken then."""
        return self._in_hand > 0

    def keeps(self, who: str, error: Exception) -> bool:
        """Whether it is the database that keeps *who* from working, as *error* says; told if it is news.

        What waits for another's lock is told by `locked_by`, with whose it is.
        """
        if is_locked(error):
            return True
        if not blames_database(error):
            self.spares(who)
            return False
        if not self._kept:
            self._since = time.monotonic()
        if not is_passing(error) and not self.refusal:
            self.refusal = reason(error)
            event(_log, "database refuses", logging.ERROR, code=self.refusal, pump=who)
        elif not self._kept:
            event(_log, "database away", logging.ERROR, code=reason(error), pump=who)
        self._kept.add(who)
        self._codes[reason(error)] = None
        return True

    def spares(self, who: str) -> None:
        """The database has answered *who*."""
        if who not in self._kept:
            return
        self._kept.remove(who)
        if not self._kept:
            codes, self._codes, self.refusal = ",".join(self._codes), {}, None
            seconds = round(time.monotonic() - self._since, 1)
            event(_log, "database back", logging.WARNING, seconds=seconds, codes=codes)

    async def outlast(self, who: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do *work*, and again as long as the database keeps *who* from it; raises any other surprise."""
        waits = False
        try:
            while True:
                try:
                    done = await work()
                except Exception as error:
                    if not self.keeps(who, error):
                        raise
                    if not waits:
                        self._in_hand, waits = self._in_hand + 1, True
                    await asyncio.sleep(REST.total_seconds())
                else:
                    self.spares(who)
                    return done
        finally:
            self._in_hand -= waits
