"""A database as other programs see it, on either engine: SQL with `?` for values, rows with names.

Values are given as SQLite has them: times as its text in UTC, decimal numbers as floats.
"""

import asyncio
import itertools
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from shs_adapter.config import Database

_PATIENCE = 30  # seconds

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'shs'",
}
_VIEWS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'view'",
    "postgresql": "SELECT viewname FROM pg_views WHERE schemaname = 'shs'",
}


class Row(tuple[Any, ...]):
    """A tuple whose values have names, too."""

    names: Sequence[str]

    def __getitem__(self, place: Any) -> Any:
        return super().__getitem__(self.names.index(place) if isinstance(place, str) else place)

    def keys(self) -> Sequence[str]:
        return self.names


def _row(names: Sequence[str], values: Sequence[Any]) -> Row:
    row = Row(map(_plain, values))
    row.names = names
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        assert value.tzinfo is not None
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return float(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True, slots=True)
class Client:
    """Its connections to PostgreSQL are kept until `close`."""

    stead: Database

    @property
    def engine(self) -> str:
        return "postgresql" if self.stead.file is None else "sqlite"

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Read; this waits for nobody's transaction."""
        return self._work("on", sql, values)

    def execute(self, sql: str, *values: object) -> list[Row]:
        """Write; this may wait for the transaction of another."""
        return self._work("off", sql, values)

    def write(self, sql: str, many: Sequence[Sequence[object]]) -> None:
        """Write the same with many values, in one transaction."""
        if self.stead.file is None:
            _away.run(_away.write(self.stead.url, sql, many))
            return
        with closing(self._connect(self.stead.file)) as connection, connection:
            connection.executemany(sql, many)

    def values(self, sql: str, *values: object) -> list[Any]:
        """The first column."""
        return [row[0] for row in self.rows(sql, *values)]

    def tables(self) -> list[str]:
        return self.values(_TABLES[self.engine])

    def views(self) -> list[str]:
        return self.values(_VIEWS[self.engine])

    def columns(self, name: str) -> list[str]:
        """Of a table or a view, in their order."""
        if self.stead.file is not None:
            return [row["name"] for row in self.rows(f"PRAGMA table_info({name})")]
        ordered = "SELECT column_name FROM information_schema.columns WHERE table_name = ?"
        return self.values(f"{ordered} ORDER BY ordinal_position", name)

    def close(self) -> None:
        if self.stead.file is None:
            _away.run(_away.close(self.stead.url))

    def _work(self, read_only: str, sql: str, values: Sequence[object]) -> list[Row]:
        if self.stead.file is None:
            done: list[Row] = _away.run(_away.fetch(self.stead.url, read_only, sql, values))
            return done
        with closing(self._connect(self.stead.file)) as connection, connection:
            cursor = connection.execute(sql, values)
            names = [column[0] for column in cursor.description or ()]
            return [_row(names, row) for row in cursor.fetchall()]

    def _connect(self, file: Path) -> sqlite3.Connection:
        return sqlite3.connect(file, timeout=_PATIENCE)


class _Away:
    """asyncpg in a thread of its own: a test may wait for an answer while its own event loop stands still.

    Who reads and who writes have connections of their own: a writer waits until a daemon, which may run in
    that event loop, has ended its transaction.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: dict[tuple[str, str], asyncpg.Connection] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def fetch(self, url: str, read_only: str, sql: str, values: Sequence[object]) -> list[Row]:
        async with self._prepared(url, read_only, sql) as (_, statement, kinds):
            found = await statement.fetch(*_fitting(values, kinds))
            names = [attribute.name for attribute in statement.get_attributes()]
        return [_row(names, tuple(record)) for record in found]

    async def write(self, url: str, sql: str, many: Sequence[Sequence[object]]) -> None:
        async with self._prepared(url, "off", sql) as (connection, statement, kinds):
            await connection.executemany(statement.get_query(), [_fitting(values, kinds) for values in many])

    @asynccontextmanager
    async def _prepared(
        self, url: str, read_only: str, sql: str
    ) -> AsyncIterator[tuple[Any, Any, list[str]]]:
        """In a transaction of its own: the connection, the statement, and the types that its values have."""
        key, number = (url, read_only), itertools.count(1)
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._connections or self._connections[key].is_closed():
                self._connections[key] = await asyncpg.connect(
                    url.replace("+asyncpg", ""),
                    statement_cache_size=0,  # tables come and go
                    server_settings={"default_transaction_read_only": read_only, "TimeZone": "UTC"},
                )
            connection = self._connections[key]
            async with connection.transaction():
                statement = await connection.prepare(re.sub(r"\?", lambda _: f"${next(number)}", sql))
                yield connection, statement, [one.name for one in statement.get_parameters()]

    async def close(self, url: str) -> None:
        for key in [key for key in self._connections if key[0] == url]:
            await self._connections.pop(key).close()
            del self._locks[key]


def _fitting(values: Sequence[Any], kinds: Sequence[str]) -> list[Any]:
    """What SQLite takes for columns of these types, as PostgreSQL takes it."""
    return [
        value if value is None else _FITTING.get(kind, _as_it_is)(value)
        for value, kind in zip(values, kinds, strict=True)
    ]


def _as_it_is(value: Any) -> Any:
    return value


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_FITTING: Mapping[str, Callable[[Any], Any]] = {
    "bool": bool,
    "text": str,
    "varchar": str,
    "timestamptz": _time,
}

_away = _Away()
