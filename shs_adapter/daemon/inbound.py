"""Inbound: messages are fetched, put into the inbox, understood, acknowledged.

    fetch → inbox → keeping (kind, notice and the question's move, in one transaction) → acknowledge

Rule: a message is stored before it is acknowledged, for the node may have handed it out for the only time. So
one is fetched when the one before it lies in the inbox: whoever dies loses one at the most. All else goes on
meanwhile, and is written in groups; and what cannot be read or had blocks no other.
"""

import asyncio
import logging
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.daemon import keeping
from shs_adapter.daemon.alarm import alarm
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.group import Group
from shs_adapter.daemon.hold import Hold
from shs_adapter.daemon.keeping import Fetched
from shs_adapter.daemon.mailbox import Mailbox
from shs_adapter.daemon.reading import CUT_OFF, UNEXPECTED, UNOPENED, Reading, read
from shs_adapter.errors import NodeUnreachable, RowLocked, SealError, UnexpectedReply
from shs_adapter.log import describe, event
from shs_adapter.store import engine, inbox, notices, pieces
from shs_adapter.store.inbox import Kind
from shs_adapter.store.notices import NoticeState
from shs_adapter.transport.node import Missing

_log = logging.getLogger(__name__)

_BATCH = 200
_AT_ONCE = 64  # messages that are worked on
_TOGETHER = 0.05  # seconds; what comes within them is written together
_TOO_LARGE = timedelta(days=1)  # until it is tried again, unless we are started anew: it will be as large

# By whether a message is stored: what its notice was, what it is while the message is not to be had or
# acknowledged, and what is alarmed then.
_SET_ASIDE = {
    False: (notices.TO_FETCH, NoticeState.UNFETCHABLE, "unfetchable"),
    True: ((NoticeState.STORED,), NoticeState.STORED, "unacknowledged"),
}


