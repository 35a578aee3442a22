"""The calendar: what happens by the clock and not by a row. APScheduler drives it, and nothing else.

Its executor cancels running jobs at shutdown, which must never happen to a submission; a job here may be cut
off at any point and is done again next time.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.daemon.each import each
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.store import blocking, engine, outbox, purge
from shs_adapter.store.blocking import Holder
from shs_adapter.store.settling import settle
from shs_adapter.store.tables import outbox as table

_log = logging.getLogger(__name__)

_BATCH = 200
# Seconds. Where nothing is due each is a look into an index, which an idle daemon pays for all the same.
_EVERY = 10
_SETTLE_EVERY = 60
_CLEAR_EVERY = {"sqlite": 2, "postgresql": 60}
_PURGE_EVERY = 600
_HOLDERS_EVERY = 10


class Calendar:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._holders: Sequence[Holder] = ()  # of locks on our tables, when it was last looked
        self._told: Sequence[Holder] = ()
        jobs = [
            (self.give_up, _EVERY),
            (self.keep_time, _EVERY),
            (self.settle, _SETTLE_EVERY),
            (self.clear_log, _CLEAR_EVERY[context.engine.dialect.name]),
        ]
        if not context.config.retention.is_for_ever:
            jobs.append((self.purge, _PURGE_EVERY))
        if context.engine.dialect.name == "postgresql":
            jobs.append((self.look_for_holders, _HOLDERS_EVERY))
        for job, seconds in jobs:
            self._scheduler.add_job(
                self._do, "interval", (job,), seconds=seconds, coalesce=True, max_instances=1
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    async def _do(self, job: Callable[[], Awaitable[None]]) -> None:
        """One turn of a *job*; whatever it meets, there is another."""
        name, outage = job.__name__, self._context.outage
        try:
            await job()
        except Exception as error:
            if not outage.keeps(name, error):
                event(_log, "surprise", logging.ERROR, pump=name, error=describe(error))
        else:
            outage.spares(name)

    async def give_up(self) -> None:
        """End the questions whose business system wanted no answer after give_up_at."""
        context, now = self._context, self._context.now()
        past = (
            or_(outbox.is_in(State.NEW), outbox.is_in(State.READY)),
            table.c.deadline_at <= now,
            # What is under way may still succeed; a lease that ran out is nobody's, and is not claimed again.
            or_(table.c.lease_until.is_(None), table.c.lease_until <= now),
        )

        async def end(connection: AsyncConnection, outbox_ids: Sequence[int]) -> None:
            for outbox_id in outbox_ids:
                await outbox.record(
                    connection,
                    outbox_id,
                    Event.EXHAUSTED,
                    at=now,
                    actor=context.owner,
                    code="give_up_at",
                    text="the time to give up had passed",
                )

        await each(context, past, end, limit=_BATCH)

    async def settle(self) -> None:
        """Stop expecting late answers to questions that failed long ago."""
        context, settled = self._context, _BATCH
        while settled == _BATCH:
            async with context.turn() as connection:
                settled = await settle(connection, context.now(), context.config.limits.late_answer, _BATCH)

    async def purge(self) -> None:
        """Let go what need not be kept, unless another daemon does."""
        context = self._context
        counts = await purge.run(
            context.engine,
            context.vault,
            context.config.retention,
            owner=context.owner,
            actor=context.owner,
            now=context.now,
        )
        if counts and any(counts.values()):
            context.sealed.set()  # what is gone may stand in the log file
            event(_log, "purged", **counts)

    async def look_for_holders(self) -> None:
        """Tell whose transactions keep rows locked from one look to the next: those rows wait for them."""
        async with engine.single(self._context.engine) as connection:
            found = await blocking.holders(connection)
        lasting = blocking.lasting(self._holders, found)
        for holder in lasting:
            if holder not in self._told:
                event(_log, "locked_by", logging.ERROR, **blocking.told(holder))
        for holder in self._told:
            if holder not in lasting:
                event(_log, "locked_no_more", logging.WARNING, pid=holder.pid)
        self._holders, self._told = found, lasting

    async def keep_time(self) -> None:
        """Look at the database's clock again."""
        await self._context.clock.read(self._context.engine)

    async def clear_log(self) -> None:
        """After personal numbers were sealed, let go of what still holds the clear ones."""
        if self._context.sealed.is_set():
            self._context.sealed.clear()
            cleared = False
            try:
                cleared = await engine.clear_log(self._context.engine)
            finally:
                if not cleared:
                    self._context.sealed.set()
