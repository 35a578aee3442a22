"""The least client of a node: bare aiohttp with the adapter's certificate; envelopes like the adapter's."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
import asyncpg

from bench import databases
from bench.town import Town
from shs_adapter.config import load
from shs_adapter.store import attempts, engine, vault
from shs_adapter.transport.tls import client_context

Envelope = tuple[str, bytes]  # tx.id and bytes
Envelopes = Iterator[Envelope]

SENT = """
CREATE TABLE IF NOT EXISTS sent (
    tx_id TEXT PRIMARY KEY, envelope BYTEA, accepted_at TIMESTAMPTZ, receipt TEXT)
"""


@asynccontextmanager
async def session(place: Town, connections: int) -> AsyncIterator[aiohttp.ClientSession]:
    tls = place.tenant.tls
    context = client_context(tls.certificate, tls.private_key, tls.ca)
    connector = aiohttp.TCPConnector(ssl=context, limit=connections)
    headers = {"Content-Type": "message/rfc822"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as opened:
        yield opened


async def envelopes(place: Town, count: int) -> Envelopes:
    """Envelopes like one that the adapter has frozen, in conversations of their own."""
    settings = load(place.config)
    opened = engine.open_engine(settings.database)
    async with databases.bare(settings.database) as connection:
        template_id = await connection.fetchval("SELECT tx_id FROM attempt LIMIT 1")
    async with opened.begin() as reading:
        row = await attempts.by_tx_id(reading, template_id)
    template = await attempts.envelope(opened, vault.load(settings.keys.file), row)
    await opened.dispose()

    def copies() -> Envelopes:
        for _ in range(count):
            tx_id = str(uuid4())
            yield tx_id, template.replace(template_id.encode(), tx_id.encode())

    return copies()


async def post(session: aiohttp.ClientSession, url: str, envelope: bytes) -> None:
    async with session.post(url, data=envelope) as response:
        await response.read()
        assert response.status < 300, response.status


async def send_all(
    session: aiohttp.ClientSession,
    connection: asyncpg.Connection,
    url: str,
    envelopes: Envelopes,
    at_once: int,
) -> None:
    """Send with so many requests *at_once*; each group that landed is written down, envelope and receipt."""
    landed: list[Envelope] = []
    done = asyncio.Event()
    await connection.execute(SENT)

    async def send() -> None:
        for tx_id, envelope in envelopes:
            await post(session, url, envelope)
            landed.append((tx_id, envelope))

    async def record() -> None:
        while not done.is_set() or landed:
            group = [landed.pop() for _ in range(len(landed))]
            if not group:
                await asyncio.sleep(0.002)
                continue
            async with connection.transaction():
                await connection.executemany("INSERT INTO sent (tx_id, envelope) VALUES ($1, $2)", group)
            async with connection.transaction():
                await connection.executemany(
                    "UPDATE sent SET accepted_at = now(), receipt = $1 WHERE tx_id = $1",
                    [(tx_id,) for tx_id, _ in group],
                )

    recording = asyncio.create_task(record())
    await asyncio.gather(*(send() for _ in range(at_once)))
    done.set()
    await recording
