"""Inbound: messages are fetched, stored, acknowledged.

    fetch → keeping (inbox, notice and the question's move, in one transaction) → acknowledge

Rule: a message is stored before it is acknowledged, for the node may have handed it out for the only time;
one that cannot be read or had blocks no other. One request is made at a time, and meanwhile what came before
is stored. Few messages are ever in hand only: whoever dies may lose them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
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
_IN_HAND = 8  # messages that are fetched and not stored yet, at the most
_BYTES = 1024 * 1024  # of all of them; a larger one is in hand alone
_STORED = (NoticeState.STORED,)

_Doing = tuple[Sequence[NoticeState], NoticeState, str]

# What a notice was, what it is while its message is not to be had or acknowledged, and what is alarmed then.
_FETCHING = notices.TO_FETCH, NoticeState.UNFETCHABLE, "unfetchable"
_ACKNOWLEDGING = _STORED, NoticeState.STORED, "unacknowledged"


class Inbound:
    def __init__(self, context: Context, mailbox: Mailbox) -> None:
        self._context = context
        self._mailbox = mailbox
        self._keeping = Group(self._keep_all)
        self._closing = Group(self._close_all)
        self._in_hand: dict[asyncio.Task[None], int] = {}  # messages that are being stored, and their bytes
        self._stored: deque[Row[Any]] = deque()  # to be acknowledged
        self._acknowledged: set[asyncio.Task[None]] = set()  # being closed

    async def work_off(self, hold: Hold) -> None:
        """Fetch, store and acknowledge whatever is due; a surprise in one message rests that one alone."""
        self._stored.clear()
        try:
            while due := await self._due():
                for notice in due:
                    if self._context.stop.is_set() or not await hold.still():
                        return
                    await self._take(notice)
                while self._in_hand or self._stored or self._acknowledged:
                    await self._acknowledge_stored()
                    await self._one_written()
        except asyncio.CancelledError:
            for task in self._written():
                task.cancel()
            raise
        finally:
            await asyncio.gather(*self._written(), return_exceptions=True)

    async def _due(self) -> list[Row[Any]]:
        context = self._context
        async with context.engine.begin() as connection:
            return await notices.due(connection, self._mailbox.name, context.now(), _BATCH)

    def _written(self) -> list[asyncio.Task[None]]:
        return [*self._in_hand, *self._acknowledged]

    async def _one_written(self) -> None:
        if tasks := self._written():
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    async def _take(self, notice: Row[Any]) -> None:
        if notice.state == NoticeState.STORED:
            self._stored.append(notice)
        else:
            await self._guarded(notice, self._fetch, _FETCHING)
        await self._acknowledge_stored()
        while len(self._in_hand) >= _IN_HAND or sum(self._in_hand.values()) >= _BYTES:
            await self._one_written()

    async def _acknowledge_stored(self) -> None:
        while self._stored:
            await self._guarded(self._stored.popleft(), self._acknowledge, _ACKNOWLEDGING)

    async def _guarded(
        self, notice: Row[Any], ask: Callable[[Row[Any]], Awaitable[None]], doing: _Doing
    ) -> None:
        try:
            await ask(notice)
        except NodeUnreachable:
            # Perhaps it is this very message that breaks the connection: next time others go first.
            await self._rest(notice)
            raise
        except UnexpectedReply as error:
            await self._set_aside(notice, error.code, doing)
        except Exception as error:
            if is_passing(error):  # the database's trouble, not this message's
                raise
            event(_log, "surprise", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
            await self._set_aside(notice, "unexpected", doing)

    async def _fetch(self, notice: Row[Any]) -> None:
        """Take one message in hand, and have it stored."""
        raw = await self._mailbox.node.fetch(notice.tx_id)
        if isinstance(raw, Missing):
            await self._miss(notice)
            return
        await self._context.step("fetched")
        task = asyncio.create_task(self._store(notice, raw))
        self._in_hand[task] = len(raw)
        task.add_done_callback(self._in_hand.pop)

    async def _store(self, notice: Row[Any], raw: bytes) -> None:
        try:
            await self._keep(notice, raw)
        except Exception as error:
            event(_log, "surprise", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
            await self._context.outage.outlast(
                "store", lambda: self._set_aside(notice, "unexpected", _FETCHING)
            )
            return
        self._context.wake_decode.set()
        await self._context.step("stored")
        self._stored.append(notice)

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
        close = self._context.outage.outlast("acknowledge", lambda: self._closing.add((notice, known)))
        task = asyncio.create_task(close)
        self._acknowledged.add(task)
        task.add_done_callback(self._acknowledged.discard)

    async def _close_all(self, closed: Sequence[tuple[Row[Any], bool]]) -> Sequence[None]:
        """Acknowledged, or not known to the node any more."""
        states = {True: NoticeState.ACKED, False: NoticeState.UNACKNOWLEDGED}
        async with self._context.turn() as connection:
            ours = await notices.change(
                connection, _STORED, {notice.id: {"state": states[known]} for notice, known in closed}
            )
            for notice, known in closed:
                if notice.id in ours and not known:
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

    async def _set_aside(self, notice: Row[Any], code: str, doing: _Doing) -> None:
        """Not to be had, or not to be acknowledged, as it is: tried again later, and visible meanwhile."""
        was, state, name = doing
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
