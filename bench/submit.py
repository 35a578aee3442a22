"""(b) The path of a question: row, envelope, POST over mutual TLS, receipt recorded; and what it costs.

    python -m bench.submit [questions]

The floor sends the same envelopes with bare aiohttp and records each group with bare asyncpg.
"""

import asyncio
import ssl
import sys
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
import asyncpg

from bench import databases
from bench.figures import Figure
from bench.town import Town, cpu, town
from shs_adapter.config import load
from shs_adapter.store import attempts, engine, vault
from shs_adapter.transport.tls import client_context

QUESTIONS = 4_000
IN_FLIGHT = 64

COLUMNS = ("person_id", "case_id", "officer", "from_date", "to_date")
INSERT = f"INSERT INTO outbox ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5)"


async def insert(connection: asyncpg.Connection, rows: Sequence[dict[str, Any]]) -> None:
    await connection.executemany(INSERT, [tuple(row[name] for name in COLUMNS) for row in rows])


async def until(connection: asyncpg.Connection, query: str, count: int) -> float:
    """When the query first found *count*."""
    while (await connection.fetchval(query)) < count:
        await asyncio.sleep(0.05)
    return time.perf_counter()


ACCEPTED = "SELECT COUNT(*) FROM attempt WHERE accepted_at IS NOT NULL"


async def ours(place: Town, count: int) -> tuple[float, float]:
    """Messages a second, and the daemon's processor time for each, in milliseconds."""
    connection = await asyncpg.connect(place.database.url.replace("+asyncpg", ""))
    with place.daemon() as daemon:
        await insert(connection, place.questions(64))
        await until(connection, ACCEPTED, 64)
        before = cpu(daemon.pid)
        began = time.perf_counter()
        await insert(connection, place.questions(count))
        ended = await until(connection, ACCEPTED, 64 + count)
        used = cpu(daemon.pid) - before
    await connection.close()
    return count / (ended - began), used.total_seconds() * 1000 / count


async def bare(place: Town, count: int) -> tuple[float, float]:
    """The same envelopes under fresh tx.ids, sent and recorded with the least code."""
    connection = await asyncpg.connect(place.database.url.replace("+asyncpg", ""))
    settings = load(place.config)
    keys = vault.load(settings.keys.file)
    opened = engine.open_engine(settings.database)
    async with opened.begin() as reading:
        tx_id = await connection.fetchval("SELECT tx_id FROM attempt LIMIT 1")
        row = await attempts.by_tx_id(reading, tx_id)
        template = attempts.envelope(keys, row)
    await opened.dispose()
    tls = settings.tenants["default"].tls
    context = client_context(tls.certificate, tls.private_key, tls.ca)
    began, used = time.perf_counter(), time.process_time()
    await _send_all(connection, context, settings.tenants["default"].shs.submit_url, template, tx_id, count)
    figures = count / (time.perf_counter() - began), (time.process_time() - used) * 1000 / count
    await connection.close()
    return figures


async def _send_all(
    connection: asyncpg.Connection,
    context: ssl.SSLContext,
    url: str,
    template: bytes,
    tx_id: str,
    count: int,
) -> None:
    landed: list[str] = []
    numbers = iter(range(count))
    done = asyncio.Event()
    await connection.execute(
        "CREATE TABLE sent (tx_id TEXT PRIMARY KEY, envelope BYTEA, accepted_at TIMESTAMPTZ, receipt TEXT)"
    )

    async def send(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            own = f"{tx_id[:-12]}{number:012x}"
            async with session.post(url, data=template.replace(tx_id.encode(), own.encode())) as response:
                await response.read()
                assert response.status < 300, response.status
            landed.append(own)

    async def record() -> None:
        while not done.is_set() or landed:
            group = [landed.pop() for _ in range(len(landed))]
            if not group:
                await asyncio.sleep(0.002)
                continue
            rows = [(own, template) for own in group]
            async with connection.transaction():
                await connection.executemany("INSERT INTO sent (tx_id, envelope) VALUES ($1, $2)", rows)
            async with connection.transaction():
                await connection.executemany(
                    "UPDATE sent SET accepted_at = now(), receipt = $1 WHERE tx_id = $1",
                    [(own,) for own in group],
                )

    connector = aiohttp.TCPConnector(ssl=context, limit=IN_FLIGHT)
    headers = {"Content-Type": "message/rfc822"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        recording = asyncio.create_task(record())
        await asyncio.gather(*(send(session) for _ in range(IN_FLIGHT)))
        done.set()
        await recording


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else QUESTIONS
    sections = {"polling": {"mailbox": 3600}, "limits": {"in_flight": IN_FLIGHT, "answer_timeout": 86400}}
    with databases.postgresql() as cluster:
        database = databases.fresh(cluster)
        with town(database, **sections) as place, place.receiver():
            rate, cost = asyncio.run(ours(place, count))
            floor_rate, floor_cost = asyncio.run(bare(place, count))
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
