"""One daemon a name: a lock that the kernel, or PostgreSQL, gives back however its holder ends.

On SQLite it is a file, and there is one daemon a database. On PostgreSQL a row that only the adapter's role
may write says which session of the server has the name: it is free when that session has ended. That is the
session of a connection of its own; where it is lost, the name is taken anew on another, and leases fence the
work meanwhile.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart
from shs_adapter.log import event
from shs_adapter.store import lock
from shs_adapter.store.engine import EXCLUSIVE, reason

_log = logging.getLogger(__name__)

_PATIENCE = timedelta(seconds=30)  # until a server has noticed that the last holder is gone
_RETRY = timedelta(seconds=1)
_PING = timedelta(seconds=10)
_GOODBYE = timedelta(seconds=2)


@asynccontextmanager
async def held(database: Database, name: str, *, lost: Callable[[], None]) -> AsyncIterator[None]:
    """Be the only daemon called *name*; raises CannotStart where another is.

    *lost* is called if another daemon took the name while our connection was down.
    """
    if database.file is not None:
        with lock.held(database.file):
            yield
        return
    connection = await _taken(database, name)
    if connection is None:
        raise CannotStart("locked", f"{database}: a daemon called {name!r} is running on it already")
    ours = _Name(database, name, connection)
    keeper = asyncio.create_task(ours.keep(lost))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])
        await ours.leave()


async def running(database: Database) -> list[str]:
    """The daemons that run on *database* now, by name; SQLite's only one is called `running`."""
    if database.file is not None:
        return ["running"] if lock.is_held(database.file) else []
    connection = await _connect(database, "status")
    try:
        rows = await connection.fetch(_RUNNING)
    finally:
        await connection.close()
    return [row[0] for row in rows]


_APPLICATION = "shs-adapter daemon "

# A pid is used again, but not with the same beginning.
_RUNNING = """
SELECT name FROM daemon JOIN pg_stat_activity s ON s.pid = daemon.pid AND s.backend_start = daemon.started_at
 ORDER BY name
"""
_TAKE = """
INSERT INTO daemon (name, pid, started_at)
SELECT $1, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
    ON CONFLICT (name) DO UPDATE SET pid = excluded.pid, started_at = excluded.started_at
 WHERE NOT EXISTS (
       SELECT 1 FROM pg_stat_activity s WHERE s.pid = daemon.pid AND s.backend_start = daemon.started_at)
RETURNING name
"""


async def _taken(database: Database, name: str) -> Any:
    """A connection that holds the name; None if another has it for longer than a dead one could."""
    connection = await _connect(database, name)
    try:
        for _ in range(int(_PATIENCE / _RETRY)):
            # A transaction sees the sessions as they were when it first looked: others are excluded by then.
            async with connection.transaction():
                await connection.fetchrow(EXCLUSIVE)
                taken = await connection.fetchval(_TAKE, name)
            if taken:
                return connection
            await asyncio.sleep(_RETRY.total_seconds())
    except BaseException:
        connection.terminate()
        raise
    await connection.close()
    return None


async def _connect(database: Database, name: str) -> Any:
    from shs_adapter.store import postgresql  # imported here: on SQLite its driver is not needed

    connection = await postgresql.connect(database)
    await connection.execute("SELECT set_config('application_name', $1, false)", _APPLICATION + name)
    return connection


class _Name:
    """A name that is held as long as its *connection* lives."""

    def __init__(self, database: Database, name: str, connection: Any) -> None:
        self._database = database
        self._name = name
        self._connection = connection

    async def keep(self, lost: Callable[[], None]) -> None:
        """Hold on to the name; where the connection is lost, take it anew on another."""
        from shs_adapter.store import postgresql  # imported here: on SQLite its driver is not needed

        while True:
            if self._connection is None:
                await asyncio.sleep(_RETRY.total_seconds())
            else:
                await _closed(self._connection, _PING)
            try:
                if self._connection is None:
                    self._connection = await _taken(self._database, self._name)
                    if self._connection is None:
                        event(_log, "name taken", logging.CRITICAL, owner=self._name)
                        lost()
                        return
                    event(_log, "name held again", logging.WARNING, owner=self._name)
                await self._connection.fetchval("SELECT 1")
            except (*postgresql.ERRORS, CannotStart) as error:
                if self._connection is not None:
                    event(_log, "name not held", logging.ERROR, owner=self._name, error=reason(error))
                    await self.leave()  # half alive it would hold the name against ourselves

    async def leave(self) -> None:
        """Give the name back, if it is held."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it is gone already
                await connection.close(timeout=_GOODBYE.total_seconds())  # and terminated after it


async def _closed(connection: Any, most: timedelta) -> None:
    """Wait until the *connection* is closed under us, at the most so long."""
    closed = asyncio.Event()

    def tell(_: Any) -> None:
        closed.set()

    connection.add_termination_listener(tell)
    try:
        async with asyncio.timeout(most.total_seconds()):
            await closed.wait()
    except TimeoutError:
        pass
    finally:
        connection.remove_termination_listener(tell)
