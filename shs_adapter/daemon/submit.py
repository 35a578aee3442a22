"""Submit: frozen envelopes go to the node, the same bytes until the node has spoken.

    claim (ready), with a pass for each → POST → accepted | refused | held | deferred | link down → record

Rule: a link that is down, or a tenant that is held, is nobody's failed attempt: the row stays ready, nothing
more is sent that way but one probe at a time, and no question ages meanwhile; nor does one while the
counterpart is closed. But a row that fails again while others get through has failed by itself (`ways`).
What the node said is kept until the database takes it; a lease that ran out meanwhile lets the same bytes go
out again.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import retry
from shs_adapter.daemon import news
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.gate import MARGIN, Gate, Pass, gates
from shs_adapter.daemon.group import Group
from shs_adapter.daemon.news import News
from shs_adapter.daemon.ways import OURS, Result, Ways
from shs_adapter.errors import NodeUnreachable, RowLocked
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.shs.receipt import Receipt
from shs_adapter.store import attempts, claims, outbox
from shs_adapter.store.bulk import Writes
from shs_adapter.store.outbox import Move
from shs_adapter.transport.node import Accepted, Deferred, Held, Refused

_log = logging.getLogger(__name__)

_ANEW = 1  # second, until it is looked whether a row is locked no more
_NOT_LET_THROUGH = "not_let_through"  # the code of a question at which the connection breaks, and at no other


@dataclass(frozen=True, slots=True)
class _Flight:
    """A request under way: the question, the gate that it went through, and on which pass."""

    row: Row[Any]
    gate: Gate
    ticket: Pass


@dataclass(frozen=True, slots=True)
class _Landed:
    """How a request ended; *known* says that only the question's row does not know: another had locked it."""

    flight: _Flight
    result: Result
    known: bool = False


