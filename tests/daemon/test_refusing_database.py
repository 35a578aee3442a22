"""A database that refuses until somebody mends it: nothing in hand is dropped, and no more is taken."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from shs_adapter.config import Database
from tests.daemon.daemons import logged, operator, process, until
from tests.daemon.municipality import Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of
from tests.databases import Cluster

_COUNT = 5
_RAISES = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$
"""


@dataclass(frozen=True, slots=True)
class Breaking:
    """What somebody does to a table, and undoes, by engine."""

    broken: Sequence[str]
    mended: Sequence[str]


def trigger(engine: str, table: str, event: str, when: str = "1 = 1") -> Breaking:
    if engine == "sqlite":
        raises = "SELECT RAISE(ABORT, 'refused')"
        made = [f"CREATE TRIGGER refuse BEFORE {event} ON {table} WHEN {when} BEGIN {raises}; END"]
        return Breaking(made, ["DROP TRIGGER refuse"])
    called = f"CREATE TRIGGER refuse BEFORE {event} ON {table} FOR EACH ROW WHEN ({when})"
    return Breaking(
        [_RAISES, f"{called} EXECUTE FUNCTION refuse()"],
        [f"DROP TRIGGER refuse ON {table}", "DROP FUNCTION refuse()"],
    )


def renamed(_engine: str, table: str, *_: str) -> Breaking:
    return Breaking([f"ALTER TABLE {table} RENAME TO away"], [f"ALTER TABLE away RENAME TO {table}"])


def denied(engine: str, table: str, *_: str) -> Breaking:
    """As PostgreSQL says it of a right that is missing: whoever runs the tests has them all."""
    way = trigger(engine, table, "INSERT")
    return Breaking(
        [one.replace("EXCEPTION 'refused'", "insufficient_privilege") for one in way.broken], way.mended
    )


WAYS: Mapping[str, Callable[..., Breaking]] = {"trigger": trigger, "renamed": renamed, "denied": denied}


def breaking(stead: Database, way: str, *what: str) -> Breaking:
    return WAYS[way]("postgresql" if stead.file is None else "sqlite", *what)


Mend = Callable[[], Awaitable[None]]


async def _broken(municipality: Municipality, way: Breaking) -> Mend:
    """Break it; returns what mends it."""

    async def mended() -> None:
        for statement in way.mended:
            await municipality.execute(statement)

    for statement in way.broken:
        await municipality.execute(statement)
    return mended


async def _accepted(municipality: Municipality) -> list[int]:
    questions = await municipality.ask_all(_COUNT)
    await until(lambda: municipality.accepted() == _COUNT, "accepted")
    return questions


async def _said(municipality: Municipality) -> str:
    """What `status` says, once the daemon has told that the database refuses."""
    await until(lambda: "database refuses" in logged(municipality), "logged")
    told = "SELECT scope FROM link WHERE scope LIKE 'database of %' AND retry_at IS NOT NULL"
    await until(lambda: municipality.rows(told), "told where status finds it")
    return await operator(municipality, "status")


async def _fetches_one(
    municipality: Municipality, node: ScriptedNode, broken: Callable[[], Awaitable[Mend]]
) -> None:
    """Messages come while the inbox is *broken*, and when it is mended."""
    async with process(municipality):
        questions = await _accepted(municipality)
        mended = await broken()
        node.letters = [made(raw) for raw in node.received for made in (confirm_of, answer_of)]
        await until(lambda: "database refuses" in logged(municipality), "logged")
        looked = len(node.paths)
        await asyncio.sleep(1)  # long enough to fetch them all; nothing is to happen
        fetched = [*node.fetched]
        await mended()
        await until(lambda: all(map(municipality.is_done, questions)), "answered")
        await until(lambda: municipality.are_closed(2 * _COUNT), "acknowledged")
        await until(lambda: "database back" in logged(municipality), "told that it is over")

    assert looked
    assert len(fetched) <= 1
    assert len(node.fetched) == len(set(node.fetched)) == 2 * _COUNT
    assert municipality.values("SELECT state FROM notice WHERE state <> 'acked'") == []


