"""(d) How soon an idle daemon picks up a row: from its commit until its envelope has arrived at a node.

    python -m bench.pickup [rows]

Rows come one by one, at random moments. The configuration is the one with which (j) measures what being idle
costs; then with the doorbell, which is rung after each commit. The floor looks at the same interval, or when
rung, keeps an envelope and posts it, with bare asyncpg and aiohttp.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg

from bench import bare, databases
from bench.arrivals import arrivals, taken
from bench.figures import Figure, percentile
from bench.inserting import insert
from bench.town import AS_SHIPPED, Town, town
from shs_adapter.config import load
from shs_adapter.store.work import DOORBELL

ROWS = 40
PAUSE = 1.0, 3.0  # seconds between two rows: the pumps are at rest again


@dataclass(frozen=True, slots=True)
class Way:
    """A configuration in which an idle daemon learns of rows; milliseconds that it may and should take."""

    name: str
    sections: dict[str, Any]
    least: float
    aim: float


WAYS = (
    Way("polling, as shipped", AS_SHIPPED, least=100, aim=50),
    Way("doorbell", {**AS_SHIPPED, "polling": {"doorbell": "true"}}, least=10, aim=3),
)


async def insert_at_random(place: Town, count: int) -> list[float]:
    """When each of *count* rows was committed."""
    times = []
    async with databases.bare(place.database) as connection:
        for row in place.questions(count):
            await asyncio.sleep(random.uniform(*PAUSE))
            await insert(connection, [row])
            times.append(time.time())
            await connection.execute(RING)  # where nobody listens, nobody hears it
        await asyncio.sleep(PAUSE[1])
    return times


async def ours(place: Town, session: aiohttp.ClientSession, count: int) -> list[float]:
    """Seconds that each row took, with the daemon."""
    with place.daemon():
        await asyncio.sleep(PAUSE[1])
        inserted = await insert_at_random(place, count)
    async with databases.bare(place.database) as connection:
        rows = await connection.fetch("SELECT tx_id FROM outbox ORDER BY id DESC LIMIT $1", count)
    return taken(inserted, [row["tx_id"] for row in reversed(rows)], await arrivals(place, session))


async def floor(place: Town, session: aiohttp.ClientSession, count: int) -> list[float]:
    """The same with the least code."""
    envelopes = await bare.envelopes(place, count)
    sent: list[str] = []
    async with databases.bare(place.database) as connection:
        await connection.execute(bare.SENT)
        looking = asyncio.create_task(_look(place, session, connection, envelopes, sent))
        inserted = await insert_at_random(place, count)
        looking.cancel()
        await asyncio.wait([looking])
    return taken(inserted, sent, await arrivals(place, session))


RING = f"NOTIFY {DOORBELL}"
NEXT = "SELECT id FROM outbox WHERE state = 'new' ORDER BY priority, due_at, id LIMIT 1"


async def _look(
    place: Town,
    session: aiohttp.ClientSession,
    connection: asyncpg.Connection,
    envelopes: bare.Envelopes,
    sent: list[str],
) -> None:
    polling, rung = load(place.config).polling, asyncio.Event()
    if polling.doorbell:
        await connection.add_listener(DOORBELL, lambda *_: rung.set())
    while True:
        while (outbox_id := await connection.fetchval(NEXT)) is None:
            rung.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), polling.idle.total_seconds())
        tx_id, envelope = next(envelopes)
        async with connection.transaction():
            await connection.execute("UPDATE outbox SET state = 'ready' WHERE id = $1", outbox_id)
            await connection.execute("INSERT INTO sent (tx_id, envelope) VALUES ($1, $2)", tx_id, envelope)
        await bare.post(session, place.tenant.shs.submit_url, envelope)
        sent.append(tx_id)


async def measured(place: Town, count: int) -> tuple[list[float], list[float]]:
    async with bare.session(place, 1) as session:
        return await ours(place, session, count), await floor(place, session, count)


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else ROWS
    shape: dict[str, Any] = {"line": "d", "unit": "ms", "lower_is_better": True}
    for way in WAYS:
        with databases.postgresql() as cluster:
            database = databases.fresh(cluster)
            with town(database, **way.sections) as place, place.receiver():
                took, least = asyncio.run(measured(place, count))
        Figure(
            name=f"idle, row to node: {way.name}, median of {count}",
            value=1000 * statistics.median(took),
            floor=1000 * statistics.median(least),
            least=way.least,
            aim=way.aim,
            **shape,
        ).tell()
        Figure(
            name=f"idle, row to node: {way.name}, p90",
            value=1000 * percentile(took, 90),
            floor=1000 * percentile(least, 90),
            **shape,
        ).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
