"""Databases to measure on: a SQLite file, and a PostgreSQL of our own, with the settings it comes with."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from shs_adapter.config import Database
from shs_adapter.store import engine
from tests.databases import Cluster, at, binaries, clusters


@contextmanager
def postgresql() -> Iterator[Cluster]:
    yield from clusters()


def have_postgresql() -> bool:
    return binaries() is not None


def fresh(cluster: Cluster) -> Database:
    """An empty database as `migrate` makes it."""
    database = Database(url=cluster.url(cluster.fresh()))
    asyncio.run(engine.migrate(database))
    return database


def file(folder: Path) -> Database:
    database = at(folder / "adapter.db")
    asyncio.run(engine.migrate(database))
    return database


def dsn(database: Database) -> str:
    """The address of a PostgreSQL database, as the bare drivers want it."""
    return database.url.replace("+asyncpg", "")


@asynccontextmanager
async def bare(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the bare driver."""
    connection = await asyncpg.connect(dsn(database))
    try:
        yield connection
    finally:
        await connection.close()
