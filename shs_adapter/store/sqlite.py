"""SQLite: every change durable, and nothing readable of what was cleared.

Every transaction that may write begins IMMEDIATE and an engine has one connection: writers queue in the
event loop instead of meeting as "database is locked".
"""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shs_adapter.errors import CannotStart, DatabaseAway

# FULL survives a power cut in WAL; secure_delete overwrites what is cleared; temporary pages stay in memory.
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "secure_delete": "1",
    "foreign_keys": "1",
    "temp_store": "2",
    "busy_timeout": "15000",
}

# Errors that blame the moment: others write, no room, no disk, no memory.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}

# Errors that blame the values; what a trigger refuses has a code of its own.
_OF_VALUES = {
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_RANGE,
}

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_TURN = timedelta(minutes=1)  # for how long a transaction waits until the only connection is free


def open_engine(path: Path, *, reading: bool) -> AsyncEngine:
    """An engine on the file; nothing is read or created until it is used."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        hide_parameters=True,  # they hold personal numbers
        pool_size=1,
        max_overflow=0,
        pool_timeout=_TURN.total_seconds(),
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)
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

    @event.listens_for(engine.sync_engine, "handle_error")
    def _note_damage(context: Any) -> None:
        code = getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED and context.connection is not None:
            context.connection.info["damaged"] = True

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.info["file"] != (found := _identity(path)):
            # What is written now would go into a file that nobody finds any more.
            raise DatabaseAway("file_replaced" if found else "file_gone")
        if connection.info.pop("damaged", False):
            connection.exec_driver_sql("PRAGMA shrink_memory")  # or a page that was mended is not read again
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    """By which a file is known, whatever its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def connect(path: Path) -> sqlite3.Connection:
    """A connection of the driver's own that can only read, and waits next to nothing for anybody."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0.05
    )
    connection.text_factory = _readable
    connection.execute("PRAGMA query_only = 1")
    return connection


def _readable(stored: bytes) -> str:
    """SQLite keeps any bytes as TEXT; a row written in Latin-1 must not make its whole batch unreadable."""
    return stored.decode(errors="replace")


def is_passing(error: sqlite3.Error) -> bool:
    """Whether the same may succeed later, as it is."""
    code = getattr(error, "sqlite_errorcode", None)  # what the module raises itself has none
    return code is not None and code & 0xFF in _PASSING


def blames_values(error: sqlite3.Error) -> bool:
    """Whether other values might have been written; what the module raises itself blames them, too."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or (code != sqlite3.SQLITE_CONSTRAINT_TRIGGER and code & 0xFF in _OF_VALUES)


def check_file(path: Path) -> None:
    """Raise CannotStart unless the file is there for this user: SQLite would make one that is not."""
    if not path.is_file():
        raise CannotStart("database_missing", f"{path}: there is no database; run `shs-adapter migrate`")
    if not os.access(path, os.R_OK | os.W_OK):
        raise CannotStart("database_denied", f"{path}: this user may not read and write it")


async def check_settings(connection: AsyncConnection, path: Path) -> None:
    """Raise CannotStart unless every pragma holds."""
    for name, wanted in PRAGMAS.items():
        found = await connection.scalar(text(f"PRAGMA {name}"))
        if str(found) != wanted:
            raise CannotStart("database_pragma", f"{path}: PRAGMA {name} is {found}, not {wanted}")


def create(path: Path) -> None:
    """An empty file that only its owner reads, before SQLite makes one that others may; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


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
