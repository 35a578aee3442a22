"""The least that takes a large message in: bare aiohttp reads it, a bare driver stores it.

    python -m bench.taker FOLDER MESSAGE DATABASE

FOLDER holds a sandbox's certificates, MESSAGE is an address at the node, DATABASE a SQLite file or an asyncpg
URL. Says `ready`, asks until the message is there, stores it, and says `taken`.
"""

import asyncio
import sqlite3
import sys
from pathlib import Path

import aiohttp
import asyncpg

from shs_adapter.transport.tls import client_context

TABLE = "CREATE TABLE taken (body {})"
STORE = "INSERT INTO taken VALUES ({})"


async def prepare(database: str) -> None:
    if "://" not in database:
        sqlite3.connect(database, isolation_level=None).execute(TABLE.format("BLOB"))
        return
    connection = await asyncpg.connect(database)
    await connection.execute(TABLE.format("BYTEA"))
    await connection.close()


async def store(database: str, body: bytes) -> None:
    if "://" not in database:
        with sqlite3.connect(database) as file:
            file.execute(STORE.format("?"), (body,))
        return
    connection = await asyncpg.connect(database)
    await connection.execute(STORE.format("$1"), body)
    await connection.close()


async def take(folder: Path, message: str, database: str) -> None:
    tls = client_context(folder / "client.pem", folder / "client.key", folder / "ca.pem")
    await prepare(database)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:
        print("ready", flush=True)
        while True:
            async with session.get(message) as response:
                body = await response.read()
            if response.status == 200:
                break
            await asyncio.sleep(0.1)
    await store(database, body)
    print("taken", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]), *sys.argv[2:]))
