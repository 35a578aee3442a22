"""The database, SQLite or PostgreSQL: opened, checked, migrated; and how those who change it take turns."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as QueueTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart, DatabaseAway
from shs_adapter.store import own_schema, sqlite
from shs_adapter.store.vault import Vault

HEAD = "0016"

# What comes out of a database that cannot be reached: drivers' errors, and those of the way there.
ERRORS = (SQLAlchemyError, sqlite3.Error, DatabaseAway, OSError, TimeoutError)

# PostgreSQL's: one row that only the adapter's role may lock. Whoever waits for it waits for others of ours,
# and may for long; for all else that is locked within the transaction, as short as every session does.
EXCLUSIVE = (
    "SELECT set_config('lock_timeout', '1s', true) FROM"
    " (SELECT id FROM exclusive WHERE set_config('lock_timeout', '0', true) = '0' FOR UPDATE) AS held"
)
_EXCLUSIVE = text(EXCLUSIVE)

# PostgreSQL's classes of errors that blame the moment and not the statement: the connection, a deadlock, a
# lock, no room or memory, an operator, the disk; and a server that has become a standby.
_PASSING = ("08", "40", "53", "55", "57", "58", "25006")
_LOCKED = "55P03"  # lock_not_available
# Those that blame the values: too many rows, data, integrity, a value that no index takes.
_OF_VALUES = ("21", "22", "23", "54")


def open_engine(database: Database, *, reading: bool = False) -> AsyncEngine:
    """An engine; nothing is read, connected or created until it is used.

    One for *reading* cannot write, and holds up no writer for as long as it reads.
    """
    if database.file is not None:
        return sqlite.open_engine(database.file, reading=reading)
    from shs_adapter.store import postgresql  # imported here: on SQLite its driver is not needed

    return postgresql.open_engine(database, reading=reading)


@asynccontextmanager
async def turn(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction in which nobody else changes what the adapter keeps, whatever daemon it is.

    What is read in it stays true until it is committed. A claim needs none: it is one statement.
    """
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE says the same
            (await connection.execute(_EXCLUSIVE)).one()
        yield connection


@asynccontextmanager
async def single(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for one statement, which is a transaction of its own."""
    if engine.dialect.name == "postgresql":  # saves it the journeys of BEGIN and COMMIT
        async with engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")
    else:
        async with engine.begin() as connection:
            yield connection


def is_locked(error: BaseException) -> bool:
    """Whether another's transaction has locked a row or a table, and was not waited for any longer."""
    orig = error.orig if isinstance(error, DBAPIError) else error
    return getattr(orig, "sqlstate", None) == _LOCKED


def is_passing(error: Exception) -> bool:
    """Whether the database is away, locked or full: the same work may succeed later, as it is."""
    if isinstance(error, sqlite3.Error):  # of a driver that is used without SQLAlchemy
        return sqlite.is_passing(error)
    if type(error).__module__.startswith("asyncpg."):  # told by its name: on SQLite it is not needed
        return _passes(error)
    if not isinstance(error, DBAPIError):
        # CannotStart comes of a password file that cannot be read just now.
        return isinstance(error, DatabaseAway | CannotStart | QueueTimeout | OSError | TimeoutError)
    if isinstance(error.orig, sqlite3.Error):
        return sqlite.is_passing(error.orig)
    return error.connection_invalidated or _passes(error.orig)


def blames_database(error: Exception) -> bool:
    """Whether the database keeps us from working, and not the work itself: it passes, or somebody mends it.

    A right that is missing, a table that is gone, a trigger that refuses, a page or file that is damaged.
    """
    if is_passing(error):
        return True
    orig = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(orig, sqlite3.Error):
        return not sqlite.blames_values(orig)
    state = getattr(orig, "sqlstate", None)
    return bool(state) and not str(state).startswith(_OF_VALUES)


def _passes(error: BaseException | None) -> bool:
    """Of an error of PostgreSQL's; one of the driver's own has no state, and means a lost connection."""
    state = getattr(error, "sqlstate", None) or ""
    return not state or state.startswith(_PASSING)


def reason(error: BaseException) -> str:
    """The driver's own name of an error: its text may quote a statement."""
    if isinstance(error, DatabaseAway):
        return error.code
    cause = getattr(error, "driver_exception", error)
    return getattr(cause, "sqlite_errorname", None) or type(cause).__name__


async def check(engine: AsyncEngine, database: Database) -> None:
    """Raise CannotStart, saying what to do, unless the database can be used as it is."""
    if database.file is not None:
        sqlite.check_file(database.file)
    try:
        async with engine.connect() as connection:
            if database.file is not None:
                await sqlite.check_settings(connection, database.file)
            else:
                from shs_adapter.store import postgresql

                await postgresql.check_settings(connection, database)
            version = await connection.scalar(
                select(text("version_num")).select_from(text("alembic_version"))
            )
    except ERRORS as error:
        raise CannotStart(
            "database_unusable", f"{database}: cannot be used ({reason(error)}); run `shs-adapter migrate`"
        ) from None
    if version != HEAD:
        raise CannotStart(
            "database_version", f"{database}: is at version {version}, not {HEAD}; run `shs-adapter migrate`"
        )


async def clear_log(engine: AsyncEngine) -> bool:
    """Let go of what was cleared: SQLite's log file, PostgreSQL's old versions of questions.

    False if it must be tried again.
    """
    if engine.dialect.name == "sqlite":
        return await sqlite.checkpoint(engine)
    from shs_adapter.store import postgresql

    await postgresql.vacuum(engine)
    return True


async def migrate(database: Database, vault: Vault | None = None) -> str:
    """Bring the database to head, creating SQLite's file if need be; returns the version.

    Without the *vault*, digests that an old database has are blanked and not keyed.
    """
    from alembic import command  # imported here: only `migrate` needs it
    from alembic.config import Config
    from alembic.util import CommandError

    def upgrade(connection: Any) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    if vault is not None:
        config.attributes["keyed"] = vault.keyed
    engine = _open_to_migrate(database)
    try:
        if database.file is not None:
            sqlite.create(database.file)
        async with engine.begin() as connection:
            if database.file is None:
                from shs_adapter.store import postgresql

                await postgresql.exclude_all(connection)
                await own_schema.settle(connection, database)
            await connection.run_sync(upgrade)
    except CommandError:
        raise CannotStart(
            "database_version", f"{database}: is at a version that this program does not know"
        ) from None
    except ERRORS as error:
        help = "; end the transaction that locks it, `status` names it, and try again" * is_locked(error)
        raise CannotStart(
            "database_unusable", f"{database}: cannot be migrated ({reason(error)}){help}"
        ) from None
    finally:
        await engine.dispose()
    return HEAD


def _open_to_migrate(database: Database) -> AsyncEngine:
    if database.file is not None:
        return open_engine(database)
    from shs_adapter.store import postgresql

    return postgresql.open_engine(database, reading=False, migrating=True)


def migrations() -> Path:
    """Where the migrations lie: inside the installed package, at the top of a source tree."""
    package = Path(__file__).parents[1]
    shipped = package / "migrations"
    return shipped if shipped.exists() else package.parent / "migrations"
