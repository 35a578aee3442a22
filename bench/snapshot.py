"""(g) Claims while a report reads: an hour of 30 messages a second, compressed to three minutes.

    python -m bench.snapshot [seconds]

All the while a REPEATABLE READ transaction holds its snapshot, so that nothing that was moved on can be swept
away. Questions come as fast as in the three minutes, however short the run, and are claimed and recorded as
the daemon does it and, by turns, in bare SQL by the bare driver, which is the floor. A short run says little:
the longer the snapshot is held, the slower the claims.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from bench import databases, questions
from bench.claiming import Times, claim_in_turns, marked, tell
from bench.figures import Figure
from shs_adapter.config import Database
from shs_adapter.store import engine

SECONDS = 180
RATE = 600  # questions a second: an hour's 108,000
CHUNK = 60
ENVELOPE = b"x" * 3000


@asynccontextmanager
async def report(database: Database) -> AsyncIterator[None]:
    """A snapshot that is held."""
    async with (
        databases.bare(database) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.fetchval("SELECT COUNT(*) FROM outbox")
        yield


async def pour(connection: asyncpg.Connection, seconds: int) -> None:
    """Questions at the rate."""
    began = time.perf_counter()
    for number in range(seconds * RATE // CHUNK):
        await asyncio.sleep(max(0.0, began + number * CHUNK / RATE - time.perf_counter()))
        await questions.pour(connection, CHUNK, ENVELOPE)


async def measured(database: Database, seconds: int) -> tuple[Times, int]:
    """The claims' times, and how many questions waited when the last had just come."""
    opened = engine.open_engine(database)
    async with (
        databases.bare(database) as pouring,
        databases.bare(database) as claiming,
        marked(database) as mark,
        report(database),
    ):
        coming = asyncio.create_task(pour(pouring, seconds))
        times = await claim_in_turns(opened, mark, claiming, lambda _: not coming.done())
        await coming
        backlog: int = await pouring.fetchval("SELECT COUNT(*) FROM outbox WHERE state = 'ready'")
    await opened.dispose()
    return times, backlog


def main(arguments: Sequence[str]) -> None:
    seconds = int(arguments[0]) if arguments else SECONDS
    with databases.postgresql() as cluster:
        times, backlog = asyncio.run(measured(databases.fresh(cluster), seconds))
    name = f"while a report reads, {seconds * RATE} messages in {seconds} s"
    tell(times, "g", name, least=20, aim=10)
    Figure(
        line="g",
        name=f"waiting at the end, at {RATE}/s",
        value=backlog,
        unit="messages",
        least=RATE,
        lower_is_better=True,
    ).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
