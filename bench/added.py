"""(e) What the daemon adds to a message from its claim on, at 100 messages a second, over a bare POST.

    python -m bench.added [seconds]

A message's time goes from its claim (the first_sent_at of its attempt, which is taken before the claim's
transaction begins) to its arrival at the node; from it is taken the median of a bare aiohttp POST of an
envelope like it, from the call to the arrival, at the same rate. The floor is what a bare POST takes.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench import bare, databases
from bench.arrivals import arrivals, taken
from bench.figures import Figure, percentile
from bench.inserting import insert, until
from bench.submit import ACCEPTED
from bench.town import AS_SHIPPED, Town, town

SECONDS = 30
RATE = 100
WARM = 2  # seconds that do not count

SENT_AT = "SELECT tx_id, EXTRACT(EPOCH FROM first_sent_at)::float8 AS at FROM attempt ORDER BY outbox_id"


async def ticks(count: int) -> AsyncIterator[int]:
    """Numbers at the rate; late ones come at once."""
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        yield number


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that each message took until it arrived."""

    from_row: list[float]
    from_claim: list[float]


async def ours(place: Town, session: aiohttp.ClientSession, count: int) -> Taken:
    rows, inserted = place.questions(count), list[float]()
    async with databases.bare(place.database) as connection:
        with place.daemon(machine_clock=True):
            async for number in ticks(count):
                await insert(connection, [rows[number]])
                inserted.append(time.time())
            await until(connection, ACCEPTED, count)
        sent = await connection.fetch(SENT_AT)
    arrived = await arrivals(place, session)
    tx_ids = [row["tx_id"] for row in sent]
    return Taken(
        from_row=taken(inserted, tx_ids, arrived)[WARM * RATE :],
        from_claim=taken([row["at"] for row in sent], tx_ids, arrived)[WARM * RATE :],
    )


async def floor(place: Town, session: aiohttp.ClientSession, count: int) -> list[float]:
    """Seconds from the call of a POST to its arrival."""
    url = place.tenant.shs.submit_url
    envelopes = list(await bare.envelopes(place, count))

    async def post(envelope: bytes) -> float:
        began = time.time()
        await bare.post(session, url, envelope)
        return began

    posting = [asyncio.create_task(post(envelopes[number][1])) async for number in ticks(count)]
    began = await asyncio.gather(*posting)
    tx_ids = [tx_id for tx_id, _ in envelopes]
    return taken(began, tx_ids, await arrivals(place, session))[WARM * RATE :]


async def measured(place: Town, count: int) -> tuple[Taken, list[float]]:
    async with bare.session(place, 8) as session:
        return await ours(place, session, count), await floor(place, session, count)


def main(arguments: Sequence[str]) -> None:
    seconds = int(arguments[0]) if arguments else SECONDS
    with databases.postgresql() as cluster:
        database = databases.fresh(cluster)
        with town(database, **AS_SHIPPED) as place, place.receiver():
            took, least = asyncio.run(measured(place, (WARM + seconds) * RATE))
    bare_post = statistics.median(least)
    shape: dict[str, Any] = {"line": "e", "unit": "ms", "lower_is_better": True}
    Figure(
        name=f"added from claim to arrival, at {RATE}/s, median",
        value=1000 * (statistics.median(took.from_claim) - bare_post),
        floor=1000 * bare_post,
        least=5,
        aim=2,
        **shape,
    ).tell()
    Figure(
        name=f"added from claim to arrival, at {RATE}/s, p99",
        value=1000 * (percentile(took.from_claim, 99) - bare_post),
        floor=1000 * percentile(least, 99),
        least=25,
        **shape,
    ).tell()
    Figure(
        name=f"from row to arrival, at {RATE}/s, median",
        value=1000 * statistics.median(took.from_row),
        **shape,
    ).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
