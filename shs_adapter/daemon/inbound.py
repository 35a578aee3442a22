"""Inbound: messages are fetched, stored, acknowledged.

    fetch → keeping (inbox, notice and the question's move, in one transaction) → acknowledge

Rule: a message is stored before it is acknowledged, for the node may have handed it out for the only time;
one that cannot be read or had blocks no other. Several are worked on together, and written together; but few
are ever in hand only, for whoever dies may lose them.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from shs_adapter.daemon import keeping
from shs_adapter.daemon.alarm import alarm
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.group import Group
from shs_adapter.daemon.hold import Hold
from shs_adapter.daemon.keeping import Fetched
from shs_adapter.daemon.mailbox import Mailbox
from shs_adapter.daemon.outage import REST
from shs_adapter.daemon.reading import UNEXPECTED, read
from shs_adapter.errors import NodeUnreachable, UnexpectedReply
from shs_adapter.log import describe, event
from shs_adapter.store import notices
from shs_adapter.store.engine import is_passing
from shs_adapter.store.notices import NoticeState
from shs_adapter.transport.node import Missing

_log = logging.getLogger(__name__)

_BATCH = 200
_AT_ONCE = 64  # messages that are worked on
_IN_HAND = 8  # of them being fetched or stored, at the most
_BYTES = 1024 * 1024  # of the messages in hand: no further ones are begun beside a large one

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
        self._keeping = Group(self._keep_all)
        self._closing = Group(self._close_all)
        self._in_hand = asyncio.Semaphore(_IN_HAND)
        self._bytes = 0  # of the messages in hand

    async def work_off(self, hold: Hold) -> None:
        """Fetch, store and acknowledge whatever is due; a surprise in one message rests that one alone."""
        working: set[asyncio.Task[None]] = set()
        try:
            while due := await self._due():
                for notice in due:
                    if self._context.stop.is_set() or not await hold.still():
                        return
                    working.add(asyncio.create_task(self._one(notice)))
                    while len(working) >= _AT_ONCE or self._bytes >= _BYTES:
                        working = await _some_done(working)
                while working:
                    working = await _some_done(working)
                self._context.wake_decode.set()
        except asyncio.CancelledError:
            for task in working:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*working, return_exceptions=True)

    async def _due(self) -> list[Row[Any]]:
        context = self._context
        async with context.engine.begin() as connection:
            return await notices.due(connection, self._mailbox.name, context.now(), _BATCH)

    async def _one(self, notice: Row[Any]) -> None:
        stored = notice.state == NoticeState.STORED
        try:
            stored = stored or await self._fetch(notice)
            if stored:
                await self._acknowledge(notice)
        except NodeUnreachable:
            # Perhaps it is this very message that breaks the connection: next time others go first.
            await self._rest(notice)
            raise
        except UnexpectedReply as error:
            await self._set_aside(notice, error.code, stored)
        except Exception as error:
            if is_passing(error):  # the database's trouble, not this message's
                raise
            event(_log, "surprise", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
            await self._set_aside(notice, "unexpected", stored)

    async def _fetch(self, notice: Row[Any]) -> bool:
        """Take one message and store it; False if the node does not hand it out."""
        async with self._in_hand:
            raw = await self._mailbox.node.fetch(notice.tx_id)
            if isinstance(raw, Missing):
                await self._miss(notice)
                return False
            self._bytes += len(raw)
            try:
                await self._context.step("fetched")
                await self._keep(notice, raw)
            finally:
                self._bytes -= len(raw)
        await self._context.step("stored")
        return True

    async def _keep(self, notice: Row[Any], raw: bytes) -> None:
        """Store the message, whatever happens: it has no other place.

        A database that is full or locked is waited for. Where its news meets a surprise, the message is kept
        without them.
        """
        reading = read(raw, self._mailbox.products, self._mailbox.partners)
        while True:
            try:
                await self._keeping.add(Fetched(notice=notice, raw=raw, reading=reading))
            except Exception as error:
                if self._context.outage.keeps("store", error):
                    await asyncio.sleep(REST.total_seconds())
                    continue
                if reading is UNEXPECTED:
                    raise
                event(_log, "surprise", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
                reading = UNEXPECTED
            else:
                self._context.outage.spares("store")
                return

    async def _keep_all(self, fetched: Sequence[Fetched]) -> Sequence[None]:
        await keeping.keep(self._context, self._mailbox.name, fetched)
        return [None] * len(fetched)

    async def _acknowledge(self, notice: Row[Any]) -> None:
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
        change = {"state": state, "code": code, **self._later(notice)}
        async with self._context.turn() as connection:
            ours = await notices.change(connection, was, {notice.id: change})
            if ours and notice.code != code:
                await alarm(connection, self._context, name, notice, code)

    async def _rest(self, notice: Row[Any]) -> None:
        async with self._context.turn() as connection:
            await notices.change(connection, notices.OPEN, {notice.id: self._later(notice)})

    def _later(self, notice: Row[Any]) -> dict[str, Any]:
        tries = notice.tries + 1
        return {"tries": tries, "due_at": self._context.now() + self._context.rest(tries)}


async def _some_done(working: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Wait for one at least; raises what one of them has met, or returns those that go on."""
    done, going_on = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    return going_on
