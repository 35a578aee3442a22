"""(c) Whole conversations: question, confirmation and answer, both fetched and acknowledged; decoded.

    python -m bench.conversations [conversations]

The sandbox's node is a process of its own, and does its part, answers by seven agencies, on the same machine.
The floor has the same conversations with the same node: bare aiohttp and bare asyncpg send envelopes like
ours, list, write the notices down, fetch, store, and acknowledge. It seals, judges and decodes nothing.
"""

import asyncio
import re
import sys
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
import asyncpg

from bench import bare, databases
from bench.figures import Figure
from bench.inserting import insert, until
from bench.town import Town, cpu, town
from shs_adapter.config import Tenant

CONVERSATIONS = 1_000
IN_FLIGHT = 64
POLLING = 0.1  # seconds between two looks at a mailbox that was empty
WARM = 32

# Persons without faults about whom all agencies together say about 10 KB.
PERSONS = ("197701182391", "200002292399", "197701202397", "197701182383")
SIZES = (9_000, 12_500)

ENDED = """
SELECT (SELECT COUNT(*) FROM inbox WHERE decoded_at IS NOT NULL)
     + (SELECT COUNT(*) FROM notice WHERE state = 'acked')
"""
GOOD = "SELECT COUNT(*) FROM outbox WHERE state = 'done' AND outcome = 'COMPLETE'"
SIZE = "SELECT AVG(size) FROM inbox WHERE kind = 'answer'"


def asked(place: Town, count: int) -> list[dict[str, Any]]:
    rows = place.questions(count)
    return [row | {"person_id": PERSONS[no % len(PERSONS)]} for no, row in enumerate(rows)]


async def ours(place: Town, count: int) -> tuple[float, float, float]:
    """Conversations a second; the processor time of the daemon and of the node for each, in milliseconds."""
    async with databases.bare(place.database) as connection:
        with place.daemon() as daemon:
            await insert(connection, asked(place, WARM))
            await until(connection, ENDED, 3 * WARM)
            before = cpu(daemon.pid), cpu(place.node_id)
            began = time.perf_counter()
            await insert(connection, asked(place, count))
            ended = await until(connection, ENDED, 3 * (WARM + count))
            used = cpu(daemon.pid) - before[0], cpu(place.node_id) - before[1]
        assert await connection.fetchval(GOOD) == WARM + count
        size = await connection.fetchval(SIZE)
    assert SIZES[0] < size < SIZES[1], size
    of_daemon, of_node = (1000 * one.total_seconds() / count for one in used)
    return count / (ended - began), of_daemon, of_node


RECEIVED = """
CREATE TABLE received (tx_id TEXT PRIMARY KEY, noted_at TIMESTAMPTZ, body BYTEA, acked_at TIMESTAMPTZ)
"""
NOTED = "INSERT INTO received (tx_id, noted_at) VALUES ($1, now())"
STORED = "UPDATE received SET body = $2 WHERE tx_id = $1"
ACKED = "UPDATE received SET acked_at = now() WHERE tx_id = $1"

_LISTED = re.compile(r'<message tx\.id="([0-9a-f-]{36})"')
_ANSWER = b'sequence-type="reply"'


async def collect(
    session: aiohttp.ClientSession, connection: asyncpg.Connection, tenant: Tenant, count: int
) -> None:
    """Empty the mailbox until it has given *count* answers: a list, and all that it shows together."""
    mailbox = f"{tenant.shs.delivery_url}/{tenant.shs.sender}"
    answers = 0
    await connection.execute(RECEIVED)

    async def fetch(tx_id: str) -> bytes:
        async with session.get(f"{mailbox}/{tx_id}") as response:
            return await response.read()

    while answers < count:
        async with session.get(f"{mailbox}?status=test&filter=noack&maxhits=200") as response:
            tx_ids = _LISTED.findall(await response.text())
        if not tx_ids:
            await asyncio.sleep(POLLING)
            continue
        keys = [(tx_id,) for tx_id in tx_ids]
        await connection.executemany(NOTED, keys)
        bodies = await asyncio.gather(*map(fetch, tx_ids))
        await connection.executemany(STORED, list(zip(tx_ids, bodies, strict=True)))
        await asyncio.gather(*(bare.post(session, f"{mailbox}/{tx_id}?action=ack", b"") for tx_id in tx_ids))
        await connection.executemany(ACKED, keys)
        answers += sum(_ANSWER in body for body in bodies)


async def floor(place: Town, count: int) -> tuple[float, float]:
    """Conversations a second; the floor's own processor time for each, in milliseconds."""
    envelopes = await bare.envelopes(place, count)
    async with (
        bare.session(place, 2 * IN_FLIGHT) as session,
        databases.bare(place.database) as sending,
        databases.bare(place.database) as collecting,
    ):
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(
            bare.send_all(session, sending, place.tenant.shs.submit_url, envelopes, IN_FLIGHT),
            collect(session, collecting, place.tenant, count),
        )
        return count / (time.perf_counter() - began), 1000 * (time.process_time() - used) / count


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else CONVERSATIONS
    sections: dict[str, Any] = {
        "polling": {"mailbox": POLLING},
        "limits": {"in_flight": IN_FLIGHT, "answer_timeout": 86400},
        "retry": {},
        "reask": {},
    }
    with databases.postgresql() as cluster:
        database = databases.fresh(cluster)
        with town(database, **sections) as place:
            rate, of_daemon, of_node = asyncio.run(ours(place, count))
            floor_rate, of_floor = asyncio.run(floor(place, count))
    shape: dict[str, Any] = {"line": "c", "unit": "conversations/s"}
    Figure(name="conversations", value=rate, floor=floor_rate, least=150, aim=333, **shape).tell()
    share = Figure(line="c", name="conversations, of the floor", value=rate / floor_rate, unit="", least=0.4)
    share.tell()
    costs: dict[str, Any] = {"line": "c", "unit": "ms/conversation", "lower_is_better": True}
    Figure(name="processor time of the daemon", value=of_daemon, floor=of_floor, **costs).tell()
    Figure(name="processor time of the node", value=of_node, **costs).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
