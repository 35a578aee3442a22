"""(h) Claims where a million questions wait and two million are finished, their envelopes purged.

    python -m bench.million [waiting]

Of finished ones there are twice as many as waiting ones. The floor, by turns, is bare SQL by the bare driver.
"""

import asyncio
import sys
import time
from collections.abc import Sequence

from bench import databases, questions
from bench.claiming import Times, claim_in_turns, marked, tell
from shs_adapter.config import Database
from shs_adapter.store import engine

WAITING = 1_000_000
CLAIMS = 1_000
CHUNK = 50_000
PURGED = b""
FINISHED = {
    "state": "'done'",
    "reason": "'completed'",
    "outcome": "'COMPLETE'",
    "due_at": "now()",
    "accepted_at": "now()",
    "confirmed_at": "now()",
    "finished_at": "now()",
    "settled_at": "now()",
    "change_no": "number",
}


async def fill(database: Database, waiting: int) -> None:
    async with databases.bare(database) as connection:
        await connection.execute("SET synchronous_commit = off")
        for columns, count in ((FINISHED, 2 * waiting), (questions.READY, waiting)):
            for _ in range(0, count, CHUNK):
                await questions.pour(connection, min(CHUNK, count), PURGED, columns)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


async def measured(database: Database, waiting: int) -> Times:
    began = time.perf_counter()
    await fill(database, waiting)
    print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    opened = engine.open_engine(database)
    async with databases.bare(database) as connection, marked(database) as mark:
        times = await claim_in_turns(opened, mark, connection, lambda done: len(done.floor) < CLAIMS)
    await opened.dispose()
    return times


def main(arguments: Sequence[str]) -> None:
    waiting = int(arguments[0]) if arguments else WAITING
    with databases.postgresql() as cluster:
        times = asyncio.run(measured(databases.fresh(cluster), waiting))
    tell(times, "h", f"of {waiting} waiting, {2 * waiting} finished", least=10, aim=5)


if __name__ == "__main__":
    main(sys.argv[1:])
