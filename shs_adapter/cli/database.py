"""How a command gets at the database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter import config
from shs_adapter.config import Config, Database
from shs_adapter.errors import CannotStart
from shs_adapter.store import engine

T = TypeVar("T")


def in_transaction(file: Path, work: Callable[[AsyncConnection, Config], Awaitable[T]]) -> T:
    """Do *work* in one transaction of the configured database; raises CannotStart where it is not fit."""

    async def do(database: AsyncEngine, settings: Config) -> T:
        async with engine.turn(database) as connection:
            return await work(connection, settings)

    return with_database(file, do)


def with_database(file: Path, work: Callable[[AsyncEngine, Config], Awaitable[T]]) -> T:
    """Do *work* on the configured database; raises CannotStart where it is not fit."""
    settings = config.load(file)

    async def do() -> T:
        database = engine.open_engine(settings.database)
        try:
            await engine.check(database, settings.database)
            return await work(database, settings)
        finally:
            await database.dispose()

    with usable(settings.database):
        return asyncio.run(do())


@contextmanager
def usable(database: Database) -> Iterator[None]:
    """Make one line of a database that fails: its errors quote statements and come with a traceback."""
    try:
        yield
    except DBAPIError as error:
        if engine.is_locked(error):
            raise CannotStart(
                "locked",
                f"{database}: another program's open transaction has locked a row that this changes; `status`"
                " names it. Nothing was done: try again when it has ended",
            ) from None
        kind = type(error.driver_exception).__name__
        raise CannotStart(
            "database_unusable",
            f"{database}: cannot be used now ({kind}): full, away, or locked by another program?",
        ) from None
