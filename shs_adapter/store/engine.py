"""The database: opened, checked, and closed so that nothing deleted stays readable.

On SQLite every transaction that may write begins IMMEDIATE and there is one connection a process: writers
queue in the event loop instead of meeting as "database is locked".
"""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shs_adapter.errors import CannotStart

HEAD = "0003"

# FULL survives a power cut in WAL; secure_delete overwrites what is cleared; temporary pages stay in memory.
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "secure_delete": "1",
    "foreign_keys": "1",
    "temp_store": "2",
    "busy_timeout": "15000",
}

_TURN = timedelta(minutes=1)  # for how long a transaction waits until the only connection is free


def open_engine(path: Path, *, reading: bool = False) -> AsyncEngine:
    """An engine on the SQLite file *path*; nothing is read or created until it is used.

    One for *reading* cannot write, and holds up no writer for as long as it reads.
    """
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        hide_parameters=True,  # they hold personal numbers
        pool_size=1,
        max_overflow=0,
        pool_timeout=_TURN.total_seconds(),
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # sqlite3's own: we write BEGIN ourselves
        connection.driver_connection.text_factory = _readable
        cursor = connection.cursor()
        try:
            for name, value in PRAGMAS.items():
                cursor.execute(f"PRAGMA {name} = {value}")
            cursor.execute(f"PRAGMA query_only = {int(reading)}")
        except sqlite3.Error:
            connection.close()  # the pool would forget it, and its thread with it
            raise
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _readable(stored: bytes) -> str:
    """SQLite keeps any bytes as TEXT; a row written in Latin-1 must not make its whole batch unreadable."""
    return stored.decode(errors="replace")


async def check(engine: AsyncEngine, path: Path) -> None:
    """Raise CannotStart, saying what to do, unless the database can be used as it is."""
    if not path.is_file():  # noqa: ASYNC240  # before anything else runs
        raise CannotStart("database_missing", f"{path}: there is no database; run `shs-adapter migrate`")
    if not os.access(path, os.R_OK | os.W_OK):
        raise CannotStart("database_denied", f"{path}: this user may not read and write it")
    try:
        async with engine.connect() as connection:
            for name, wanted in PRAGMAS.items():
                found = await connection.scalar(text(f"PRAGMA {name}"))
                if str(found) != wanted:
                    raise CannotStart("database_pragma", f"{path}: PRAGMA {name} is {found}, not {wanted}")
            version = await connection.scalar(
                select(text("version_num")).select_from(text("alembic_version"))
            )
    except (DBAPIError, sqlite3.Error) as error:
        raise CannotStart(
            "database_unusable", f"{path}: cannot be used ({_kind(error)}); run `shs-adapter migrate`"
        ) from None
    if version != HEAD:
        raise CannotStart(
            "database_version", f"{path}: is at version {version}, not {HEAD}; run `shs-adapter migrate`"
        )


async def checkpoint(engine: AsyncEngine) -> bool:
    """Move the write-ahead log into the database and empty it; False if a reader was in the way."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection  # aiosqlite's, by open_engine
        await driver.execute("PRAGMA busy_timeout = 50")  # a long report must not hold up the pumps
        try:
            ((busy, _, _),) = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            await driver.execute(f"PRAGMA busy_timeout = {PRAGMAS['busy_timeout']}")
    return bool(busy == 0)


async def migrate(path: Path) -> str:
    """Bring the database to head, creating it if need be; returns the version."""
    from alembic import command  # imported here: only `migrate` needs it
    from alembic.config import Config
    from alembic.util import CommandError

    def upgrade(connection: Any) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    engine = open_engine(path)
    try:
        _create(path)
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    except CommandError:
        raise CannotStart(
            "database_version", f"{path}: is at a version that this program does not know"
        ) from None
    except (OSError, SQLAlchemyError) as error:
        raise CannotStart("database_unusable", f"{path}: cannot be migrated ({_kind(error)})") from None
    finally:
        await engine.dispose()
    return HEAD


def _create(path: Path) -> None:
    """An empty file that only its owner reads, before SQLite makes one that others may; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def migrations() -> Path:
    """Where the migrations lie: inside the installed package, at the top of a source tree."""
    package = Path(__file__).parents[1]
    shipped = package / "migrations"
    return shipped if shipped.exists() else package.parent / "migrations"


def _kind(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__
