"""The database: opened, checked, checkpointed, migrated."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart
from shs_adapter.store import engine, sqlite
from tests.databases import at
from tests.store.rows import add


def run(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


async def check(path: Path) -> None:
    opened = engine.open_engine(at(path))
    try:
        await engine.check(opened, at(path))
    finally:
        await opened.dispose()


async def test_a_migrated_database_can_be_used(path: Path) -> None:
    await check(path)


def _remove(path: Path) -> None:
    path.unlink()


def _scribble(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _old(path: Path) -> None:
    run(path, "UPDATE alembic_version SET version_num = '0000'")


def _unversioned(path: Path) -> None:
    run(path, "DELETE FROM alembic_version")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_remove, "database_missing"),
        (_scribble, "database_unusable"),
        (_empty, "database_unusable"),
        (_folder, "database_missing"),
        (_old, "database_version"),
        (_unversioned, "database_version"),
    ],
)
async def test_a_database_that_is_not_fit_is_one_line_that_says_what_to_do(
    path: Path, spoil: Callable[[Path], None], code: str
) -> None:
    spoil(path)

    with pytest.raises(CannotStart) as caught:
        await check(path)

    assert caught.value.code == code
    assert "run `shs-adapter migrate`" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_a_database_of_another_user_is_one_line(path: Path) -> None:
    path.chmod(0o400)

    with pytest.raises(CannotStart) as caught:
        asyncio.run(check(path))

    assert caught.value.code == "database_denied"


def test_looking_for_a_missing_database_makes_none(tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        asyncio.run(check(tmp_path / "adapter.db"))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "value"), [("synchronous", 1), ("secure_delete", 0), ("foreign_keys", 0)])
async def test_a_pragma_that_does_not_hold_is_refused(path: Path, name: str, value: int) -> None:
    opened = engine.open_engine(at(path))
    event.listen(
        opened.sync_engine,
        "connect",
        lambda connection, _: connection.cursor().execute(f"PRAGMA {name} = {value}"),
    )

    with pytest.raises(CannotStart, match=f"PRAGMA {name} is {value}") as caught:
        await engine.check(opened, at(path))
    await opened.dispose()

    assert caught.value.code == "database_pragma"


async def test_every_connection_is_durable_and_forgets_what_is_deleted(
    path: Path, database: AsyncEngine
) -> None:
    async with database.connect() as connection:
        found = {name: str(await connection.scalar(text(f"PRAGMA {name}"))) for name in sqlite.PRAGMAS}

    assert found["journal_mode"] == "wal"
    assert found["synchronous"] == "2"
    assert found["secure_delete"] == "1"
    assert found == sqlite.PRAGMAS


@pytest.mark.parametrize("name", ["a?b=c.db", "å ä.db", "100%41.db", "#1.db", "a:b@c.db"])
def test_a_database_may_have_any_name(migrated: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(migrated.read_bytes())

    asyncio.run(check(path))

    assert {file.name for file in tmp_path.iterdir()} - {f"{name}-wal", f"{name}-shm"} == {name}


async def test_a_transaction_holds_the_database_from_its_beginning(path: Path, database: AsyncEngine) -> None:
    with closing(sqlite3.connect(path, timeout=0)) as other:
        async with database.begin() as connection:
            await connection.execute(text("SELECT 1"))

            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")


async def test_a_checkpoint_empties_the_log_file(path: Path, database: AsyncEngine) -> None:
    await add(database)
    log = path.with_name(f"{path.name}-wal")
    before = log.stat().st_size

    emptied = await sqlite.checkpoint(database)

    assert before > 0
    assert emptied
    assert log.stat().st_size == 0


async def test_a_checkpoint_says_so_if_a_reader_was_in_the_way(path: Path, database: AsyncEngine) -> None:
    await add(database)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM outbox").fetchone()
        await add(database)

        blocked = await sqlite.checkpoint(database)
        async with database.connect() as connection:
            patience = await connection.scalar(text("PRAGMA busy_timeout"))
        reader.rollback()
        afterwards = await sqlite.checkpoint(database)

    assert (blocked, afterwards) == (False, True)
    assert str(patience) == sqlite.PRAGMAS["busy_timeout"]


def test_a_new_database_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "adapter.db"

    asyncio.run(engine.migrate(at(path)))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_migrating_keeps_what_the_database_holds_and_its_mode(path: Path) -> None:
    run(path, "INSERT INTO outbox (reference) VALUES ('R-1')")
    path.chmod(0o660)

    asyncio.run(engine.migrate(at(path)))

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT reference FROM outbox").fetchall() == [("R-1",)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def _foreign(path: Path) -> None:
    run(path, "UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_scribble, "database_unusable"),
        (_folder, "database_unusable"),
        (_foreign, "database_version"),
        (_unversioned, "database_unusable"),
    ],
)
def test_what_cannot_be_migrated_is_one_line(path: Path, spoil: Callable[[Path], None], code: str) -> None:
    spoil(path)

    with pytest.raises(CannotStart) as caught:
        asyncio.run(engine.migrate(at(path)))

    assert caught.value.code == code
    assert "\n" not in str(caught.value)


def test_a_migration_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "adapter.db"
    run(path, "CREATE TABLE notice (of_another_program)")

    with pytest.raises(CannotStart):
        asyncio.run(engine.migrate(at(path)))

    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("notice",)]


async def test_looks_without_a_transaction_see_what_others_commit_and_hold_up_no_checkpoint(
    stead: Database,
) -> None:
    reader, writer = engine.open_engine(stead, reading=True), engine.open_engine(stead)
    questions = text("SELECT COUNT(*) FROM outbox")
    try:
        async with reader.connect() as looking:
            await looking.execution_options(isolation_level="AUTOCOMMIT")
            before = await looking.scalar(questions)
            await add(writer)
            after = await looking.scalar(questions)
            cleared = await engine.clear_log(writer)
    finally:
        await reader.dispose()
        await writer.dispose()

    assert (before, after) == (0, 1)
    assert cleared
