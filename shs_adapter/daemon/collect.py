"""Collect: what a mailbox holds is listed, written down, fetched, stored, acknowledged.

    list → notice → fetch → inbox and the question's move, in one transaction → acknowledge

Rule: notices are written down before fetching, for a fetch may consume; a message is stored before it is
acknowledged; one that cannot be read blocks nothing. A mailbox may serve other systems: only our product, and
confirmations and errors of our conversations, are touched, unless the mailbox is exclusive.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon import news
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.reading import read
from shs_adapter.errors import AdapterError, MalformedMessage, NodeUnreachable, UnexpectedReply
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.shs.names import CONFIRM, ERROR
from shs_adapter.shs.notices import Notice
from shs_adapter.store import attempts, inbox, journal, links, notices, outbox
from shs_adapter.store.inbox import Kind
from shs_adapter.store.notices import NoticeState, Seen
from shs_adapter.store.tables import outbox as table
from shs_adapter.transport.node import Missing, Node, Page

_log = logging.getLogger(__name__)

_PAGE = 200
_BATCH = 50
_UNTIL_STORED = timedelta(seconds=2)  # between two tries to store what was fetched

# What an inbound message of one of our conversations does to its question.
_NEWS = {Kind.CONFIRM: Event.CONFIRMED, Kind.ERROR: Event.ERRORED, Kind.ANSWER: Event.COMPLETED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One address at one node, and whose it is."""

    node: Node
    tenants: frozenset[str]
    products: frozenset[str]
    exclusive: bool

    @property
    def name(self) -> str:
        return self.node.mailbox

    @property
    def scope(self) -> str:
        return f"mailbox:{self.name}"


