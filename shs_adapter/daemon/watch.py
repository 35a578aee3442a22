"""Watch: one look at the database tells which pumps have something to do, wakes them, and sets their marks.

Rule: it takes nothing and changes nothing; a pump that it fails to wake looks by itself a few seconds later.
"""

import asyncio
from datetime import timedelta

from shs_adapter.daemon.context import Context
from shs_adapter.lifecycle import State
from shs_adapter.store.marks import running
from shs_adapter.store.work import Look, Work, open_look

_QUICK = timedelta(milliseconds=10)
_SHARE = 20  # so many times its own duration a slow look is followed by rest ...
_MOST = timedelta(seconds=1)  # ... at the most, for marks are believed only a little longer


class Pace:
    """How long to rest after a look, whoever rings: a report's snapshot makes all of them slow."""

    def __init__(self) -> None:
        self._before = timedelta()

    def rest(self, duration: timedelta) -> timedelta:
        """The rest after one that took so long; one that is slow alone waited for the processor."""
        slow, self._before = min(duration, self._before), duration
        return timedelta() if slow < _QUICK else min(_SHARE * slow, _MOST)


class Watch:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._look: Look | None = None
        self._pace = Pace()
        self._rests_until = timedelta()

    async def turn(self) -> bool:
        if (left := self._rests_until - running()) > timedelta():
            # Whoever rings meanwhile is heard then.
            asyncio.get_running_loop().call_later(left.total_seconds(), self._context.rung.set)
            return False
        try:
            look = await self._held()
            began = running()
            found = await look.waiting(self._context.now())
        except Exception:
            self.close()  # the next look is over a new connection
            raise
        self._tell(found)
        ended = running()
        self._rests_until = ended + self._pace.rest(ended - began)
        return False

    def _tell(self, found: Work) -> None:
        context = self._context
        context.marks[State.NEW].looked(found.new)
        context.marks[State.READY].looked(found.ready)
        for is_there, wake in (
            (found.note or found.new is not None, context.wake_prepare),
            (found.ready is not None, context.wake_submit),
            (found.decode, context.wake_decode),
        ):
            if is_there:
                wake.set()

    async def _held(self) -> Look:
        if self._look is None:
            context = self._context
            ring = context.rung.set if context.config.polling.doorbell else None
            self._look = await open_look(context.config.database, context.engine.dialect, ring)
        return self._look

    def close(self) -> None:
        look, self._look = self._look, None
        if look is not None:
            look.close()
