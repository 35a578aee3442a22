"""Collect: what a mailbox holds is listed and written down; `inbound` takes it from there.

    list → notices → inbound (fetch, store, acknowledge) → questions that waited too long

Rule: notices are written down before fetching, for a fetch may consume. A mailbox may serve other systems:
only our product, and confirmations and errors of our conversations, are touched, unless it is exclusive.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon import way
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.each import each
from shs_adapter.daemon.hold import Hold
from shs_adapter.daemon.inbound import Inbound
from shs_adapter.daemon.mailbox import Mailbox
from shs_adapter.errors import MalformedMessage, NodeUnreachable, UnexpectedReply
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.shs.names import CONFIRM, ERROR
from shs_adapter.shs.notices import Notice
from shs_adapter.store import attempts, engine, inbox, links, notices, outbox
from shs_adapter.store.notices import Seen
from shs_adapter.store.tables import outbox as table

_log = logging.getLogger(__name__)

_PAGE = 200
_BATCH = 50
_PUNCTUAL = 0.9  # of the time between two looks: whoever looks next finds the mailbox due


class Collect:
    def __init__(self, context: Context, mailbox: Mailbox) -> None:
        self._context = context
        self._mailbox = mailbox
        self._inbound = Inbound(context, mailbox)

    async def turn(self) -> bool:
        """Empty the mailbox as far as it shows, unless another daemon does; True if it may hold more."""
        context, hold = self._context, Hold(self._context, self._mailbox)
        if not await hold.begin():
            return False
        try:
            busy = await self._work(hold)
        except BaseException:
            await hold.end(context.now() + context.config.polling.mailbox / 2)
            raise
        rest = timedelta() if busy else context.config.polling.mailbox * _PUNCTUAL
        await hold.end(context.now() + rest)
        return busy

    async def _work(self, hold: Hold) -> bool:
        context, mailbox = self._context, self._mailbox
        async with context.engine.begin() as connection:
            link = (await links.read(connection)).get(mailbox.scope)
            now = context.now()
            ignored = await notices.ignored(connection, mailbox.name, now, now - timedelta(days=1))
        if link and link.is_resting(context.now()):
            return False
        try:
            page = await mailbox.node.waiting(_PAGE + ignored)
            fresh = await self._note(page.notices)
            await context.step("listed")
            limit = context.config.limits.message_bytes
            too_large = {one.tx_id for one in page.notices if (one.size or 0) > limit}
            done = await self._inbound.work_off(hold, too_large)
        except (NodeUnreachable, UnexpectedReply, MalformedMessage) as error:
            async with context.turn() as connection:
                await way.breaks(connection, context, mailbox.scope, error.code)
            return False
        if done and not page.full:
            await self._time_out()
        return page.full and fresh > 0

    async def _note(self, listed: Sequence[Notice]) -> int:
        """Write down what the list shows; an entry that meets a surprise hides no other."""
        try:
            return await self._note_all(listed)
        except Exception as error:
            if engine.blames_database(error) or len(listed) == 1:
                raise
            event(_log, "surprise", logging.ERROR, mailbox=self._mailbox.name, error=describe(error))
        fresh = 0
        for notice in listed:
            try:
                fresh += await self._note_all([notice])
            except Exception as error:
                if engine.blames_database(error):
                    raise
                event(_log, "surprise", logging.ERROR, tx_id=notice.tx_id, error=describe(error))
        return fresh

    async def _note_all(self, listed: Sequence[Notice]) -> int:
        context, mailbox = self._context, self._mailbox
        async with context.turn() as connection:
            ours = await attempts.by_corr_ids(connection, [one.corr_id for one in listed if one.corr_id])
            seen = [self._seen(notice, ours) for notice in listed]
            fresh = await notices.note(connection, mailbox.name, seen, context.now(), context.rest)
            await way.works(connection, context, mailbox.scope)
        if fresh:
            event(_log, "listed", mailbox=mailbox.name, fresh=fresh)
        return fresh

    def _seen(self, notice: Notice, ours: Mapping[str, Row[Any]]) -> Seen:
        attempt = ours.get(notice.corr_id or "")
        is_theirs = attempt is not None and attempt.tenant in self._mailbox.settings
        product = notice.product.lower()
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
                and (
                    product in self._mailbox.products or (product in (CONFIRM, ERROR) and attempt is not None)
                )
            ),
            # What lies in another tenant's mailbox keeps no question waiting.
            outbox_id=attempt.outbox_id if attempt and is_theirs else None,
        )

    async def _time_out(self) -> None:
        """Give up waiting, only now that the mailbox is known not to hold anything about the question."""
        context = self._context
        # What the counterpart did not say while it was closed is not late.
        before = self._mailbox.terms.hours.since(context.now(), context.config.limits.answer_timeout)
        waiting = (
            outbox.is_in(State.ACCEPTED, State.CONFIRMED),
            func.coalesce(table.c.confirmed_at, table.c.accepted_at) <= before,
            table.c.tenant.in_(self._mailbox.tenants),
            notices.nothing_open(table.c.id),
        )

        async def end(connection: AsyncConnection, late: Sequence[int]) -> None:
            stuck = await notices.unfetchable(connection, late)
            unread = await inbox.unread(connection, late)
            codes = dict.fromkeys(late, "no_answer") | dict.fromkeys(unread, "unreadable")
            for outbox_id, code in (codes | dict.fromkeys(stuck, "unfetchable")).items():
                await outbox.record(
                    connection,
                    outbox_id,
                    Event.TIMED_OUT,
                    at=context.now(),
                    actor=context.owner,
                    code=code,
                )
                event(_log, Event.TIMED_OUT, logging.WARNING, id=outbox_id, code=code)

        await each(context, waiting, end, limit=_BATCH)
