"""Inbound: one message after another is fetched, stored, acknowledged.

    fetch → inbox, notice and the question's move, in one transaction → acknowledge

Rule: a message is stored before it is acknowledged, for the node may have handed it out for the only time;
one that cannot be read or had blocks no other.
"""

import asyncio
import logging
from collections.abc import Set
from datetime import timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon import news
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.hold import Hold
from shs_adapter.daemon.mailbox import Mailbox
from shs_adapter.daemon.news import News
from shs_adapter.daemon.outage import REST
from shs_adapter.daemon.reading import UNEXPECTED, Reading, read
from shs_adapter.errors import NodeUnreachable, UnexpectedReply
from shs_adapter.lifecycle import Event
from shs_adapter.log import describe, event
from shs_adapter.store import attempts, inbox, journal, notices, tombstones
from shs_adapter.store.engine import is_passing
from shs_adapter.store.inbox import Arrival, Kind
from shs_adapter.store.notices import NoticeState
from shs_adapter.transport.node import Missing

_log = logging.getLogger(__name__)

_BATCH = 200
_TOO_LARGE = timedelta(days=1)  # until it is tried again, unless we are started anew: it will be as large
_STORED = (NoticeState.STORED,)

# What an inbound message of one of our conversations does to its question.
_NEWS = {Kind.CONFIRM: Event.CONFIRMED, Kind.ERROR: Event.ERRORED, Kind.ANSWER: Event.COMPLETED}


