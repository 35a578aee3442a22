"""(a) How many questions a second are claimed, and their receipts recorded with their journal lines.

    python -m bench.transitions [messages]

The floor is the least that does the same durable work: the same sets, in bare SQL, by the bare driver.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import databases
from bench.figures import Figure
from shs_adapter.config import Database
from shs_adapter.lifecycle import Event, State
from shs_adapter.store import attempts, engine, outbox, tables
from shs_adapter.store.outbox import Move

MESSAGES = 20_000
GROUP = 200
LEASE = timedelta(minutes=2)


def now() -> datetime:
    return datetime.now(UTC)


async def fill(database: AsyncEngine, count: int) -> None:
    """Questions that are ready, with their envelopes."""
    async with database.begin() as connection:
        await connection.execute(
            insert(tables.outbox),
            [
                {
                    "state": "ready",
                    "reason": "built",
                    "tx_id": f"t{no}",
                    "case_id": f"E-{no}",
                    "due_at": now(),
                }
                for no in range(count)
            ],
        )
        rows = await connection.execute(text("SELECT id, tx_id FROM outbox"))
        await connection.execute(
            insert(tables.attempt),
            [
                {
                    "tx_id": row.tx_id,
                    "outbox_id": row.id,
                    "number": 1,
                    "corr_id": row.tx_id,
                    "content_id": "c",
                    "contract": 10,
                    "envelope_sealed": b"x" * 3000,
                    "envelope_sha256": "0" * 64,
                    "case_sent": "E",
                    "officer_sent": "o",
                    "from_date": "2026-09-01",
                    "to_date": "2026-09-30",
                    "asked": "{}",
                    "left_out": "{}",
                    "details": "{}",
                    "built_at": now(),
                }
                for row in rows
            ],
        )
    if database.dialect.name == "postgresql":
        async with database.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))


async def ours(database: AsyncEngine) -> int:
    """Claim, and record receipts, until nothing is left; how many."""
    done = 0
    while True:
        async with database.begin() as connection:
            rows = await outbox.claim(
                connection, State.READY, limit=GROUP, owner="bench", lease=LEASE, now=now()
            )
        if not rows:
            return done
        async with engine.turn(database) as connection:
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
            moved = await outbox.record_all(connection, moves, at=now(), actor="bench")
            receipts = {
                row.tx_id: {"node_id": "n", "local_id": row.tx_id, "arrival": None, "duplicate": False}
                for row in rows
            }
            await attempts.keep_receipts(connection, receipts, now())
        assert all(moved)
        done += len(rows)


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


async def bare_postgresql(database: Database) -> int:
    connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    claim = CLAIM.format(now="now()", limit=GROUP, lock="FOR UPDATE SKIP LOCKED")
    done = 0
    while rows := await connection.fetch(claim):
        async with connection.transaction():
            at = now()
            last = await connection.fetchval(
                "UPDATE counter SET value = value + $1 WHERE name = 'change' RETURNING value", len(rows)
            )
            await connection.executemany(
                MOVED.format("$1", "$2", "$3"), [(at, last - no, row[0]) for no, row in enumerate(rows)]
            )
            await connection.executemany(RECEIPT.format("$1", "$2"), [(at, row[1]) for row in rows])
            await connection.executemany(JOURNAL.format("$1", "$2", "$3"), [(at, *row) for row in rows])
        done += len(rows)
    await connection.close()
    return done


async def bare_sqlite(database: Database) -> int:
    done = 0
    with closing(sqlite3.connect(str(database.file), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        while True:
            at = now().replace(tzinfo=None).isoformat(" ")
            claim = CLAIM.format(now=f"'{at}'", limit=GROUP, lock="")
            rows = connection.execute(claim).fetchall()
            if not rows:
                return done
            connection.execute("BEGIN IMMEDIATE")
            (last,) = connection.execute(
                "UPDATE counter SET value = value + ? WHERE name = 'change' RETURNING value", (len(rows),)
            ).fetchone()
            connection.executemany(
                MOVED.format("?", "?", "?"), [(at, last - no, row[0]) for no, row in enumerate(rows)]
            )
            connection.executemany(RECEIPT.format("?1", "?2"), [(at, row[1]) for row in rows])
            connection.executemany(JOURNAL.format("?", "?", "?"), [(at, *row) for row in rows])
            connection.execute("COMMIT")
            done += len(rows)


async def speed(database: Database, count: int, work: Callable[[], Awaitable[int]]) -> float:
    """Messages a second."""
    began = time.perf_counter()
    done = await work()
    assert done == count, done
    return count / (time.perf_counter() - began)


async def measured(
    make: Callable[[], Database], bare: Callable[[Database], Awaitable[int]], count: int
) -> tuple[float, float]:
    """Ours and the floor, each in a database of its own."""
    found = []
    for which in ("ours", "floor"):
        database = await asyncio.to_thread(make)
        opened = engine.open_engine(database)
        await fill(opened, count)

        async def work(which: str = which, opened: AsyncEngine = opened, place: Database = database) -> int:
            return await ours(opened) if which == "ours" else await bare(place)

        found.append(await speed(database, count, work))
        await opened.dispose()
    return found[0], found[1]


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else MESSAGES
    shape: dict[str, Any] = {"line": "a", "unit": "messages/s"}
    if databases.have_postgresql():
        with databases.postgresql() as cluster:
            value, floor = asyncio.run(measured(lambda: databases.fresh(cluster), bare_postgresql, count))
        Figure(
            name="transitions, PostgreSQL", value=value, floor=floor, least=5000, aim=12000, **shape
        ).tell()
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(9))

        def make() -> Database:
            place = Path(folder) / str(next(numbers))
            place.mkdir()
            return databases.file(place)

        value, floor = asyncio.run(measured(make, bare_sqlite, count))
    Figure(name="transitions, SQLite FULL", value=value, floor=floor, least=1000, aim=4000, **shape).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
