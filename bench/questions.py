"""Questions that are ready, and two that claim them and record their receipts: the store, and its floor.

The floor is the least that does the same durable work: the same sets, in bare SQL, by the bare driver.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.lifecycle import Event, State
from shs_adapter.store import attempts, claims, engine, outbox
from shs_adapter.store.bulk import Writes
from shs_adapter.store.marks import Mark
from shs_adapter.store.outbox import Move

LEASE = timedelta(minutes=2)
TENANTS = ("default",)


def now() -> datetime:
    return datetime.now(UTC)


async def claim(database: AsyncEngine, limit: int, mark: Mark | None = None) -> list[Row[Any]]:
    """Claim as the daemon does."""
    async with database.begin() as connection:
        return await claims.claim(
            connection,
            State.READY,
            limit=limit,
            owner="bench",
            lease=LEASE,
            now=now(),
            tenants=TENANTS,
            mark=mark,
        )


async def record(database: AsyncEngine, rows: list[Row[Any]]) -> None:
    """Record receipts as the daemon does."""
    moves = [
        Move(
            outbox_id=row.id,
            event=Event.ACCEPTED,
            token=row.lease_token,
            tx_id=row.tx_id,
            columns={"attempts": 1},
        )
        for row in rows
    ]
    receipts = {
        row.tx_id: {"node_id": "n", "local_id": row.tx_id, "arrival": None, "duplicate": False}
        for row in rows
    }
    async with engine.turn(database) as connection:
        writes = Writes()
        moved = await outbox.record_all(connection, moves, at=now(), actor="bench", writes=writes)
        attempts.keep_receipts(writes, receipts, now())
        await writes.send(connection)
    assert all(moved)


CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM outbox WHERE state = 'ready' AND due_at <= {now} AND lease_until IS NULL
     ORDER BY priority, due_at, id LIMIT {limit} {lock})
UPDATE outbox SET lease_token = 't', lease_owner = 'floor', lease_until = {now}
 WHERE id IN (SELECT id FROM due) RETURNING id, tx_id
"""
JOURNAL = """
INSERT INTO journal (at, outbox_id, tx_id, event, state_before, state_after, actor)
VALUES ({0}, {1}, {2}, 'accepted', 'ready', 'accepted', 'floor')
"""
MOVED = """
UPDATE outbox SET state = 'accepted', reason = 'accepted', accepted_at = {0}, change_no = {1},
       lease_token = NULL, lease_owner = NULL, lease_until = NULL WHERE id = {2}
"""
RECEIPT = "UPDATE attempt SET accepted_at = {0}, node_id = 'n', local_id = {1} WHERE tx_id = {1}"
NUMBERS = "UPDATE counter SET value = value + {} WHERE name = 'change' RETURNING value"


async def bare_claim(connection: asyncpg.Connection, limit: int) -> list[asyncpg.Record]:
    claim = CLAIM.format(now="now()", limit=limit, lock="FOR UPDATE SKIP LOCKED")
    rows: list[asyncpg.Record] = await connection.fetch(claim)
    return rows


async def bare_record(connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> None:
    at = now()
    async with connection.transaction():
        last = await connection.fetchval(NUMBERS.format("$1"), len(rows))
        await connection.executemany(
            MOVED.format("$1", "$2", "$3"), [(at, last - no, row[0]) for no, row in enumerate(rows)]
        )
        await connection.executemany(RECEIPT.format("$1", "$2"), [(at, row[1]) for row in rows])
        await connection.executemany(JOURNAL.format("$1", "$2", "$3"), [(at, *row) for row in rows])


POUR = """
WITH poured AS (
    INSERT INTO outbox ({columns}, tx_id, case_id)
    SELECT {values}, gen_random_uuid()::text, 'E-' || number FROM generate_series(1, $1) AS number
    RETURNING id, tx_id)
INSERT INTO attempt (tx_id, outbox_id, number, corr_id, content_id, contract, envelope_sealed,
       case_sent, officer_sent, from_date, to_date, asked, left_out, details, built_at)
SELECT tx_id, id, 1, tx_id, 'c', 10, $2, 'E', 'o', '2026-09-01', '2026-09-30',
       '{{}}', '{{}}', '{{}}', now()
  FROM poured
"""
READY = {"state": "'ready'", "reason": "'built'", "due_at": "now()"}


async def pour(
    connection: asyncpg.Connection, count: int, envelope: bytes, columns: dict[str, str] = READY
) -> None:
    """Insert *count* questions with their envelopes in one statement; *columns* are SQL."""
    query = POUR.format(columns=", ".join(columns), values=", ".join(columns.values()))
    await connection.execute(query, count, envelope)
