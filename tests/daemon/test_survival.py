"""A daemon whose PostgreSQL is restarted, cut off, crowded, locked, or replaced by its standby, under load.

The node's own record is the witness of what went out.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shs_adapter.config import Database
from shs_adapter.store import owner
from tests.client import Client
from tests.daemon.daemons import logged, process, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.test_crash import times
from tests.databases import Cluster, clusters, copies, migrated_template
from tests.sandbox.harness import serving

_CONNECTIONS = 30
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
_LOAD = 24  # questions; the node in this process has to answer them all
_SOON = 10  # seconds


@pytest.fixture(scope="module")
def restless() -> Iterator[Cluster]:
    """A cluster that tests may stop, crowd and kill."""
    yield from clusters(max_connections=str(_CONNECTIONS))


@pytest.fixture(scope="module")
def emptied(restless: Cluster) -> str:
    return migrated_template(restless)


@pytest.fixture
def there(restless: Cluster, emptied: str) -> Iterator[Database]:
    """An empty database on the restless cluster."""
    name = restless.fresh(emptied)
    database = Database(url=restless.url(name))
    yield database
    Client(database).close()
    restless.drop(name)


class Business:
    """A business system that asks one question after another, and again where its database was away."""

    def __init__(self, municipality: Municipality) -> None:
        self.asked: list[int] = []  # those that were confirmed
        self._municipality = municipality

    async def ask(self) -> int:
        while True:
            try:
                question = await self._municipality.ask(PERSONS[len(self.asked) % len(PERSONS)])
            except _AWAY:
                await asyncio.sleep(0.1)
            else:
                self.asked.append(question)
                return question

    async def work(self) -> None:
        for _ in range(_LOAD):
            await self.ask()
            await asyncio.sleep(0.1)


@asynccontextmanager
async def under_load(directory: Path, database: Database) -> AsyncIterator[tuple[Municipality, Business]]:
    """A daemon at work for a business system; at the end every question must have been answered, once."""
    async with serving(directory) as url:
        municipality = found(directory, database, url)
        business = Business(municipality)
        async with process(municipality) as daemon:
            asking = asyncio.create_task(business.work())
            try:
                await until(lambda: municipality.accepted() > 5, "at work")
                yield municipality, business
            finally:
                asking.cancel()
                await asyncio.wait([asking])
            await assert_all_were_answered_once(municipality, business.asked)
            assert daemon.returncode is None
    assert told(municipality, "surprise") == []


async def assert_all_were_answered_once(municipality: Municipality, asked: list[int]) -> None:
    """Nothing lost, nothing sent under two identities, and nothing that we do not know of."""
    ids = municipality.values("SELECT id FROM outbox")
    assert set(asked) <= set(ids)
    open_ones = "SELECT id FROM outbox WHERE state <> 'done' OR outcome = 'PENDING'"
    await until(lambda: not municipality.rows(open_ones), "every question answered")
    await until(lambda: municipality.are_closed(2 * len(ids)), "every notice closed")
    attempts = municipality.rows("SELECT outbox_id, tx_id FROM attempt")
    assert sorted(row["outbox_id"] for row in attempts) == sorted(ids)
    assert set(times(municipality.directory, "received")) == {row["tx_id"] for row in attempts}
    assert set(times(municipality.directory, "fetched").values()) == {1}
    assert municipality.rows("SELECT 1 FROM journal WHERE event IN ('lost', 'unfetchable')") == []


def told(municipality: Municipality, name: str) -> list[dict[str, Any]]:
    """What the daemon's log says under this name."""
    lines = [line for line in logged(municipality).splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, lines) if line["event"] == name]


async def answered(municipality: Municipality, business: Business) -> float:
    """Ask one more question, whatever happens; the seconds until it is answered."""
    begun = time.monotonic()
    question = await business.ask()
    await until(lambda: municipality.is_done(question), "answered")
    return time.monotonic() - begun


async def test_a_server_that_crashes_under_load_is_waited_for(
    tmp_path: Path, restless: Cluster, there: Database
) -> None:
    async with under_load(tmp_path, there) as (municipality, business):
        await asyncio.to_thread(restless.stop, "immediate")
        try:
            await until(lambda: told(municipality, "database away"), "away")
        finally:
            await asyncio.to_thread(restless.start)

        seconds = await answered(municipality, business)

        await until(lambda: told(municipality, "database back"), "back")
    assert seconds < _SOON
    assert len(told(municipality, "database away")) == len(told(municipality, "database back")) == 1


