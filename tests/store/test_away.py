"""PostgreSQL that cannot be reached, wholly or in part; and which errors blame the moment."""

import asyncio
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart, DatabaseAway
from shs_adapter.store import engine, owner, postgresql
from tests.daemon.daemons import until
from tests.databases import Cluster


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def there(cluster: Cluster, template: str) -> Iterator[Database]:
    name = cluster.fresh(template)
    yield Database(url=cluster.url(name))
    cluster.drop(name)


async def test_a_host_that_says_nothing_does_not_use_up_the_next_ones_time(
    there: Database, cluster: Cluster, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shs_adapter.store.postgresql._CONNECT", timedelta(seconds=0.3))
    hosts = f"host=127.0.0.1,{cluster.folder}&port={silent},5432&target_session_attrs=primary"
    database = Database(url=f"{there.url.partition('?')[0]}?{hosts}")

    connection = await postgresql.connect(database)
    found = await connection.fetchval("SELECT version_num FROM alembic_version")
    await connection.close()

    assert found == engine.HEAD


@pytest.mark.parametrize("wanted", ["any", "primary", "read-write", "prefer-standby"])
async def test_who_only_reads_finds_the_server_that_writers_want(there: Database, wanted: str) -> None:
    database = Database(url=f"{there.url}&target_session_attrs={wanted}")

    reader = engine.open_engine(database, reading=True)
    try:
        async with reader.connect() as connection:
            read_only = await connection.scalar(text("SHOW transaction_read_only"))
            with pytest.raises(DBAPIError):
                await connection.execute(text("DELETE FROM link"))
    finally:
        await reader.dispose()

    assert read_only == "on"


@pytest.mark.parametrize(
    ("url", "each"),
    [
        ("a", ["a"]),
        ("u@/d", ["u@/d"]),
        ("u@a:1,b:2/d?x=1", ["u@a:1/d?x=1", "u@b:2/d?x=1"]),
        ("u@[::1]:1,b/d", ["u@[::1]:1/d", "u@b/d"]),
        ("u@%2Fr,b/d", ["u@%2Fr/d", "u@b/d"]),
        ("u@/d?host=/r,/s&x=1", ["u@/d?host=/r&x=1", "u@/d?host=/s&x=1"]),
        ("u@/d?host=a,b&port=1,2", ["u@/d?host=a&port=1", "u@/d?host=b&port=2"]),
        ("u@a,b/d?port=1", ["u@a/d?port=1", "u@b/d?port=1"]),
        ("u@a,b/d?target_session_attrs=prefer-standby", ["u@a,b/d?target_session_attrs=prefer-standby"]),
    ],
)
def test_every_host_of_a_url_is_tried_by_itself(url: str, each: list[str]) -> None:
    scheme = "postgresql+asyncpg://"

    assert postgresql.each_host(scheme + url) == [scheme + one for one in each]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"host=": "host=/nowhere"}, "FileNotFoundError"),
        ({"adapter@": "nobody-of-this-name@"}, "InvalidAuthorizationSpecificationError"),
        ({"?": "-missing?"}, "InvalidCatalogNameError"),
        ({"?": "?target_session_attrs=standby&"}, "TargetServerAttributeNotMatched"),
    ],
)
async def test_whatever_keeps_us_from_a_connection_may_pass_and_has_a_code(
    there: Database, change: dict[str, str], code: str
) -> None:
    url = there.url
    for old, new in change.items():
        url = url.replace(old, new)
    database = engine.open_engine(Database(url=url))

    with pytest.raises(DatabaseAway) as caught:
        async with database.connect():
            pass

    assert engine.is_passing(caught.value)
    assert engine.reason(caught.value) == code
    with pytest.raises(CannotStart, match=code):
        await engine.check(database, Database(url=url))


async def test_what_blames_the_statement_does_not_pass(database: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.connect() as connection:
            await connection.execute(text("SELECT 1 FROM no_such_table"))

    assert not engine.is_passing(caught.value)


async def test_a_name_is_held_again_when_its_connection_was_cut(
    there: Database, cluster: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shs_adapter.store.owner._RETRY", timedelta(seconds=0.05))
    lost: list[str] = []
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '% daemon one'"

    async with owner.held(there, "one", lost=lambda: lost.append("one")):
        for _ in range(2):
            caplog.clear()
            await asyncio.to_thread(cluster.execute, cut)
            await until(lambda: "name held again" in caplog.messages, "held again")
            held = await owner.running(there)
    after = await owner.running(there)

    assert (lost, held, after) == ([], ["one"], [])


async def test_a_name_that_another_took_meanwhile_is_given_up(
    there: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shs_adapter.store.owner._RETRY", timedelta(seconds=0.2))
    monkeypatch.setattr("shs_adapter.store.owner._PATIENCE", timedelta(seconds=0.4))
    lost = asyncio.Event()
    other = await postgresql.connect(there)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '% daemon one'"
    take = (
        "UPDATE daemon SET pid = pg_backend_pid(), started_at = backend_start FROM pg_stat_activity s"
        " WHERE s.pid = pg_backend_pid()"
    )

    async with owner.held(there, "one", lost=lost.set), asyncio.timeout(10):
        await other.execute(f"{cut}; {take}")
        await lost.wait()
    await other.close()


def test_a_file_of_sqlite_that_lost_its_table_is_not_waited_for(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with closing(sqlite3.connect(path, timeout=0)) as second, pytest.raises(sqlite3.Error) as locked:
            second.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.Error) as missing:
            connection.execute("SELECT 1 FROM no_such_table")

    errors = [DBAPIError("", None, caught.value) for caught in (locked, missing)]
    assert [engine.is_passing(error) for error in errors] == [True, False]
    assert engine.reason(locked.value) == "SQLITE_BUSY"