class Submit:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._lease = context.config.limits.request_timeout + MARGIN
        self._gates = gates(context, self._lease)
        self._flying: dict[asyncio.Task[None], _Flight] = {}
        self._landing = Group(self._record)
        self._late: set[asyncio.Task[None]] = set()
        self._ways = Ways(context)
        self._is_behind = False  # more may be ready than was started

    async def turn(self) -> bool:
        """Claim what free slots can start now and start it.

        Where more is left to be started, a request that lands wakes the pump, for a slot is free again.
        """
        self._is_behind = True  # whoever lands meanwhile finds it so
        self._is_behind = any([await self._start(gate) for gate in self._gates])
        return False

    async def give_back(self) -> None:
        """Free what was claimed and is not under way: a claim may be committed, and its answer lost."""
        context, flights = self._context, list(self._flying.values())
        under_way = [one.row.lease_token for one in flights]
        async with context.engine.begin() as connection:
            for gate in self._gates:
                tickets = [one.ticket for one in flights if one.gate is gate]
                await gate.take_back(connection, tickets, context.now())
            await claims.take_back(connection, context.owner, State.READY, under_way=under_way)

    async def drain(self) -> None:
        """Let the requests under way end; cancelled, it cuts them off, and each is as after a crash."""
        await asyncio.gather(*self._flying, return_exceptions=True)
        for late in self._late:
            late.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _start(self, gate: Gate) -> bool:
        """Start what may go through the *gate* now; True if more may be left."""
        terms = gate.terms
        if terms.hours.opens_at(self._context.now()):
            return False
        if self._context.outage.has_hands_full:
            return True  # what the node would say of another could not be recorded either
        limit, flying = terms.slots.size, sum(one.gate is gate for one in self._flying.values())
        free = limit - flying
        if flying and 4 * free < limit:
            return True  # better to claim for several at once, when they land
        claimed = await self._claim(gate, free)
        for flight, attempt in claimed:
            task = asyncio.create_task(self._send(flight, attempt))
            self._flying[task] = flight
            task.add_done_callback(self._landed)
        return gate.is_crowded or len(claimed) == free

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._flying[task]
        if not task.cancelled() and (error := task.exception()):  # not even recorded: its lease runs out
            event(_log, "surprise", logging.ERROR, pump="submit", error=describe(error))
        if self._is_behind:
            self._context.wake_submit.set()

    async def _claim(self, gate: Gate, free: int) -> list[tuple[_Flight, Row[Any]]]:
        """Questions that may be sent now, each with its envelope, which is marked as possibly sent."""
        context, now = self._context, self._context.now()
        async with context.engine.begin() as connection:
            senders = self._ways.senders(gate.tenants, self._sending(), now)
            free = await gate.room(connection, free, now)
            # Probes first: a busy tenant would never leave them a slot.
            # With several gates the claims of one would move the mark beyond another's questions.
            mark = context.marks[State.READY] if len(self._gates) == 1 else None
            claim = partial(
                claims.claim, connection, State.READY, owner=context.owner, lease=self._lease, now=now
            )
            rows: list[Row[Any]] = []
            for those in senders.probing.values():
                if len(rows) < free:  # however urgent they are, those that failed come last
                    failed = self._ways.failed
                    probe = await claim(limit=1, tenants=those, besides=failed) if failed else []
                    rows += probe or await claim(limit=1, tenants=those)
            if senders.free and len(rows) < free:
                rows += await claim(limit=free - len(rows), tenants=senders.free, mark=mark)
            rows = await self._still_open(connection, gate, rows, now)
            tickets = await gate.admit(connection, len(rows), now) if rows else []
            rows, without = rows[: len(tickets)], rows[len(tickets) :]
            await claims.let_go(connection, [row.id for row in without])
            if not rows:
                return []
            tx_ids = [row.tx_id for row in rows]
            begun = await attempts.begin_sending(connection, tx_ids, now, context.today())
        return [
            (_Flight(row, gate, ticket), begun[row.tx_id]) for row, ticket in zip(rows, tickets, strict=True)
        ]

    async def _still_open(
        self, connection: AsyncConnection, gate: Gate, rows: Sequence[Row[Any]], now: datetime
    ) -> list[Row[Any]]:
        """Those of the rows whose ways are open; the others are let go.

        Looked at only now: a request may have landed since the last look, and have set its row free and
        closed its way together.
        """
        await self._ways.look(connection)
        chosen = self._ways.senders(gate.tenants, self._sending(), now).chosen(rows)
        await claims.let_go(connection, {row.id for row in rows} - {row.id for row in chosen})
        return chosen

    def _sending(self) -> set[str]:
        """The tenants of which requests are under way."""
        return {flight.row.tenant for flight in self._flying.values()}

    async def _send(self, flight: _Flight, attempt: Row[Any]) -> None:
        """One request and its record; a surprise defers this row alone."""
        row = flight.row
        try:
            if attempt.accepted_at is None:
                landed = _Landed(flight, await self._ask(row, attempt))
            else:
                landed = _Landed(flight, Accepted(_kept_receipt(attempt)), known=True)
            await self._land(landed)
        except Exception as error:
            event(_log, "surprise", logging.ERROR, id=row.id, tx_id=row.tx_id, error=describe(error))
            await self._land(_Landed(flight, Deferred(OURS)))

    async def _ask(self, row: Row[Any], attempt: Row[Any]) -> Result:
        context = self._context
        message = await attempts.envelope(context.engine, context.vault, attempt)
        result: Result
        try:
            result = await context.nodes[row.tenant].submit(message, row.tx_id)
        except NodeUnreachable as error:
            result = error
        await context.step("sent")
        return result

    async def _land(self, landed: _Landed) -> None:
        """Record how the request ended, with others, however long the database is away.

        Where another has locked the row, all else is recorded, and the row when it is let go: nobody waits.
        """
        try:
            await self._record_at_all(landed)
        except RowLocked:
            row, outlast = landed.flight.row, self._context.outage.outlast
            event(_log, "row_locked", logging.WARNING, id=row.id, tx_id=row.tx_id)
            await outlast("record", lambda: self._record_all_else(landed))
            late = asyncio.create_task(self._land_late(replace(landed, known=True)))
            self._late.add(late)
            late.add_done_callback(self._late.discard)

    async def _land_late(self, landed: _Landed) -> None:
        row = landed.flight.row
        while True:
            await asyncio.sleep(_ANEW)
            try:
                await self._record_at_all(landed)
            except RowLocked:
                continue
            except Exception as error:  # its lease runs out
                event(_log, "surprise", logging.ERROR, id=row.id, tx_id=row.tx_id, error=describe(error))
            return

    async def _record_at_all(self, landed: _Landed) -> None:
        row = landed.flight.row
        what, code, moved = await self._context.outage.outlast("record", lambda: self._landing.add(landed))
        event(_log, what, id=row.id, tx_id=row.tx_id, code=code, moved=moved)

    async def _record_all_else(self, landed: _Landed) -> None:
        """The permit is set free, a receipt is kept, and the ways learn of it."""
        context, now = self._context, self._context.now()
        async with context.turn() as connection:
            await landed.flight.gate.release(connection, [landed.flight.ticket], now)
            await self._ways.look(connection)
            writes = Writes()
            self._keep_receipts(writes, [landed], now)
            await writes.send(connection)
            await self._judge(connection, [landed], now)

    async def _record(self, landed: Sequence[_Landed]) -> list[tuple[Event, str | None, bool]]:
        """Write how requests ended, all in one transaction."""
        context, now = self._context, self._context.now()
        async with context.turn() as connection:
            for gate in {one.flight.gate for one in landed}:
                tickets = [one.flight.ticket for one in landed if one.flight.gate is gate]
                await gate.release(connection, tickets, now)
            await self._ways.look(connection)
            moves = [self._move(one.flight, one.result, now) for one in landed]
            writes = Writes()
            moved = await outbox.record_all(connection, moves, at=now, actor=context.owner, writes=writes)
            self._keep_receipts(writes, landed, now)
            await writes.send(connection)
            # A receipt is news from the node, whoever holds the lease.
            receipts = [
                News(
                    outbox_id=move.outbox_id,
                    about=one.flight.row.tx_id,
                    event=move.event,
                    tx_id=one.flight.row.tx_id,
                    code=move.code,
                )
                for one, move, ours in zip(landed, moves, moved, strict=True)
                if isinstance(one.result, Accepted) and not ours
            ]
            await news.tell(connection, context, receipts)
            await self._judge(connection, landed, now)
        return [(move.event, move.code, ours) for move, ours in zip(moves, moved, strict=True)]

    def _keep_receipts(self, writes: Writes, landed: Sequence[_Landed], now: datetime) -> None:
        receipts = {
            one.flight.row.tx_id: _receipt(one.result.receipt)
            for one in landed
            if isinstance(one.result, Accepted)
        }
        attempts.keep_receipts(writes, receipts, now)

    async def _judge(self, connection: AsyncConnection, landed: Sequence[_Landed], now: datetime) -> None:
        ended = [(one.flight.row, one.result) for one in landed if not one.known]
        if await self._ways.judge(connection, ended, now):
            self._is_behind = True  # what waited for the probe can go

    def _move(self, flight: _Flight, result: Result, now: datetime) -> Move:
        """What follows for the question; a link that is down is not its fault."""
        row = flight.row
        columns: dict[str, Any] = {}
        match result:
            case Accepted(receipt):
                what, code = Event.ACCEPTED, "duplicate" if receipt.duplicate else None
            case Refused(code):
                what = Event.REFUSED
            case Deferred(code):
                what, columns = self._later(flight, now)
            case Held(code):
                what, columns = Event.DEFERRED, {"due_at": now}
            case NodeUnreachable() if self._ways.is_alone(row):
                what, columns = self._later(flight, now)
                code = _NOT_LET_THROUGH
            case NodeUnreachable(code=code):
                what, columns = Event.DEFERRED, {"due_at": now + self._ways.rest(row, now)}
        if code == _NOT_LET_THROUGH or not isinstance(result, Held | NodeUnreachable):
            columns["attempts"] = row.attempts + 1
        return Move(
            outbox_id=row.id, event=what, token=row.lease_token, tx_id=row.tx_id, code=code, columns=columns
        )

    def _later(self, flight: _Flight, now: datetime) -> tuple[Event, dict[str, Any]]:
        """Try again later, or give up by age."""
        context, row = self._context, flight.row
        still = context.stood_still(row.tenant, self._ways.known)
        stood_still = timedelta(seconds=max(still - row.stood_still, 0.0))
        patience, hours = context.config.retry.give_up_after, flight.gate.terms.hours
        if retry.is_spent(row.due_since, now, stood_still, patience, hours):
            return Event.EXHAUSTED, {}
        return Event.DEFERRED, {"due_at": now + context.rest(row.attempts + 1)}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "node_id": receipt.node_id,
        "local_id": receipt.local_id,
        "arrival": receipt.arrival.isoformat() if receipt.arrival and receipt.arrival_reliable else None,
        "duplicate": receipt.duplicate,
    }


def _kept_receipt(attempt: Row[Any]) -> Receipt:
    """What the node said when it took the message."""
    return Receipt(
        tx_id=attempt.tx_id,
        corr_id=attempt.corr_id,
        content_id=attempt.content_id,
        node_id=attempt.node_id,
        local_id=attempt.local_id,
        arrival=datetime.fromisoformat(attempt.arrival) if attempt.arrival else None,
        duplicate=attempt.duplicate,
        arrival_reliable=attempt.arrival is not None,
    )
