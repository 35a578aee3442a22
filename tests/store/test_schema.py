"""The tables as migrated: the same as the metadata, and open to what a business system writes."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, delete, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.lifecycle import Event, State
from shs_adapter.store import (
    attempts,
    claims,
    engine,
    inbox,
    notices,
    outbox,
    persons,
    purge,
    report_tables,
    settling,
    tables,
    tombstones,
    work,
)
from shs_adapter.store.marks import Mark, Place
from shs_adapter.store.vault import Vault
from tests.databases import at
from tests.store.rows import ACTOR, MINUTE, NOW, add, move, row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a row that was never looked at is due at once

BUSINESS = [
    "tenant",
    "reference",
    "person_id",
    "case_id",
    "officer",
    "unit",
    "household_role",
    "from_date",
    "to_date",
    "agencies",
    "lefi_profile",
    "priority",
    "not_before",
    "give_up_at",
    "created_by",
    "withdraw_reason",
    "contract",
    "ask_anyway_reason",
]


def declared(path: Path) -> dict[str, list[str]]:
    """Tables and indexes as SQLite keeps their text, part by part: types, defaults, keys, conditions."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql <> '' AND type IN ('table', 'index')"
        )
        texts = {name: parts(sql) for name, sql in rows}
    return {
        name: lines for name, lines in texts.items() if name not in {"alembic_version", "sqlite_sequence"}
    }


def parts(sql: str) -> list[str]:
    """What stands between the commas of a definition, sorted: a column that was added stands at its end.

    A table that was rebuilt has its name in quotes.
    """
    head, _, inside = sql.strip().removesuffix(")").partition("(")
    found, depth = [""], 0
    for letter in " ".join(inside.split()):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [head.strip().replace('"', ""), *sorted(part.strip() for part in found)]


def test_the_migrations_make_what_the_metadata_says(path: Path, tmp_path: Path) -> None:
    drawn = create_engine(f"sqlite:///{tmp_path / 'drawn.db'}")
    report_tables.metadata.create_all(drawn)
    drawn.dispose()

    assert declared(path) == declared(tmp_path / "drawn.db")


async def test_alembic_finds_nothing_to_migrate(database: AsyncEngine) -> None:
    def compared(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), report_tables.metadata)

    async with database.connect() as connection:
        found = await connection.run_sync(compared)

    assert found == []


def test_the_version_that_is_checked_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(engine.migrations()))

    assert ScriptDirectory.from_config(config).get_current_head() == engine.HEAD


def test_migrating_again_changes_nothing(path: Path) -> None:
    before = path.read_bytes()

    version = asyncio.run(engine.migrate(at(path)))

    assert version == engine.HEAD
    assert path.read_bytes() == before


def test_what_the_business_system_writes_is_text_and_is_never_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        columns = {name: (kind, needed) for _, name, kind, needed, *_ in info(connection, "outbox")}

    assert {name: columns[name] for name in BUSINESS} == {
        name: ("INTEGER" if name == "priority" else "TEXT", 0) for name in BUSINESS
    }
    assert not [line for line in declared(path)["outbox"] if "CHECK" in line]


def info(connection: sqlite3.Connection, table: str) -> list[tuple[int, str, str, int, str | None, int]]:
    return connection.execute(f"PRAGMA table_info({table})").fetchall()