async def test_connections_that_are_cut_again_and_again_are_made_again(
    tmp_path: Path, restless: Cluster, there: Database
) -> None:
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    ended = 0
    async with under_load(tmp_path, there) as (municipality, business):
        for _ in range(5):
            ended += len(municipality.rows(cut))
            await asyncio.sleep(0.4)
            await answered(municipality, business)

        seconds = await answered(municipality, business)

        await until(lambda: told(municipality, "name held again"), "the name held again")
        held = await owner.running(there)
    assert ended > 5 * 3
    assert seconds < _SOON
    assert held == ["prov"]


async def test_a_daemon_that_finds_no_free_connection_waits_for_one(
    tmp_path: Path, restless: Cluster, there: Database
) -> None:
    ours = "FROM pg_stat_activity WHERE application_name LIKE 'shs-adapter%'"
    async with under_load(tmp_path, there) as (municipality, business), AsyncExitStack() as crowd:
        control = await another(there, crowd)
        while await control.fetch(f"SELECT pg_terminate_backend(pid) {ours}"):
            await all_that_are_free(there, crowd)
        await until(lambda: told(municipality, "database away"), "away")
        await asyncio.sleep(1.5)  # what was under way has landed
        before = len(times(tmp_path, "received"))
        again = "INSERT INTO outbox (person_id, case_id, officer, from_date, to_date)"
        like = "SELECT $1, 'B-late', officer, from_date, to_date FROM outbox LIMIT 1"
        await control.execute(f"{again} {like}", PERSONS[0])
        await asyncio.sleep(1)
        after = len(times(tmp_path, "received"))
        waiting = municipality.values("SELECT state FROM outbox WHERE case_id = 'B-late'")
        await crowd.aclose()

        seconds = await answered(municipality, business)

        await until(lambda: told(municipality, "database back"), "back")
    assert (waiting, before) == (["new"], after)
    assert seconds < _SOON
    assert "TooManyConnectionsError" in told(municipality, "database back")[-1]["codes"]


async def another(database: Database, crowd: AsyncExitStack) -> asyncpg.Connection:
    connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    crowd.push_async_callback(connection.close)
    return connection


async def all_that_are_free(database: Database, crowd: AsyncExitStack) -> None:
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            await another(database, crowd)


@asynccontextmanager
async def all_locked(holder: asyncpg.Connection) -> AsyncIterator[None]:
    """Every table is locked, all at once or none: one after the other may end in a deadlock with a pump."""
    tables = "outbox, attempt, notice, inbox, duty, link"
    while True:
        transaction = holder.transaction()
        await transaction.start()
        try:
            await holder.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE NOWAIT")
            break
        except asyncpg.LockNotAvailableError:
            await transaction.rollback()
            await asyncio.sleep(0.01)
    yield
    await transaction.rollback()


async def test_a_daemon_all_of_whose_connections_wait_for_a_lock_goes_on_when_it_is_free(
    tmp_path: Path, there: Database
) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shs-adapter'"
        " AND wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with under_load(tmp_path, there) as (municipality, business), AsyncExitStack() as others:
        async with all_locked(await another(there, others)):
            await until(lambda: municipality.values(waiting)[0] >= 4, "all pumps wait")
            await asyncio.sleep(1.5)  # what was under way has landed
            before = len(times(tmp_path, "received"))
            await asyncio.sleep(2)
            after = len(times(tmp_path, "received"))

        seconds = await answered(municipality, business)
    assert before == after
    assert seconds < _SOON
    assert told(municipality, "database away") == []


async def test_a_standby_that_is_promoted_is_found(tmp_path: Path, restless: Cluster, emptied: str) -> None:
    with copies(restless) as first, copies(first, "--write-recovery-conf") as second:
        name = first.fresh(emptied)
        await in_step(first)
        hosts = f"host={first.folder},{second.folder}&target_session_attrs=primary"
        database = Database(url=f"postgresql+asyncpg://adapter@/{name}?{hosts}")
        async with under_load(tmp_path, database) as (municipality, business):
            first.kill()
            await until(lambda: told(municipality, "database away"), "away")
            await asyncio.to_thread(second.promote)

            seconds = await answered(municipality, business)

            await until(lambda: told(municipality, "database back"), "back")
            await until(lambda: told(municipality, "name held again"), "the name held again")
            held = await owner.running(database)
        Client(database).close()
    assert seconds < _SOON
    assert held == ["prov"]


async def in_step(primary: Cluster) -> None:
    """Let the *primary* confirm nothing before its standby has it."""
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.execute("SELECT pg_reload_conf()")
    state = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
    await until(lambda: primary.execute(state), "a synchronous standby")
