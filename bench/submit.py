"""(b) The path of a question: row, envelope, POST over mutual TLS, receipt recorded; and what it costs.

    python -m bench.submit [questions]

The floor sends the same envelopes with bare aiohttp and records each group with bare asyncpg.
"""

import asyncio
import sys
import time
from collections.abc import Sequence

from bench import bare, databases
from bench.figures import Figure
from bench.inserting import insert, until
from bench.town import Town, cpu, town

QUESTIONS = 4_000
IN_FLIGHT = 64

ACCEPTED = "SELECT COUNT(*) FROM attempt WHERE accepted_at IS NOT NULL"


async def ours(place: Town, count: int) -> tuple[float, float]:
    """Messages a second, and the daemon's processor time for each, in milliseconds."""
    async with databases.bare(place.database) as connection:
        with place.daemon() as daemon:
            await insert(connection, place.questions(64))
            await until(connection, ACCEPTED, 64)
            before = cpu(daemon.pid)
            began = time.perf_counter()
            await insert(connection, place.questions(count))
            ended = await until(connection, ACCEPTED, 64 + count)
            used = cpu(daemon.pid) - before
    return count / (ended - began), used.total_seconds() * 1000 / count


async def floor(place: Town, count: int) -> tuple[float, float]:
    """The same for envelopes like ours, sent and recorded with the least code."""
    envelopes = await bare.envelopes(place, count)
    async with bare.session(place, IN_FLIGHT) as session, databases.bare(place.database) as connection:
        began, used = time.perf_counter(), time.process_time()
        await bare.send_all(session, connection, place.tenant.shs.submit_url, envelopes, IN_FLIGHT)
        return count / (time.perf_counter() - began), (time.process_time() - used) * 1000 / count


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else QUESTIONS
    sections = {"polling": {"mailbox": 3600}, "limits": {"in_flight": IN_FLIGHT, "answer_timeout": 86400}}
    with databases.postgresql() as cluster:
        database = databases.fresh(cluster)
        with town(database, **sections) as place, place.receiver():
            rate, cost = asyncio.run(ours(place, count))
            floor_rate, floor_cost = asyncio.run(floor(place, count))
    Figure(
        line="b",
        name="submit: row to receipt",
        value=rate,
        unit="messages/s",
        floor=floor_rate,
        least=600,
        aim=1200,
    ).tell()
    Figure(
        line="b",
        name="submit: daemon's processor time",
        value=cost,
        unit="ms/message",
        floor=floor_cost,
        least=1.2,
        aim=0.8,
        lower_is_better=True,
    ).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
