"""Texts of many megabytes in a row become a failed question with its code, and hold up nobody."""

from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.daemon import intake
from tests.daemon.daemons import running, until
from tests.daemon.municipality import PERSONS, found
from tests.daemon.scripted import ScriptedNode
from tests.databases import Cluster
from tests.hostile.huge_rows import CODES, COLUMNS, MEGABYTE, questions

ORDINARY = {"person_id": PERSONS[0], "case_id": "E-1", "officer": "prov"}
LONGEST = 25_000  # bytes of any value that is kept


async def test_huge_texts_in_any_column_fail_their_own_questions(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    asked = [(name, await municipality.ask(**row)) for name, row in questions(ORDINARY, MEGABYTE, each=2)]

    async with running(municipality):
        other = await municipality.ask(PERSONS[1])
        await until(lambda: municipality.question(other)["state"] == "accepted", "an ordinary one is sent")
        failed = "SELECT id FROM outbox WHERE state = 'failed'"
        await until(lambda: len(municipality.rows(failed)) == len(asked), "all have failed")

    rows = {row["id"]: row for row in municipality.rows("SELECT * FROM outbox")}
    assert {(name, rows[one]["failure_code"]) for name, one in asked} == {
        (name, CODES.get(name, name)) for name in COLUMNS
    }
    assert all(row["person_id"] is None for row in rows.values())
    for row in rows.values():
        assert not [name for name in row.names if len(str(row[name] or "").encode()) > LONGEST]
    references = [rows[one]["reference"] for name, one in asked if name == "reference"]
    assert len(set(references)) == 2
    assert all(len(one) > intake._KEPT["reference"] for one in references)


async def test_a_huge_text_that_is_written_later_changes_nothing(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: municipality.question(question)["state"] == "accepted", "sent")
        for name in ("case_id", "officer", "unit", "tenant"):
            await municipality.execute(f"UPDATE outbox SET {name} = ?", "x" * MEGABYTE)

    row = municipality.question(question)
    assert all(1 < len(row[name]) < LONGEST for name in ("case_id", "officer", "unit", "tenant"))


ODD = {
    "a NUL": b"a\0" + b"x" * MEGABYTE,
    "no end of one character": b"\xf0" + b"\x80" * MEGABYTE,
    "latin-1": b"\xe5" * MEGABYTE,
}


@pytest.mark.parametrize("kind", ["TEXT", "BLOB"])
@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
async def test_sqlite_takes_any_bytes_and_keeps_few_of_them(
    tmp_path: Path, path: Path, stead: Database, value: bytes, kind: str
) -> None:
    municipality = found(tmp_path, stead, "https://localhost:1")
    columns = (*COLUMNS, "priority")
    for name in columns:
        await municipality.execute(f"INSERT INTO outbox ({name}) VALUES (CAST(? AS {kind}))", value)

    longest = "SELECT MAX(LENGTH(CAST({0} AS BLOB))) AS {0} FROM outbox"
    for name in columns:
        assert municipality.values(longest.format(name))[0] <= LONGEST, name


async def test_a_trigger_that_calls_itself_ends(path: Path, tmp_path: Path, stead: Database) -> None:
    municipality = found(tmp_path, stead, "https://localhost:1")
    for name in COLUMNS:
        await municipality.execute(f"INSERT INTO outbox ({name}) VALUES (?)", "å" * MEGABYTE)
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA recursive_triggers = ON")
        for name in COLUMNS:
            connection.execute(f"INSERT INTO outbox ({name}) VALUES (?)", ("ä" * MEGABYTE,))


async def test_no_index_of_postgresql_refuses_a_huge_text(
    tmp_path: Path, cluster: Cluster, stead: Database
) -> None:
    """An index takes 2,704 bytes, and the error would print the row into the server's log."""
    municipality = found(tmp_path, stead, "https://localhost:1")
    incompressible = "".join(chr(0x10000 + (n * 7919) % 0xF0000) for n in range(5000))

    number = await municipality.ask(
        tenant=incompressible, reference=incompressible, case_id=incompressible, unit=incompressible
    )

    assert len(municipality.question(number)["reference"]) < 450
