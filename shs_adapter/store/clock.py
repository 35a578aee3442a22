"""The time, as the database has it: all daemons on one database agree on what is due and whose lease is over.

Between two looks at it, it is carried on by a clock of this machine that nobody sets.
"""

import time
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store.engine import single
from shs_adapter.store.types import utc_now

# Unlike the monotonic one it goes on while a machine sleeps; Linux has it.
_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock:
    """To be read before it is asked."""

    _epoch: datetime  # the database's time when this machine's clock stood at 0

    async def read(self, engine: AsyncEngine) -> None:
        """Set it by the database; a slow answer makes it wrong by half of what it took."""
        async with single(engine) as connection:
            before = _running()
            at = (await connection.execute(select(utc_now()))).scalar_one()
            self._epoch = at - (before + _running()) / 2

    def __call__(self) -> datetime:
        return self._epoch + _running()


def _running() -> timedelta:
    return timedelta(seconds=time.clock_gettime(_RUNNING))
