"""For how long the clear personal number of a sealed question lies in PostgreSQL's files.

    python -m bench.versions [questions] [a second] [minutes]

A server of its own with the settings it comes with; the sandbox's node; a daemon. So many questions are
inserted, so many a second, all about one person; then nothing more, for so many minutes. Twice a minute a
checkpoint writes out what is in memory, and all files of the database and of the log are searched for the
twelve digits. Prints where they stood how often, by relation (`pg_wal` is the log), after how many seconds
since the last question was sealed, as lines of JSON: it measures, and judges nothing.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import asyncpg

from bench import databases
from bench.inserting import insert, until
from bench.town import town
from shs_adapter.config import Database
from tests.databases import Cluster

PERSON = "197701182391"
QUESTIONS = 50
A_SECOND = 50.0
MINUTES = 10.0
EVERY = 30.0  # seconds

SEALED = "SELECT count(*) FROM outbox WHERE person_id IS NULL"
FILES = "SELECT relname, pg_relation_filepath(oid) FROM pg_class WHERE relfilenode <> 0"


async def places(connection: asyncpg.Connection, data: Path) -> list[tuple[str, Path]]:
    tables = [(name, data / file) for name, file in await connection.fetch(FILES)]
    return tables + [("pg_wal", file) for file in (data / "pg_wal").iterdir() if file.is_file()]


async def found(connection: asyncpg.Connection, cluster: Cluster) -> Counter[str]:
    """How often the number stands where, in whatever is left of what."""
    await connection.execute("CHECKPOINT")
    times = Counter[str]()
    for name, file in await places(connection, cluster.data):
        with suppress(FileNotFoundError):  # the server has removed it since
            times[name] += file.read_bytes().count(PERSON.encode())
    return +times


async def measure(
    cluster: Cluster, database: Database, questions: int, a_second: float, minutes: float
) -> None:
    with town(database) as place, place.daemon():
        async with databases.bare(place.database) as connection:
            rows = place.questions(questions, person_id=PERSON)
            for row in rows:
                await insert(connection, [row])
                await asyncio.sleep(1 / a_second)
            await until(connection, SEALED, questions)
            sealed = time.monotonic()
            while time.monotonic() < sealed + 60 * minutes:
                seconds = round(time.monotonic() - sealed)
                print(json.dumps({"seconds": seconds, **await found(connection, cluster)}), flush=True)
                await asyncio.sleep(EVERY)


def main(arguments: Sequence[str]) -> None:
    given = [float(one) for one in arguments]
    questions, a_second, minutes = given + [QUESTIONS, A_SECOND, MINUTES][len(given) :]
    with databases.postgresql() as cluster:
        database = databases.fresh(cluster)
        asyncio.run(measure(cluster, database, int(questions), a_second, minutes))


if __name__ == "__main__":
    main(sys.argv[1:])
