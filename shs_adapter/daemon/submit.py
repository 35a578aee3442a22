"""Submit: frozen envelopes go to the node, the same bytes until the node has spoken.

    claim (ready) → POST → accepted | refused | held | deferred | link down → record

Rule: a link that is down, or a tenant that is held, is nobody's failed attempt: the row stays ready, nothing
more is sent that way but one probe at a time, and no question ages meanwhile.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import retry
from shs_adapter.daemon import news, way
from shs_adapter.daemon.context import Context
from shs_adapter.errors import NodeUnreachable
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.shs.receipt import Receipt
from shs_adapter.store import attempts, links, outbox
from shs_adapter.store.links import Link
from shs_adapter.transport.node import Accepted, Deferred, Held, Refused

_log = logging.getLogger(__name__)

_LEASE_MARGIN = timedelta(seconds=30)  # a request's deadline ends before its lease
_TOLERATED = 5  # strange replies in a row before the link is taken for down


class Submit:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._flying: dict[asyncio.Task[None], str] = {}  # each request under way, and its tenant

    async def turn(self) -> bool:
        """Claim what free slots can start now and start it; True if anything was started.

        A request that lands wakes the pump, for a slot is free again.
        """
        free = self._context.config.limits.in_flight - len(self._flying)
        rows = await self._claim(free) if free else []
        for row in rows:
            task = asyncio.create_task(self._send(row))
            self._flying[task] = row.tenant
            task.add_done_callback(self._landed)
        return bool(rows)

    async def drain(self) -> None:
        """Let the requests under way end; cancelled, it cuts them off, and each is as after a crash."""
        await asyncio.gather(*self._flying, return_exceptions=True)

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._flying[task]
        if not task.cancelled() and (error := task.exception()):  # not even recorded: its lease runs out
            event(_log, "surprise", logging.ERROR, pump="submit", error=describe(error))
        self._context.wake_submit.set()

    async def _claim(self, free: int) -> list[Row[Any]]:
        context, now = self._context, self._context.now()
        async with context.engine.begin() as connection:
            known = await links.read(connection)
            open_tenants, probes = self._ways(known, now)
            # Probes first: a busy tenant would never leave them a slot.
            batches = [*(([tenant], 1) for tenant in probes), (open_tenants, free)]
            rows: list[Row[Any]] = []
            for tenants, limit in batches:
                if tenants and len(rows) < free:
                    rows += await outbox.claim(
                        connection,
                        State.READY,
                        limit=min(limit, free - len(rows)),
                        owner=context.owner,
                        lease=context.config.limits.request_timeout + _LEASE_MARGIN,
                        now=now,
                        tenants=tenants,
                    )
            tx_ids = [row.tx_id for row in rows]
            await attempts.begin_sending(connection, tx_ids, now, context.today())
        return rows

    def _ways(self, known: dict[str, Link], now: datetime) -> tuple[list[str], list[str]]:
        """The tenants that may send freely, and those that may send one probe."""
        free: list[str] = []
        probes: list[str] = []
        probed = {scope for tenant in self._flying.values() for scope in self._context.ways(tenant)}
        for tenant in self._context.config.tenants:
            ways = [known[scope] for scope in self._context.ways(tenant) if scope in known]
            down = {way.scope for way in ways if way.is_probing()}
            if any(way.is_resting(now) for way in ways) or down & probed:
                continue
            (probes if down else free).append(tenant)
            probed |= down
        return free, probes

    async def _send(self, row: Row[Any]) -> None:
        """One request and its record; a surprise defers this row alone."""
        context = self._context
        try:
            async with context.engine.begin() as connection:
                attempt = await attempts.by_tx_id(connection, row.tx_id)
            message = attempts.envelope(context.vault, attempt)
            result: Accepted | Refused | Held | Deferred | NodeUnreachable
            try:
                result = await context.nodes[row.tenant].submit(message, row.tx_id)
            except NodeUnreachable as error:
                result = error
            await context.step("sent")
            async with context.turn() as connection:
                await self._record(connection, row, result)
        except Exception as error:
            event(_log, "surprise", logging.ERROR, id=row.id, tx_id=row.tx_id, error=describe(error))
            async with context.turn() as connection:
                await self._defer(connection, row, "unexpected")

    async def _record(
        self,
        connection: AsyncConnection,
        row: Row[Any],
        result: Accepted | Refused | Held | Deferred | NodeUnreachable,
    ) -> None:
        now = self._context.now()
        link, hold = self._context.ways(row.tenant)
        match result:
            case Accepted(receipt):
                await self._accept(connection, row, receipt, now)
                await way.works(connection, self._context, link)
                await way.works(connection, self._context, hold)
            case Refused(code):
                await self._move(connection, row, Event.REFUSED, code, counted=True)
                await way.works(connection, self._context, link)
            case Held(code):
                await self._move(connection, row, Event.DEFERRED, code, due_at=now)
                await way.works(connection, self._context, link)
                await way.breaks(connection, self._context, hold, code)
            case Deferred(code):
                await self._defer(connection, row, code)
                await way.breaks(connection, self._context, link, code, tolerated=_TOLERATED)
            case NodeUnreachable():
                await self._move(connection, row, Event.DEFERRED, result.code, due_at=now)
                await way.breaks(connection, self._context, link, result.code)

    async def _accept(
        self, connection: AsyncConnection, row: Row[Any], receipt: Receipt, now: datetime
    ) -> None:
        """A receipt is news from the node: it is kept in any state, whoever holds the lease."""
        await attempts.keep_receipt(
            connection,
            row.tx_id,
            now,
            node_id=receipt.node_id,
            local_id=receipt.local_id,
            arrival=receipt.arrival.isoformat() if receipt.arrival and receipt.arrival_reliable else None,
            duplicate=receipt.duplicate,
        )
        code = "duplicate" if receipt.duplicate else None
        if not await self._move(connection, row, Event.ACCEPTED, code, counted=True):
            await news.tell(
                connection, self._context, row.id, row.tx_id, Event.ACCEPTED, tx_id=row.tx_id, code=code
            )

    async def _defer(self, connection: AsyncConnection, row: Row[Any], code: str) -> None:
        """Try again later, or give up by age."""
        context, now = self._context, self._context.now()
        still = context.stood_still(row.tenant, await links.read(connection))
        stood_still = timedelta(seconds=max(still - row.stood_still, 0.0))
        if retry.is_spent(row.due_since, now, stood_still, context.config.retry.give_up_after):
            await self._move(connection, row, Event.EXHAUSTED, code, counted=True)
        else:
            due = now + context.rest(row.attempts + 1)
            await self._move(connection, row, Event.DEFERRED, code, counted=True, due_at=due)

    async def _move(
        self,
        connection: AsyncConnection,
        row: Row[Any],
        what: Event,
        code: str | None,
        *,
        counted: bool = False,
        **columns: Any,
    ) -> bool:
        if counted:
            columns["attempts"] = row.attempts + 1
        moved = await outbox.record(
            connection,
            row.id,
            what,
            at=self._context.now(),
            actor=self._context.owner,
            token=row.lease_token,
            tx_id=row.tx_id,
            code=code,
            **columns,
        )
        event(_log, what, id=row.id, tx_id=row.tx_id, code=code, moved=moved)
        return moved