class Inbound:
    def __init__(self, context: Context, mailbox: Mailbox) -> None:
        self._context = context
        self._mailbox = mailbox
        self._keeping = Group(self._keep_all, seconds=_TOGETHER)
        self._closing = Group(self._close_all, seconds=_TOGETHER)
        self._fetching = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._hindered = False
        self._locked: set[int] = set()  # notices of messages whose questions others have locked

    async def work_off(self, hold: Hold, too_large: Set[str]) -> bool:
        """Fetch, store and acknowledge whatever is due; False if it has to stop before the end. A surprise in
        one message rests that one alone.

        What the list says to be *too_large* is not asked for: some nodes lock what is not fetched whole.
        """
        working: set[asyncio.Task[None]] = set()
        self._hindered = False
        try:
            self._locked.clear()
            await self._take_up()
            while due := await self._due():
                for notice in due:
                    if not await self._goes_on(hold):
                        return False
                    one = self._one(notice, hold, too_large=notice.tx_id in too_large)
                    working.add(asyncio.create_task(one))
                    while len(working) >= _AT_ONCE:
                        working = await _some_done(working)
                while working:
                    working = await _some_done(working)
                self._context.wake_decode.set()
            return True
        except asyncio.CancelledError:
            for task in working:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*working, return_exceptions=True)
            for group in (self._keeping, self._closing):
                await group.drain()  # of one that was cut off nobody waits any more

    async def _goes_on(self, hold: Hold) -> bool:
        """Whether further messages may be fetched."""
        context = self._context
        is_hindered = self._hindered or context.outage.has_hands_full or context.stop.is_set()
        return not is_hindered and await hold.still()

    async def _due(self) -> list[Row[Any]]:
        async with engine.single(self._context.engine) as connection:
            due = await notices.due(connection, self._mailbox.name, self._context.now(), _BATCH)
        return [notice for notice in due if notice.id not in self._locked]

    async def _take_up(self) -> None:
        """Make something of the messages that somebody put into the inbox and died."""
        context, mailbox = self._context, self._mailbox.name
        async with engine.single(context.engine) as connection:
            left = await inbox.left(connection, mailbox)
        found = list[Fetched]()
        for inbox_id in left:
            async with context.engine.begin() as connection:
                message = (await inbox.some(connection, [inbox_id]))[inbox_id]
                notice = await notices.one(connection, mailbox, message.tx_id)
                try:
                    reading = read(await inbox.body(connection, context.vault, message), message.tx_id)
                except SealError as error:  # kept as it is, and holds up no other
                    event(_log, "surprise", logging.ERROR, tx_id=message.tx_id, error=describe(error))
                    reading = UNOPENED
            found.append(Fetched(notice=notice, inbox_id=inbox_id, reading=reading))
        await asyncio.gather(*map(self._keep, found))

    async def _one(self, notice: Row[Any], hold: Hold, *, too_large: bool) -> None:
        try:
            await self._work_on(notice, hold, too_large=too_large)
        except Exception as error:
            if not (isinstance(error, RowLocked) or engine.is_locked(error)):
                raise
            await self._let_wait(notice)

    async def _let_wait(self, notice: Row[Any]) -> None:
        """Another has locked the question: its message waits where it is, until the next list."""
        self._locked.add(notice.id)
        event(_log, "row_locked", logging.WARNING, id=notice.outbox_id, tx_id=notice.tx_id)
        await self._rest(notice)

    async def _work_on(self, notice: Row[Any], hold: Hold, *, too_large: bool) -> None:
        stored = notice.state == NoticeState.STORED
        try:
            if too_large and not stored:
                raise UnexpectedReply(notices.TOO_LARGE)
            stored = stored or await self._fetch(notice, hold)
            if stored:
                await self._acknowledge(notice, hold)
        except NodeUnreachable:
            # Perhaps it is this very message that breaks the connection: next time others go first.
            self._hindered = True
            await self._rest(notice)
            raise
        except UnexpectedReply as error:
            await self._set_aside(notice, error.code, stored)
        except RowLocked:
            raise
        except Exception as error:
            if engine.blames_database(error):  # not this message's trouble
                self._hindered = not engine.is_locked(error)
                raise
            event(_log, "surprise", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
            await self._set_aside(notice, "unexpected", stored)

    async def _fetch(self, notice: Row[Any], hold: Hold) -> bool:
        """Take one message and store it; False if it is not to be had, or no more are to be fetched."""
        async with self._fetching:
            taken = await self._take(notice, hold)
        if taken is None:
            return False
        await self._context.step("put")
        if not await self._keep(taken):
            return False
        await self._context.step("stored")
        return True

    async def _take(self, notice: Row[Any], hold: Hold) -> Fetched | None:
        """Fetch a message and put it into the inbox; returns where it lies and what it is, and holds it no
        longer. None if it is not to be had, or no more are to be fetched.
        """
        async with self._asking:
            if not await self._goes_on(hold):  # asked last: a fetch that is begun late may be cut off
                return None
            try:
                raw = await self._mailbox.node.fetch(notice.tx_id)
            except NodeUnreachable as error:
                if error.received:  # a node that hands it out once has no more of it
                    cut_off = Reading(Kind.INVALID, code=CUT_OFF)
                    await self._keep(await self._in_hand(notice, error.received, cut_off))
                raise
        if isinstance(raw, Missing):
            await self._miss(notice)
            return None
        await self._context.step("fetched")
        return await self._in_hand(notice, raw, read(raw, notice.tx_id))

    async def _in_hand(self, notice: Row[Any], raw: bytes, reading: Reading) -> Fetched:
        """Put what was fetched into the inbox, however long that takes: it may be nowhere else."""
        inbox_id = await self._context.outage.outlast("store", lambda: self._put(notice, raw))
        return Fetched(notice=notice, inbox_id=inbox_id, reading=reading)

    async def _put(self, notice: Row[Any], raw: bytes) -> str:
        context = self._context
        # A large one is more than one statement.
        opening = engine.single if len(raw) <= pieces.SIZE else AsyncEngine.begin
        async with opening(context.engine) as connection:
            return await inbox.put(
                connection, context.vault, self._mailbox.name, notice.tx_id, raw, context.now()
            )

    async def _keep(self, fetched: Fetched) -> bool:
        """Make something of a message; where its news meets a surprise, it is kept without them.

        False if it is not to be acknowledged: it is invalid, or its question is locked, and something is made
        of it later.
        """
        try:
            return await self._keep_all_of_it(fetched)
        except RowLocked:
            await self._let_wait(fetched.notice)
            return False

    async def _keep_all_of_it(self, fetched: Fetched) -> bool:
        keep, notice = self._context.outage.outlast, fetched.notice
        try:
            return await keep("store", lambda: self._keeping.add(fetched))
        except RowLocked:
            raise
        except Exception as error:
            event(_log, "surprise", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
            is_invalid = fetched.reading.kind is Kind.INVALID
            unexpected = fetched if is_invalid else replace(fetched, reading=UNEXPECTED)
            return await keep("store", lambda: self._keeping.add(unexpected))

    async def _keep_all(self, fetched: Sequence[Fetched]) -> Sequence[bool]:
        return await keeping.keep(self._context, self._mailbox.name, self._mailbox.settings, fetched)

    async def _acknowledge(self, notice: Row[Any], hold: Hold) -> None:
        async with self._asking:
            if self._hindered or not await hold.still():
                return  # the next turn does it
            known = await self._mailbox.node.acknowledge(notice.tx_id)
        await self._context.step("acked")
        # Given again, it might be answered as if the message had never been there.
        await self._context.outage.outlast("acknowledge", lambda: self._closing.add((notice, known)))

    async def _close_all(self, closed: Sequence[tuple[Row[Any], bool]]) -> Sequence[None]:
        """Acknowledged, or not known to the node any more."""
        async with self._context.engine.begin() as connection:
            await notices.close(connection, [notice.id for notice, known in closed if known])
            strange = [notice for notice, known in closed if not known]
            ours = await notices.close(
                connection, [notice.id for notice in strange], NoticeState.UNACKNOWLEDGED
            )
            for notice in strange:
                if notice.id in ours:
                    await alarm(connection, self._context, "unacknowledged", notice)
        return [None] * len(closed)

    async def _miss(self, notice: Row[Any]) -> None:
        """A 404 on a listed message may be a lock of an hour; longer, and the message is lost at the node."""
        context, now = self._context, self._context.now()
        since = notice.missing_since or now
        lost = now - since >= context.config.limits.lost_after
        gone = NoticeState.ACKED if notice.inbox_id else NoticeState.LOST
        change = {
            "state": gone if lost else NoticeState.LOCKED,
            "missing_since": since,
            "code": "lost" if lost else notice.code,
            **self._later(notice),
        }
        async with context.turn() as connection:
            ours = await notices.change(connection, notices.TO_FETCH, {notice.id: change})
            if ours and lost and not notice.inbox_id and notice.code != "lost":
                await alarm(connection, context, "lost", notice)

    async def _set_aside(self, notice: Row[Any], code: str, stored: bool) -> None:
        """Not to be had, or not to be acknowledged, as it is: tried again later, and visible meanwhile."""
        was, state, name = _SET_ASIDE[stored]
        change = {"state": state, "code": code, **self._later(notice, code)}
        async with self._context.turn() as connection:
            ours = await notices.change(connection, was, {notice.id: change})
            if ours and notice.code != code:
                await alarm(connection, self._context, name, notice, code)

    async def _rest(self, notice: Row[Any]) -> None:
        async with self._context.turn() as connection:
            await notices.change(connection, notices.OPEN, {notice.id: self._later(notice)})

    def _later(self, notice: Row[Any], code: str = "") -> dict[str, Any]:
        tries = notice.tries + 1
        rest = _TOO_LARGE if code == notices.TOO_LARGE else self._context.rest(tries)
        return {"tries": tries, "due_at": self._context.now() + rest}


async def _some_done(working: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Wait for one at least; raises what one of them has met, or returns those that go on."""
    done, going_on = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    return going_on
