"""PostgreSQL through asyncpg: any number of hosts, a session that is durable and never hangs.

The URL is PostgreSQL's own, read by the driver: several hosts, `target_session_attrs`, `sslmode`, `passfile`.

Rule: no session of ours looks anywhere but in `pg_catalog` and in our own schema (`own_schema`).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart, DatabaseAway
from shs_adapter.store import own_schema
from shs_adapter.store.own_schema import SCHEMA

OLDEST = 14

# What the driver itself raises where it is used without SQLAlchemy.
ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    DatabaseAway,
    OSError,
    TimeoutError,
)

_CONNECT = timedelta(seconds=5)  # to one host; the next is tried after it
_STATEMENT = timedelta(seconds=60)  # a server that is gone without a word is not waited for
_VACUUM = timedelta(hours=1)
_MIGRATION = timedelta(hours=6)  # one statement may write every row of the largest table anew
_BEHIND_OTHERS = "10s"  # whoever waits for a table to migrate it holds up all who come after
_OLD_LOCK = 0x5348530001  # what daemons excluded each other by until version 0015
_QUEUE = timedelta(minutes=1)  # until a connection of the pool is free

# What every session is held to, whatever the server's own defaults are.
_SESSION = {
    "application_name": "shs-adapter",
    "search_path": f"pg_catalog, {SCHEMA}, pg_temp",  # temporary tables last: they come first if not named
    "TimeZone": "UTC",
    # Whoever is stopped amid a transaction would hold up all the others.
    "idle_in_transaction_session_timeout": "30s",
    # Nobody who forgets a transaction holds us up for longer.
    "lock_timeout": "1s",
    "jit": "off",  # compiling takes longer than any of our statements
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
# A commit that was reported must be on disk, else a message might get a second identity.
_DURABLE = {"fsync": ("on",), "synchronous_commit": ("on", "remote_apply", "remote_write")}


def open_engine(database: Database, *, reading: bool, migrating: bool = False) -> AsyncEngine:
    """An engine; nothing is connected until it is used. One for *reading* sees one moment a transaction.

    One that is *migrating* creates what it creates in our schema.
    """

    async def session() -> asyncpg.Connection:
        connection = await connect(
            database, reading=reading, statement=_MIGRATION if migrating else _STATEMENT
        )
        if migrating:  # what is created goes to the first schema
            await connection.execute(f"SET search_path = {SCHEMA}, pg_catalog, pg_temp")
        return connection

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


async def connect(
    database: Database, *, reading: bool = False, statement: timedelta = _STATEMENT
) -> asyncpg.Connection:
    """A connection of one's own, to the first host that is as the URL wants it; raises DatabaseAway."""
    secret = database.password_file
    password = None if secret is None else _password(secret)
    away = DatabaseAway("no_host")
    for url in each_host(database.url):
        try:
            return await _connect(url, password, reading=reading, statement=statement)
        except ERRORS as error:
            away = DatabaseAway(type(error).__name__)
    raise away


async def _connect(
    url: str, password: str | None, *, reading: bool, statement: timedelta
) -> asyncpg.Connection:
    connection = await asyncpg.connect(
        url.replace("postgresql+asyncpg", "postgresql", 1),
        password=password,
        timeout=_CONNECT.total_seconds(),
        command_timeout=statement.total_seconds(),
        server_settings=_SESSION | {"default_transaction_read_only": "off"},
    )
    if reading:  # only now: the driver would not take such a session for one to a read-write server
        try:
            await connection.execute("SET default_transaction_read_only = on")
        except BaseException:
            connection.terminate()
            raise
    return connection


def each_host(url: str) -> list[str]:
    """The *url* once for each host that it names, as the driver's time limit is for all of them together.

    One that prefers a standby is left whole: it has to see them all.
    """
    parts, query = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    if query.get("target_session_attrs") == "prefer-standby":
        return [url]
    user, at, named = parts.netloc.rpartition("@")
    hosts = (named or query.get("host", "")).split(",")
    ports = query.get("port", "").split(",")
    if len(ports) != len(hosts):
        ports *= len(hosts)  # one for all; else the driver says what is wrong
    urls = []
    for host, port in zip(hosts, ports, strict=False):
        where = ({} if named or not host else {"host": host}) | ({"port": port} if port else {})
        one = parts._replace(
            netloc=user + at + host if named else parts.netloc, query=urlencode(query | where, safe="/:[]")
        )
        urls.append(one.geturl())
    return urls


def _password(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise CannotStart("database_password", f"{file}: the password cannot be read") from None


async def check_settings(connection: AsyncConnection, database: Database) -> None:
    """Raise CannotStart unless the server is new enough, keeps what it confirms, and writes UTF-8; and where
    others may put something into our schema.
    """
    version = await connection.scalar(text("SHOW server_version_num"))
    if int(version or 0) < OLDEST * 10_000:
        raise CannotStart("database_old", f"{database}: PostgreSQL {OLDEST} or newer is needed")
    for name, allowed in (*_DURABLE.items(), ("server_encoding", ("UTF8",))):
        found = await connection.scalar(text(f"SHOW {name}"))
        if found not in allowed:
            raise CannotStart(
                "database_setting", f"{database}: {name} is {found}; it must be {' or '.join(allowed)}"
            )
    await own_schema.check(connection, database)


async def exclude_all(connection: AsyncConnection) -> None:
    """Keep daemons, and others who migrate, from changing anything until the transaction ends."""
    await connection.execute(text(f"SET lock_timeout = '{_BEHIND_OTHERS}'"))
    if await connection.scalar(text("SELECT to_regclass('exclusive')")) is None:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_OLD_LOCK})"))
    else:
        await connection.execute(text("SELECT id FROM exclusive FOR UPDATE"))


async def vacuum(engine: AsyncEngine) -> None:
    """Give up the old versions of questions, for autovacuum waits until there are many; raises DatabaseAway.

    Their space is then taken by what comes next. Without the right to, nothing is done.
    """
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection  # asyncpg's, for a vacuum may take longer than a statement
        try:
            await driver.execute("VACUUM (SKIP_LOCKED, TRUNCATE OFF) outbox", timeout=_VACUUM.total_seconds())
        except ERRORS as error:
            raise DatabaseAway(type(error).__name__) from None
