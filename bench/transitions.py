"""(a) How many questions a second are claimed, and their receipts recorded with their journal lines.

    python -m bench.transitions [messages]

The floor is the least that does the same durable work: see `bench.questions`.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import databases, questions
from bench.figures import Figure
from bench.questions import CLAIM, JOURNAL, MOVED, NUMBERS, RECEIPT, now
from shs_adapter.config import Database
from shs_adapter.store import engine, tables

MESSAGES = 20_000
GROUP = 200


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
    while rows := await questions.claim(database, GROUP):
        await questions.record(database, rows)
        done += len(rows)
    return done


async def bare_postgresql(database: Database) -> int:
    done = 0
    async with databases.bare(database) as connection:
        while rows := await questions.bare_claim(connection, GROUP):
            await questions.bare_record(connection, rows)
            done += len(rows)
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
            (last,) = connection.execute(NUMBERS.format("?"), (len(rows),)).fetchone()
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