def test_a_row_of_nothing_but_defaults_is_a_question(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO outbox DEFAULT VALUES")
        connection.commit()

        seen = connection.execute(
            "SELECT tenant, priority, state, reason, outcome, attempts, answer_version, change_no FROM outbox"
        ).fetchone()

    assert seen == ("default", 5, "new", "", "PENDING", 0, 0, 0)


async def test_times_that_the_database_writes_are_read_as_utc(database: AsyncEngine) -> None:
    outbox_id = await add(database)

    question = await row(database, outbox_id)

    assert question.due_at == EPOCH
    assert abs((question.created_at - EPOCH).total_seconds() - sqlite_now()) < 60
    assert question.created_at.utcoffset().total_seconds() == 0


def sqlite_now() -> float:
    with closing(sqlite3.connect(":memory:")) as connection:
        return float(connection.execute("SELECT strftime('%s', 'now')").fetchone()[0])


async def test_a_time_without_zone_is_not_written(database: AsyncEngine) -> None:
    outbox_id = await add(database)

    with pytest.raises(Exception, match="a time without zone"):
        await move(database, outbox_id, Event.DEFERRED, due_at=NOW.replace(tzinfo=None))


async def test_a_reference_is_asked_once_a_tenant(database: AsyncEngine) -> None:
    await add(database, tenant="a", reference="R-1")
    await add(database, tenant="b", reference="R-1")

    with pytest.raises(IntegrityError):
        await add(database, tenant="a", reference="R-1")


@pytest.mark.parametrize("reference", [None, ""])
async def test_a_reference_that_is_not_given_is_free(database: AsyncEngine, reference: str | None) -> None:
    first = await add(database, reference=reference)
    second = await add(database, reference=reference)

    assert first != second


async def test_a_refused_row_is_not_printed_by_the_error(database: AsyncEngine) -> None:
    await add(database, reference="R-1")

    with pytest.raises(IntegrityError) as caught:
        await add(database, reference="R-1", person_id="201701012393")

    assert "201701012393" not in str(caught.value)


async def test_an_id_is_never_used_twice(database: AsyncEngine) -> None:
    first = await add(database)
    async with database.begin() as connection:
        await connection.execute(delete(tables.outbox))

    assert await add(database) > first


async def test_what_is_done_every_second_never_reads_the_whole_outbox(
    database: AsyncEngine, keys: Vault
) -> None:
    if database.dialect.name == "postgresql":
        await crowd(database)
    column, asked = tables.outbox.c, []

    @event.listens_for(database.sync_engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, values: object, *___: object) -> None:
        asked.append((statement, values))

    async with database.begin() as connection:
        for tenants, place in (
            (None, None),
            (["a", "b"], None),
            (None, Place(5, NOW, 1)),
            (None, Place(None, NOW, 1)),
        ):
            mark = Mark()
            mark.looked(place)
            await claims.claim(
                connection,
                State.READY,
                limit=5,
                owner=ACTOR,
                lease=MINUTE,
                now=NOW,
                tenants=tenants,
                mark=mark,
            )
        await outbox.ids(connection, outbox.is_in(State.NEW), column.deadline_at <= NOW, limit=5)
        await outbox.ids(connection, outbox.is_in(State.ACCEPTED, State.CONFIRMED), limit=5)
        await outbox.taken_back(connection, 5)
        look = work.Statement(connection.dialect)
        asked.append((look.query, tuple(look.values(NOW))))
        await persons.seal(connection, keys, 5)
        await settling.settle(connection, NOW, MINUTE, 5)
        await inbox.claim(connection, limit=5, owner=ACTOR, lease=MINUTE, now=NOW)
        await notices.due(connection, "m", NOW, 5)
        await notices.ignored(connection, "m", NOW, NOW)
        await outbox.begun(connection, [1])
        await attempts.by_corr_ids(connection, ["c"])
        for where in (False, True):
            await purge._families(connection, (EPOCH, 1), until=EPOCH + MINUTE, purged=where)
        await purge._strays(connection, (EPOCH, ""), until=NOW)
        await purge._tombstones(connection, (EPOCH, 1), until=NOW)
        await tombstones.known(connection, ["c"])
        plans = await connection.run_sync(explained, asked[1:])

    assert len(plans) >= 10
    for statement, steps in plans:
        assert not [step for step in steps if reads_all(step)], (statement, steps)


@pytest.mark.parametrize(
    ("place", "sqlite", "postgresql"),
    [
        (Place(5, NOW, 7), "((priority,due_at)>(?,?))", "(ROW(priority, due_at, id) >= ROW("),
        (Place(None, NOW, 7), "(priority=? AND due_at>? AND due_at<?)", "(ROW(due_at, id) >= ROW("),
    ],
)
async def test_a_claim_begins_in_the_index_where_its_mark_stands(
    database: AsyncEngine, place: Place, sqlite: str, postgresql: str
) -> None:
    asked: list[tuple[str, object]] = []
    mark = Mark()
    mark.looked(place)

    @event.listens_for(database.sync_engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, values: object, *___: object) -> None:
        asked.append((statement, values))

    async with database.begin() as connection:
        if database.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL enable_seqscan = off"))  # for the table is empty
            await connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        asked.clear()
        await claims.claim(connection, State.READY, limit=5, owner=ACTOR, lease=MINUTE, now=NOW, mark=mark)
        ((_, steps), *_) = await connection.run_sync(explained, asked)

    wanted = {"sqlite": sqlite, "postgresql": postgresql}[database.dialect.name]
    assert any(wanted in step for step in steps), steps


async def crowd(database: AsyncEngine) -> None:
    """Enough finished questions that reading all of them is never the cheapest way."""
    rows = "INSERT INTO outbox (state, settled_at) SELECT 'done', now() FROM generate_series(1, 20000)"
    async with database.begin() as connection:
        await connection.execute(text(rows))
        await connection.execute(text("ANALYZE outbox"))


def explained(connection: Connection, asked: list[tuple[str, object]]) -> list[tuple[str, list[str]]]:
    """How the database would go about each statement."""
    driver = connection.connection.cursor()
    word, column = ("EXPLAIN QUERY PLAN", 3) if connection.dialect.name == "sqlite" else ("EXPLAIN", 0)
    plans = []
    for statement, values in list(asked):
        driver.execute(f"{word} {statement}", values)  # type: ignore[arg-type]  # as it was run
        plans.append((statement, [step[column] for step in driver.fetchall()]))
    return plans


def reads_all(step: str) -> bool:
    """Whether a step of a plan reads a whole table, and not only what an index or a list has of it."""
    ours = step.startswith("SCAN") and "INDEX ix_" not in step
    lists = ("due", "CONSTANT ROW", "json_each VIRTUAL", "new_priorities", "ready_priorities", "first_ones")
    return (
        ours and not step.startswith(tuple(f"SCAN {one}" for one in lists))
    ) or "Seq Scan on outbox" in step
