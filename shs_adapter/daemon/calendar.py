"""The calendar: what happens by the clock and not by a row. APScheduler drives it, and nothing else.

Its executor cancels running jobs at shutdown, which must never happen to a submission; a job here may be cut
off at any point and is done again next time.

Rule: intervals go by time that nobody sets. APScheduler goes by the wall clock: set back an hour, it would do
nothing for an hour. So both clocks are held against the loop's once a second, and where one was set every job
is due, and so is what would rest longer than anything of ours may rest.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context, utc_now
from shs_adapter.daemon.each import each
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.store import ahead, blocking, engine, outbox, purge
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
_MINDED_EVERY = 1
_STEP = timedelta(seconds=2)  # what a clock gains or loses at once by itself is less


async def mend(connection: AsyncConnection, context: Context) -> int:
    """Have due what a clock that was wrong has put too far ahead; returns how much that was."""
    polling = max(context.config.polling.mailbox, timedelta(seconds=_PURGE_EVERY))
    return await ahead.mend(connection, context.now(), context.config.retry.most, polling)


class Calendar:
    """*wall* is the clock that APScheduler goes by."""

    def __init__(self, context: Context, wall: Callable[[], datetime] = utc_now) -> None:
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
        self._jobs = jobs
        self._wall = wall
        self._minding: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._scheduler.start()
        for job, seconds in self._jobs:
            self._schedule(job, seconds)
        self._minding = asyncio.create_task(self._mind())

    def stop(self) -> None:
        if self._minding is not None:
            self._minding.cancel()
        self._scheduler.shutdown(wait=False)

    def _schedule(self, job: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Have one turn of the *job* done. Of an interval APScheduler would count every turn that a clock set
        years ahead has left out.
        """
        self._scheduler.add_job(
            self._take_turn,
            "date",
            (job, seconds),
            id=job.__name__,
            replace_existing=True,
            run_date=self._wall() + timedelta(seconds=seconds),
            misfire_grace_time=None,  # one that comes late is done all the same
        )

    async def _take_turn(self, job: Callable[[], Awaitable[None]], seconds: float) -> None:
        await self._do(job)
        if self._scheduler.running:
            self._schedule(job, seconds)

    async def _mind(self) -> None:
        """Notice when a clock was set: the machine's, or the daemon's own, which follows the database's."""
        loop, clocks = asyncio.get_running_loop(), (self._wall, self._context.now)
        then, read = loop.time(), [clock() for clock in clocks]
        while True:
            await asyncio.sleep(_MINDED_EVERY)
            now, seen = loop.time(), [clock() for clock in clocks]
            passed = timedelta(seconds=now - then)
            steps = [new - old - passed for new, old in zip(seen, read, strict=True)]
            then, read = now, seen
            if any(abs(step) > _STEP for step in steps):
                seconds = [round(step.total_seconds()) for step in steps]
                event(_log, "clock set", logging.WARNING, machine=seconds[0], daemon=seconds[1])
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=self._wall())
                await self._do(self.mend)

    async def mend(self) -> None:
        context = self._context
        async with context.turn() as connection:
            mended = await mend(connection, context)
        if mended:
            event(_log, "rests ended", logging.WARNING, count=mended)
            context.rung.set()

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
