"""PostgreSQL through asyncpg: any number of hosts, a session that is durable and never hangs.

The URL is PostgreSQL's own, read by the driver: several hosts, `target_session_attrs`, `sslmode`, `passfile`.
"""

from datetime import timedelta
from pathlib import Path

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart

OLDEST = 14

_CONNECT = timedelta(seconds=5)  # to one host; the next is tried after it
_STATEMENT = timedelta(seconds=60)  # a server that is gone without a word is not waited for
_QUEUE = timedelta(minutes=1)  # until a connection of the pool is free

# What every session is held to, whatever the server's own defaults are.
_SESSION = {
    "application_name": "shs-adapter",
    "TimeZone": "UTC",
    # Whoever is stopped amid a transaction would hold up all the others.
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
# A commit that was reported must be on disk, else a message might get a second identity.
_DURABLE = {"fsync": ("on",), "synchronous_commit": ("on", "remote_apply", "remote_write")}


def open_engine(database: Database, *, reading: bool) -> AsyncEngine:
    """An engine; nothing is connected until it is used. One for *reading* sees one moment a transaction."""

    async def session() -> asyncpg.Connection:
        return await connect(database, reading=reading)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=session,
        hide_parameters=True,  # they hold personal numbers
        isolation_level="REPEATABLE READ" if reading else "READ COMMITTED",
        pool_size=5,
        max_overflow=5,
        pool_timeout=_QUEUE.total_seconds(),
        pool_use_lifo=True,  # what is rarely needed is closed by the server, or goes stale, alone
    )


async def connect(database: Database, *, reading: bool = False) -> asyncpg.Connection:
    """A connection of one's own; raises asyncpg's errors, OSError or TimeoutError."""
    secret = database.password_file
    return await asyncpg.connect(
        database.url.replace("postgresql+asyncpg", "postgresql", 1),
        password=None if secret is None else _password(secret),
        timeout=_CONNECT.total_seconds(),
        command_timeout=_STATEMENT.total_seconds(),
        server_settings=_SESSION | {"default_transaction_read_only": "on" if reading else "off"},
    )


def _password(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise CannotStart("database_password", f"{file}: the password cannot be read") from None


async def check_settings(connection: AsyncConnection, database: Database) -> None:
    """Raise CannotStart unless the server is new enough, keeps what it confirms, and writes UTF-8."""
    version = await connection.scalar(text("SHOW server_version_num"))
    if int(version or 0) < OLDEST * 10_000:
        raise CannotStart("database_old", f"{database}: PostgreSQL {OLDEST} or newer is needed")
    for name, allowed in (*_DURABLE.items(), ("server_encoding", ("UTF8",))):
        found = await connection.scalar(text(f"SHOW {name}"))
        if found not in allowed:
            raise CannotStart(
                "database_setting", f"{database}: {name} is {found}; it must be {' or '.join(allowed)}"
            )
