"""The least idle daemon: the given libraries imported, and then nothing, or looks at the outbox.

    python -m bench.least [URL SECONDS]

With an asyncpg URL it looks over one connection, every so many seconds. Says `ready` when it is.
"""

import asyncio
import sys

import aiohttp  # noqa: F401  # all are there to be there
import asyncpg
import cryptography.hazmat.primitives.ciphers.aead
import cryptography.x509  # noqa: F401
import lxml.etree  # noqa: F401
import sqlalchemy.ext.asyncio  # noqa: F401
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: F401

LOOK = "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'new' AND due_at <= now())"


async def look(url: str, interval: float) -> None:
    connection = await asyncpg.connect(url)
    while True:
        await connection.fetchval(LOOK)
        await asyncio.sleep(interval)


async def main(arguments: list[str]) -> None:
    print("ready", flush=True)
    if arguments:
        await look(arguments[0], float(arguments[1]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
