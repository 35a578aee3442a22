"""How a command gets at the database, and says who it is."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import config
from shs_adapter.config import Config
from shs_adapter.store import engine

T = TypeVar("T")


def in_transaction(file: Path, work: Callable[[AsyncConnection, Config], Awaitable[T]]) -> T:
    """Do *work* in one transaction of the configured database; raises CannotStart where it is not fit."""
    settings = config.load(file)

    async def do() -> T:
        database = engine.open_engine(settings.database_path)
        try:
            await engine.check(database, settings.database_path)
            async with database.begin() as connection:
                return await work(connection, settings)
        finally:
            await database.dispose()

    return asyncio.run(do())


def operator() -> str:
    """Who the journal names for what is done by hand."""
    try:
        return f"operator:{getpass.getuser()}"
    except (OSError, KeyError):
        return "operator"