async def test_messages_are_not_fetched_into_an_inbox_that_a_trigger_closes(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality, way = found(tmp_path, stead, node.url), breaking(stead, "trigger", "inbox", "INSERT")

    await _fetches_one(municipality, node, lambda: _broken(municipality, way))


@pytest.mark.parametrize("name", ["renamed", "denied"])
async def test_messages_are_not_fetched_where_the_inbox_or_a_right_is_gone(
    tmp_path: Path, stead: Database, cluster: Cluster, node: ScriptedNode, name: str
) -> None:
    municipality, way = found(tmp_path, stead, node.url), breaking(stead, name, "inbox")

    await _fetches_one(municipality, node, lambda: _broken(municipality, way))


def checkpointed(municipality: Municipality) -> bool:
    """Whether nothing of SQLite's log is missing in the file, so that the file is what is read."""
    ((_, written, done),) = municipality.rows("PRAGMA wal_checkpoint(PASSIVE)")
    return bool(written == done)


async def test_messages_are_not_fetched_into_a_file_of_which_one_page_is_damaged(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async def damaged() -> Mend:
        place = "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'inbox' AND name LIKE '%autoindex%_2'"
        (page,) = municipality.values(place)
        (size,) = municipality.values("PRAGMA page_size")
        await until(lambda: checkpointed(municipality), "all of it in the file")
        with path.open("r+b") as file:
            file.seek((page - 1) * size)
            whole = file.read(size)
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)

        async def mended() -> None:
            with path.open("r+b") as file:
                file.seek((page - 1) * size)
                file.write(whole)

        return mended

    await _fetches_one(municipality, node, damaged)


async def test_a_receipt_that_cannot_be_recorded_is_kept_and_nothing_is_sent_again(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"request_timeout": 20, "in_flight": 2})
    way = breaking(stead, "trigger", "journal", "INSERT", "NEW.event = 'accepted'")

    async with process(municipality):
        await until(lambda: '"started"' in logged(municipality), "started")
        mended = await _broken(municipality, way)
        questions = await municipality.ask_all(_COUNT)
        said = await _said(municipality)
        sent = [*node.accepted()]
        await mended()
        await until(lambda: municipality.accepted() == _COUNT, "accepted")

    assert "database of prov" in said
    assert 0 < len(sent) <= 2
    assert len(node.accepted()) == len(set(node.accepted())) == _COUNT
    assert {municipality.question(one)["state"] for one in questions} == {"accepted"}


async def test_an_acknowledgement_that_cannot_be_recorded_is_kept_and_not_given_again(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    way = breaking(stead, "trigger", "notice", "UPDATE", "NEW.state = 'acked'")

    async with process(municipality):
        questions = await _accepted(municipality)
        mended = await _broken(municipality, way)
        node.letters = [answer_of(raw) for raw in node.received]
        said = await _said(municipality)
        await mended()
        await until(lambda: municipality.are_closed(_COUNT), "acknowledged")

    assert "database of prov" in said
    assert len(node.acknowledged) == len(set(node.acknowledged)) == _COUNT
    assert all(map(municipality.is_done, questions))
    assert municipality.alarms("unacknowledged") == []


def moved(file: Path) -> Callable[[], None]:
    away = file.with_suffix(".away")
    file.rename(away)

    def back() -> None:
        away.rename(file)

    return back


def replaced(file: Path) -> Callable[[], None]:
    """Another file takes its name at once, as a restored backup does."""
    away, other = file.with_suffix(".away"), file.with_suffix(".other")
    other.write_bytes(file.read_bytes())
    away.hardlink_to(file)
    other.replace(file)

    def back() -> None:
        away.replace(file)

    return back


@pytest.mark.parametrize(("how", "code"), [(moved, "file_gone"), (replaced, "file_replaced")])
async def test_a_database_file_that_is_taken_away_stops_everything_until_it_is_back(
    tmp_path: Path,
    stead: Database,
    path: Path,
    node: ScriptedNode,
    how: Callable[[Path], Callable[[], None]],
    code: str,
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with process(municipality):
        questions = await _accepted(municipality)
        municipality.client.close()
        mended = how(path)
        node.letters = [answer_of(raw) for raw in node.received]
        await until(lambda: f'"{code}"' in logged(municipality), "noticed")
        await until(lambda: "database away" in logged(municipality), "logged")
        fetched = len(node.fetched)
        mended()
        await until(lambda: all(map(municipality.is_done, questions)), "answered")

    assert fetched <= 1
    assert sorted(node.fetched) == sorted(set(node.fetched))
