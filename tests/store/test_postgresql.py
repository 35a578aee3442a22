"""PostgreSQL: its settings checked, its password read anew, one daemon a name, and no turn for two."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart
from shs_adapter.lifecycle import State
from shs_adapter.store import claims, engine, owner
from tests.databases import Cluster
from tests.store.rows import MINUTE, add
from tests.store.test_schema import explained


async def complaint(database: Database) -> CannotStart:
    opened = engine.open_engine(database)
    try:
        with pytest.raises(CannotStart) as caught:
            await engine.check(opened, database)
    finally:
        await opened.dispose()
    assert "\n" not in str(caught.value)
    return caught.value


async def test_a_migrated_database_can_be_used(cluster: Cluster, stead: Database) -> None:
    opened = engine.open_engine(stead)

    await engine.check(opened, stead)

    await opened.dispose()


async def test_a_database_that_is_not_migrated_says_what_to_do(cluster: Cluster) -> None:
    error = await complaint(Database(url=cluster.url(cluster.fresh())))

    assert error.code == "database_unusable"
    assert "run `shs-adapter migrate`" in str(error)


async def test_a_server_that_is_away_is_one_line(tmp_path: Path) -> None:
    error = await complaint(Database(url=f"postgresql+asyncpg://shs@/shs?host={tmp_path}"))

    assert error.code == "database_unusable"


@pytest.mark.parametrize("whose", ["adapter@/nowhere", "nobody@/postgres"])
async def test_a_database_or_user_that_does_not_exist_is_one_line(cluster: Cluster, whose: str) -> None:
    error = await complaint(Database(url=f"postgresql+asyncpg://{whose}?host={cluster.folder}"))

    assert error.code == "database_unusable"


async def test_a_session_that_may_forget_a_commit_is_refused(cluster: Cluster, stead: Database) -> None:
    error = await complaint(Database(url=f"{stead.url}&synchronous_commit=off"))

    assert error.code == "database_setting"
    assert "synchronous_commit is off" in str(error)


async def test_the_password_comes_from_its_file(cluster: Cluster, stead: Database, tmp_path: Path) -> None:
    file = tmp_path / "password"
    error = await complaint(msgspec.structs.replace(stead, password_file=file))
    file.write_text("anything is trusted here\n")
    opened = engine.open_engine(msgspec.structs.replace(stead, password_file=file))

    await engine.check(opened, stead)

    await opened.dispose()
    assert error.code == "database_password"


async def test_a_name_is_one_daemons_and_free_when_it_ends(cluster: Cluster, stead: Database) -> None:
    async with owner.held(stead, "one", lost=pytest.fail), owner.held(stead, "two", lost=pytest.fail):
        running = await owner.running(stead)
        holder = asyncio.create_task(_hold(stead, "one"))
        await asyncio.sleep(0.5)
        early = holder.done()

    await asyncio.wait_for(holder, 10)
    assert running == ["one", "two"]
    assert not early
    assert await owner.running(stead) == []


async def _hold(stead: Database, name: str) -> None:
    async with owner.held(stead, name, lost=pytest.fail):
        pass


async def test_turns_follow_each_other_and_claims_wait_for_none(
    cluster: Cluster, stead: Database, database: AsyncEngine
) -> None:
    order: list[str] = []

    async def later() -> None:
        async with engine.turn(database):
            order.append("second")

    async with engine.turn(database):
        waiting = asyncio.create_task(later())
        await asyncio.sleep(0.2)
        await add(database)
        order.append("first")
    await waiting

    assert order == ["first", "second"]


async def test_an_engine_for_reading_writes_nothing_and_sees_one_moment(
    cluster: Cluster, stead: Database, database: AsyncEngine
) -> None:
    reader = engine.open_engine(stead, reading=True)
    count = text("SELECT COUNT(*) FROM outbox")
    async with reader.connect() as connection:
        before = await connection.scalar(count)
        await add(database)
        after = await connection.scalar(count)

    with pytest.raises(DBAPIError, match="read-only"):
        await add(reader)

    await reader.dispose()
    assert (before, after) == (0, 0)


async def test_what_is_passing_is_told_from_what_is_wrong(
    cluster: Cluster, stead: Database, database: AsyncEngine
) -> None:
    async with database.connect() as connection:
        with pytest.raises(DBAPIError) as wrong:
            await connection.execute(text("SELECT no_such_column FROM outbox"))
    async with database.connect() as connection:
        with pytest.raises(DBAPIError) as cut:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    assert not engine.is_passing(wrong.value)
    assert engine.is_passing(cut.value)
    assert engine.is_passing(ConnectionRefusedError())


async def test_old_versions_of_questions_are_given_up_without_waiting_for_many(
    cluster: Cluster, database: AsyncEngine, stead: Database
) -> None:
    """A table has a map of what everybody sees once it is vacuumed."""
    await add(database)
    mapped = "SELECT pg_relation_size('outbox', 'vm')"
    async with database.connect() as connection:
        before = await connection.scalar(text(mapped))

    cleared = await engine.clear_log(database)

    async with database.connect() as connection:
        assert (before, cleared, await connection.scalar(text(mapped)) > 0) == (0, True, True)


async def test_no_statistics_are_kept_of_personal_numbers(
    cluster: Cluster, database: AsyncEngine, stead: Database
) -> None:
    for number in range(9):
        await add(database, person_id="197701182391", officer="anna", case_id=f"E-{number}")
    kept = "SELECT attname FROM pg_stats WHERE tablename = 'outbox' AND attname IN ('person_id', 'officer')"

    async with database.begin() as connection:
        await connection.execute(text("ANALYZE outbox"))
        found = list(await connection.scalars(text(kept)))

    assert found == ["officer"]


async def test_a_backlog_of_new_questions_is_claimed_along_its_index(
    cluster: Cluster, database: AsyncEngine, stead: Database
) -> None:
    """Sorting all that is new at every claim would be slower the more there is."""
    asked: list[tuple[str, object]] = []
    new = "SELECT 'new', now(), 'x' FROM generate_series(1, 50000)"
    backlog = f"INSERT INTO outbox (state, due_at, person_sealed) {new}"
    async with database.begin() as connection:
        await connection.execute(text(backlog))
        await connection.execute(text("ANALYZE outbox"))

    event.listen(
        database.sync_engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3]))
    )
    async with database.begin() as connection:
        claimed = await claims.claim(
            connection, State.NEW, limit=200, owner="one", lease=MINUTE, now=datetime.now(UTC)
        )
        ((_, steps),) = await connection.run_sync(explained, asked[-1:])

    assert len(claimed) == 200
    assert not [step for step in steps if "Sort" in step]
