"""`change_no`: a reader that asks for everything above the last it saw never skips a change."""

import asyncio
import random

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.lifecycle import Event
from shs_adapter.store import engine, outbox
from tests.store.rows import ACTOR, NOW, add

WRITERS, MOVES = 32, 3


async def write(stead: Database, mine: list[int], chance: random.Random) -> None:
    """Move each row in a turn of its own, over our own connection, and dawdle before the commit."""
    own = engine.open_engine(stead)
    for outbox_id in mine:
        async with engine.turn(own) as connection:
            await outbox.record(connection, outbox_id, Event.DEFERRED, at=NOW, actor=ACTOR)
            await asyncio.sleep(chance.uniform(0, 0.01))
        await asyncio.sleep(chance.uniform(0, 0.01))
    await own.dispose()


async def newer(reader: AsyncEngine, last: int) -> list[int]:
    query = text("SELECT change_no FROM report_request WHERE change_no > :last ORDER BY change_no")
    async with reader.connect() as connection:
        return list(await connection.scalars(query, {"last": last}))


async def test_a_reader_beside_32_slow_writers_sees_every_change_in_order(
    stead: Database, database: AsyncEngine
) -> None:
    rows = [await add(database) for _ in range(WRITERS * MOVES)]
    reader = engine.open_engine(stead, reading=True)
    writers = [
        asyncio.create_task(write(stead, rows[number::WRITERS], random.Random(number)))
        for number in range(WRITERS)
    ]

    read: list[int] = []
    glances = 0
    while not all(writer.done() for writer in writers):
        fresh = await newer(reader, read[-1] if read else 0)
        glances += bool(fresh)
        read += fresh
        await asyncio.sleep(0.005)
    await asyncio.gather(*writers)
    read += await newer(reader, read[-1])
    await reader.dispose()

    assert glances > 3
    assert read == list(range(1, WRITERS * MOVES + 1))