class Collect:
    def __init__(self, context: Context, mailbox: Mailbox) -> None:
        self._context = context
        self._mailbox = mailbox

    async def turn(self) -> bool:
        """Empty the mailbox as far as it shows; True if it may hold more."""
        context, mailbox = self._context, self._mailbox
        async with context.engine.begin() as connection:
            link = (await links.read(connection)).get(mailbox.scope)
            ignored = await notices.ignored(connection, mailbox.name, context.now() - timedelta(days=1))
        if link and link.is_resting(context.now()):
            return False
        try:
            page = await mailbox.node.waiting(_PAGE + ignored)
            fresh = await self._note(page)
            await context.step("listed")
            await self._work_off()
        except (NodeUnreachable, UnexpectedReply, MalformedMessage) as error:
            await self._break(error)
            return False
        if not fresh:
            await self._time_out()
        return page.full and fresh > 0

    async def _note(self, page: Page) -> int:
        context, mailbox = self._context, self._mailbox
        async with context.engine.begin() as connection:
            corr_ids = [notice.corr_id for notice in page.notices if notice.corr_id]
            ours = await attempts.by_corr_ids(connection, corr_ids)
            seen = [self._seen(notice, ours) for notice in page.notices]
            fresh = await notices.note(connection, mailbox.name, seen, context.now())
            if await links.succeeded(connection, mailbox.scope, context.now()):
                event(_log, "link up", logging.WARNING, scope=mailbox.scope)
        if fresh:
            event(_log, "listed", mailbox=mailbox.name, fresh=fresh)
        return fresh

    def _seen(self, notice: Notice, ours: Mapping[str, Row[Any]]) -> Seen:
        attempt = ours.get(notice.corr_id or "")
        administrative = notice.product.lower() in (CONFIRM, ERROR)
        return Seen(
            tx_id=notice.tx_id,
            corr_id=notice.corr_id,
            content_id=notice.content_id,
            product=notice.product,
            sequence_type=notice.sequence_type,
            sender=notice.sender,
            ours=self._mailbox.exclusive
            or (
                notice.status == self._mailbox.node.status
                and (notice.product in self._mailbox.products or (administrative and attempt is not None))
            ),
            outbox_id=attempt.outbox_id if attempt else None,
        )

    async def _work_off(self) -> None:
        """Fetch, store and acknowledge whatever is due; a surprise in one message rests that one alone."""
        context = self._context
        while True:
            async with context.engine.begin() as connection:
                due = await notices.due(connection, self._mailbox.name, context.now(), _BATCH)
            if not due:
                return
            for notice in due:
                if context.stop.is_set():
                    return
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
        """Store the message; a database that is full or locked is waited for, for it has no other place."""
        while True:
            try:
                async with self._context.engine.begin() as connection:
                    await self._store(connection, notice, raw)
            except OperationalError as error:
                event(_log, "not stored", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
                await asyncio.sleep(_UNTIL_STORED.total_seconds())
            else:
                return

    async def _store(self, connection: AsyncConnection, notice: Row[Any], raw: bytes) -> None:
        """Inbox row, notice and the question's move, together."""
        context, now = self._context, self._context.now()
        reading = read(raw, self._mailbox.products)
        attempt = (await attempts.by_corr_ids(connection, [reading.corr_id])).get(reading.corr_id)
        kind = reading.kind if attempt or reading.kind is Kind.UNREADABLE else Kind.UNSOLICITED
        seen_before = await inbox.known_tx_id(connection, self._mailbox.name, notice.tx_id)
        inbox_id, is_new = await inbox.store(
            connection,
            context.vault,
            raw,
            mailbox=self._mailbox.name,
            tx_id=notice.tx_id,
            kind=kind,
            at=now,
            corr_id=reading.corr_id or notice.corr_id,
            content_id=reading.content_id,
            code=reading.code,
            outbox_id=attempt.outbox_id if attempt else None,
            attempt_tx_id=attempt.tx_id if attempt else None,
        )
        await notices.change(
            connection, notice.id, state=NoticeState.STORED, inbox_id=inbox_id, due_at=now, code=None
        )
        if is_new and kind in _NEWS and attempt:
            await news.tell(
                connection,
                context,
                attempt.outbox_id,
                attempt.tx_id,
                _NEWS[kind],
                tx_id=notice.tx_id,
                code=reading.code,
            )
        if is_new and seen_before:
            await self._alarm(connection, "tx_id_repeated", notice)
        if is_new and kind in (Kind.UNREADABLE, Kind.UNSOLICITED):
            await self._alarm(connection, kind, notice, reading.code)
        event(_log, "stored", tx_id=notice.tx_id, kind=kind, id=attempt.outbox_id if attempt else None)

    async def _acknowledge(self, notice: Row[Any]) -> None:
        context = self._context
        known = await self._mailbox.node.acknowledge(notice.tx_id)
        await context.step("acked")
        async with context.engine.begin() as connection:
            state = NoticeState.ACKED if known else NoticeState.UNACKNOWLEDGED
            await notices.change(connection, notice.id, state=state)
            if not known:
                await self._alarm(connection, "unacknowledged", notice)

    async def _miss(self, notice: Row[Any]) -> None:
        """A 404 on a listed message may be a lock of an hour; longer, and the message is lost at the node."""
        context, now = self._context, self._context.now()
        since = notice.missing_since or now
        lost = now - since >= context.config.limits.lost_after
        async with context.engine.begin() as connection:
            await notices.change(
                connection,
                notice.id,
                state=NoticeState.LOST if lost else NoticeState.LOCKED,
                missing_since=since,
                **self._later(notice),
            )
            if lost:
                await self._alarm(connection, "lost", notice)

    async def _set_aside(self, notice: Row[Any], code: str, stored: bool) -> None:
        """Not to be had, or not to be acknowledged, as it is: tried again later, and visible meanwhile."""
        context = self._context
        async with context.engine.begin() as connection:
            await notices.change(
                connection,
                notice.id,
                state=NoticeState.STORED if stored else NoticeState.UNFETCHABLE,
                code=code,
                **self._later(notice),
            )
            if notice.code != code:
                await self._alarm(connection, "unacknowledged" if stored else "unfetchable", notice, code)

    async def _rest(self, notice: Row[Any]) -> None:
        async with self._context.engine.begin() as connection:
            await notices.change(connection, notice.id, **self._later(notice))

    def _later(self, notice: Row[Any]) -> dict[str, Any]:
        tries = notice.tries + 1
        return {"tries": tries, "due_at": self._context.now() + self._context.rest(tries)}

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

    async def _time_out(self) -> None:
        """Give up waiting, only now that the mailbox is known not to hold the answer."""
        context = self._context
        before = context.now() - context.config.limits.answer_timeout
        waiting = (
            table.c.state.in_((State.ACCEPTED, State.CONFIRMED)),
            func.coalesce(table.c.accepted_at, table.c.confirmed_at) <= before,
            table.c.tenant.in_(self._mailbox.tenants),
        )
        async with context.engine.begin() as connection:
            for outbox_id in await outbox.ids(connection, *waiting, limit=_BATCH):
                await outbox.record(
                    connection,
                    outbox_id,
                    Event.TIMED_OUT,
                    at=context.now(),
                    actor=context.owner,
                    code="no_answer",
                )
                event(_log, Event.TIMED_OUT, logging.WARNING, id=outbox_id)

    async def _break(self, error: AdapterError) -> None:
        context, scope = self._context, self._mailbox.scope
        async with context.engine.begin() as connection:
            known = (await links.read(connection)).get(scope)
            rest = context.rest((known.failures if known else 0) + 1)
            if await links.failed(connection, scope, context.now(), error.code, rest):
                event(_log, "link down", logging.ERROR, scope=scope, code=error.code)