class Inbound:
    def __init__(self, context: Context, mailbox: Mailbox) -> None:
        self._context = context
        self._mailbox = mailbox

    async def work_off(self, hold: Hold, too_large: Set[str]) -> None:
        """Fetch, store and acknowledge whatever is due; a surprise in one message rests that one alone.

        One after the other: a node may hand a message out only once, and whoever dies loses what it holds.
        What the list says to be *too_large* is not asked for: some nodes lock what is not fetched whole.
        """
        context = self._context
        while True:
            async with context.engine.begin() as connection:
                due = await notices.due(connection, self._mailbox.name, context.now(), _BATCH)
            if not due:
                return
            for notice in due:
                if context.stop.is_set() or not await hold.still():
                    return
                await self._one(notice, notice.tx_id in too_large)

    async def _one(self, notice: Row[Any], too_large: bool) -> None:
        stored = notice.state == NoticeState.STORED
        try:
            if too_large and not stored:
                raise UnexpectedReply(notices.TOO_LARGE)
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
        context = self._context
        raw = await self._mailbox.node.fetch(notice.tx_id)
        if isinstance(raw, Missing):
            await self._miss(notice)
            return False
        await context.step("fetched")
        await self._keep(notice, raw)
        context.wake_decode.set()
        await context.step("stored")
        return True

    async def _keep(self, notice: Row[Any], raw: bytes) -> None:
        """Store the message, whatever happens: it has no other place.

        A database that is full or locked is waited for. Where its news meets a surprise, the message is kept
        without them.
        """
        reading = read(raw, self._mailbox.products, self._mailbox.partners)
        while True:
            try:
                await self._store(notice, raw, reading)
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

    async def _store(self, notice: Row[Any], raw: bytes, reading: Reading) -> None:
        """Inbox row, notice and the question's move, together."""
        context, now = self._context, self._context.now()
        async with context.turn() as connection:
            attempt = (await attempts.by_corr_ids(connection, [reading.corr_id])).get(reading.corr_id)
            purged = attempt is None and await tombstones.knows(connection, reading.corr_id)
            kind = reading.kind if attempt or reading.kind is Kind.UNREADABLE else Kind.UNSOLICITED
            arrival = Arrival(
                tx_id=notice.tx_id,
                kind=kind,
                raw=raw,
                columns={
                    "corr_id": reading.corr_id or notice.corr_id,
                    "content_id": reading.content_id,
                    "code": "purged" if purged else reading.code,
                    "outbox_id": attempt.outbox_id if attempt else None,
                    "attempt_tx_id": attempt.tx_id if attempt else None,
                },
            )
            (kept,) = await inbox.store(connection, context.vault, self._mailbox.name, [arrival], now)
            await notices.change(
                connection,
                notice.id,
                notices.TO_FETCH,
                state=NoticeState.STORED,
                inbox_id=kept.inbox_id,
                due_at=now,
                code=None,
                missing_since=None,
            )
            if kept.is_new and kind in _NEWS and attempt:
                told = News(
                    outbox_id=attempt.outbox_id,
                    about=attempt.tx_id,
                    event=_NEWS[kind],
                    tx_id=notice.tx_id,
                    code=reading.code,
                )
                await news.tell(connection, context, [told])
            if kept.is_new and kept.repeated and not purged:
                await self._alarm(connection, "tx_id_repeated", notice)
            if kept.is_new and kind in (Kind.UNREADABLE, Kind.UNSOLICITED) and not purged:
                await self._alarm(connection, kind, notice, reading.code)
        event(_log, "stored", tx_id=notice.tx_id, kind=kind, id=attempt.outbox_id if attempt else None)

    async def _acknowledge(self, notice: Row[Any]) -> None:
        known = await self._mailbox.node.acknowledge(notice.tx_id)
        await self._context.step("acked")
        # Given again, it might be answered as if the message had never been there.
        await self._context.outage.outlast("acknowledge", lambda: self._close(notice, known))

    async def _close(self, notice: Row[Any], known: bool) -> None:
        """Acknowledged, or not known to the node any more."""
        async with self._context.turn() as connection:
            state = NoticeState.ACKED if known else NoticeState.UNACKNOWLEDGED
            ours = await notices.change(connection, notice.id, _STORED, state=state)
            if ours and not known:
                await self._alarm(connection, "unacknowledged", notice)

    async def _miss(self, notice: Row[Any]) -> None:
        """A 404 on a listed message may be a lock of an hour; longer, and the message is lost at the node."""
        context, now = self._context, self._context.now()
        since = notice.missing_since or now
        lost = now - since >= context.config.limits.lost_after
        gone = NoticeState.ACKED if notice.inbox_id else NoticeState.LOST
        async with context.turn() as connection:
            ours = await notices.change(
                connection,
                notice.id,
                notices.TO_FETCH,
                state=gone if lost else NoticeState.LOCKED,
                missing_since=since,
                code="lost" if lost else notice.code,
                **self._later(notice),
            )
            if ours and lost and not notice.inbox_id and notice.code != "lost":
                await self._alarm(connection, "lost", notice)

    async def _set_aside(self, notice: Row[Any], code: str, stored: bool) -> None:
        """Not to be had, or not to be acknowledged, as it is: tried again later, and visible meanwhile."""
        context = self._context
        async with context.turn() as connection:
            ours = await notices.change(
                connection,
                notice.id,
                _STORED if stored else notices.TO_FETCH,
                state=NoticeState.STORED if stored else NoticeState.UNFETCHABLE,
                code=code,
                **self._later(notice, code),
            )
            if ours and notice.code != code:
                await self._alarm(connection, "unacknowledged" if stored else "unfetchable", notice, code)

    async def _rest(self, notice: Row[Any]) -> None:
        async with self._context.turn() as connection:
            await notices.change(connection, notice.id, notices.OPEN, **self._later(notice))

    def _later(self, notice: Row[Any], code: str = "") -> dict[str, Any]:
        tries = notice.tries + 1
        rest = _TOO_LARGE if code == notices.TOO_LARGE else self._context.rest(tries)
        return {"tries": tries, "due_at": self._context.now() + rest}

    async def _alarm(
        self, connection: AsyncConnection, name: str, notice: Row[Any], code: str | None = None
    ) -> None:
        """What a human should look at: logged as an error, and kept in the journal."""
        await journal.write(
            connection,
            name,
            at=self._context.now(),
            actor=self._context.owner,
            outbox_id=notice.outbox_id,
            tx_id=notice.tx_id,
            code=code,
        )
        event(_log, name, logging.ERROR, tx_id=notice.tx_id, id=notice.outbox_id, code=code)
