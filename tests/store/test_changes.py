"""`change_no`: a reader that asks for everything above the last it saw never skips a change."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.lifecycle import Event
from shs_adapter.store import engine, outbox
from tests.store.rows import ACTOR, NOW, add

WRITERS, MOVES = 32, 3


async def write(path: Path, mine: list[int], chance: random.Random) -> None:
    """Move each row in a transaction of its own, over our own connection, and dawdle before the commit."""
    own = engine.open_engine(path)
    for outbox_id in mine:
        async with own.begin() as connection:
            await outbox.record(connection, outbox_id, Event.DEFERRED, at=NOW, actor=ACTOR)
            await asyncio.sleep(chance.uniform(0, 0.01))
        await asyncio.sleep(chance.uniform(0, 0.01))
    await own.dispose()


def newer(path: Path, last: int) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT change_no FROM report_request WHERE change_no > ? ORDER BY change_no"
        return [row[0] for row in connection.execute(query, (last,))]


async def test_a_reader_beside_32_slow_writers_sees_every_change_in_order(
    path: Path, database: AsyncEngine
) -> None:
    rows = [await add(database) for _ in range(WRITERS * MOVES)]
    writers = [
        asyncio.create_task(write(path, rows[number::WRITERS], random.Random(number)))
        for number in range(WRITERS)
    ]

    read: list[int] = []
    glances = 0
    while not all(writer.done() for writer in writers):
        fresh = newer(path, read[-1] if read else 0)
        glances += bool(fresh)
        read += fresh
        await asyncio.sleep(0.005)
    await asyncio.gather(*writers)
    read += newer(path, read[-1])

    assert glances > 3
    assert read == list(range(1, WRITERS * MOVES + 1))
