"""A row of any types fails alone, with its code, and no command or report stumbles over it."""

import json
from pathlib import Path

import openpyxl
import pytest

from shs_adapter.config import Database
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.export import WRITERS
from shs_adapter.store import vault
from tests.cli.conftest import client, place
from tests.client import Client
from tests.daemon.conftest import node
from tests.daemon.daemons import running, until
from tests.daemon.municipality import found
from tests.daemon.scripted import ScriptedNode
from tests.hostile.commands import run
from tests.hostile.odd_values import HARMLESS, VALUES, insert
from tests.reports import filling
from tests.store.test_schema import BUSINESS

__all__ = ["client", "node", "place"]


@pytest.fixture
def odd(path: Path, place: Path, client: Client) -> Path:
    """The household, and behind it questions whose columns hold every odd value, built or not."""
    filling.household(client, vault.load(place / "keys.toml"))
    insert(path)
    return place


def spoil(client: Client, value: str) -> None:
    """Put *value* where it was fit when the questions were built."""
    for table, columns in (
        ("outbox", [one for one in BUSINESS if one not in ("reference", "person_id")]),
        ("subject", ["tenant", "case_id", "household_role"]),
    ):
        changes = ", ".join(f"{one} = {value}" for one in columns)
        client.execute(f"UPDATE OR IGNORE {table} SET {changes} WHERE id <= 4")


def test_every_command_tells_of_them(odd: Path, path: Path, client: Client) -> None:
    for number in client.values("SELECT id FROM outbox ORDER BY id"):
        done = run(odd, "show", str(number), *(("--json",) if number % 2 else ()))
        assert (done.code, done.err) == (0, ""), number
        assert "2392" not in done.out, number
        if number % 2:
            json.loads(done.out)
    for arguments in (("status",), ("status", "--json"), ("purge", "--dry-run"), ("decode", "--again")):
        done = run(odd, *arguments)
        assert done.code in (0, 1), arguments
        assert "2392" not in done.out + done.err


@pytest.mark.parametrize("form", WRITERS)
def test_every_report_tells_of_them(odd: Path, path: Path, client: Client, form: str) -> None:
    client.execute("DELETE FROM outbox WHERE length(CAST(case_id AS TEXT)) > 1000")  # wrapping takes its time
    for value in VALUES if form in ("json", "csv") else ("bytes that are no text", "a zero character"):
        if value == "nothing":
            continue  # a subject has a tenant and a case
        spoil(client, VALUES[value])
        for name in REPORTS if value == "bytes that are no text" else ("request", "household"):
            out = odd / f"out.{form}"
            done = run(odd, "report", name, "--format", form, "--out", str(out))

            assert (done.code, done.out, done.err) == (0, "", ""), (name, value)
            if form == "json":
                json.loads(out.read_text())
            if form == "xlsx":
                openpyxl.load_workbook(out, read_only=True).close()
            else:
                assert filling.PERSON[-4:] not in out.read_text(encoding="utf-8-sig"), (name, value)


@pytest.mark.parametrize("wanted", ["\x1b", "=1", "'", "%", "\u202e", "a" * 100_000, "", "197701172392"])
def test_no_filter_is_too_odd(place: Path, client: Client, wanted: str) -> None:
    for option in ("--case", "--tenant"):
        done = run(place, "report", "request", option, wanted, "--persons", "--out", str(place / "out"))

        assert done.code == 0
        assert "2392" not in done.out + done.err


async def test_the_daemon_fails_each_alone(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    first = await municipality.ask()
    rows = insert(path)
    last = await municipality.ask()

    async with running(municipality):
        await until(
            lambda: municipality.values("SELECT COUNT(*) FROM outbox WHERE state IN ('new', 'ready')") == [0],
            "all have ended or are accepted",
        )

    ended = {
        number: (state, code)
        for number, state, code in municipality.rows("SELECT id, state, failure_code FROM outbox")
    }
    assert {ended[one][0] for one in (first, last)} == {"accepted"}
    assert municipality.values("SELECT COUNT(*) FROM outbox WHERE person_id IS NOT NULL") == [0]
    assert not [rows[one] for one in rows if ended[one][1] == "unexpected"]
    for number, (column, value) in rows.items():
        state, code = ended[number]
        assert state in ("accepted", "failed"), (column, value)
        if column not in HARMLESS and "bytes" in value:
            assert (state, bool(code)) == ("failed", True), (column, value, state)
