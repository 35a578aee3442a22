"""`report` as an operator meets it: the list, what is refused, what the journal says of a look at persons."""

import json
import os
from pathlib import Path

import pytest

from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.store import vault
from tests.cli.conftest import Command
from tests.client import Client, Row
from tests.reports import filling


@pytest.fixture
def filled(place: Path, client: Client, command: Command) -> Path:
    """The place, with a database that holds the household of `filling`."""
    filling.household(client, vault.load(place / "keys.toml"))
    return place


def journal(client: Client) -> list[Row]:
    return client.rows("SELECT event, code, outbox_id FROM journal")


def test_without_a_name_it_lists_the_reports_a_line_each(command: Command) -> None:
    listed = command("report")

    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(REPORTS)
    assert "income-month    Inkomster per månad: " in listed.stdout


@pytest.mark.parametrize("option", [("--format", "csv"), ("--case", ""), ("--persons",)])
def test_without_a_name_no_option_is_taken(
    filled: Path, client: Client, command: Command, option: tuple[str, ...]
) -> None:
    refused = command("report", *option)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "which report?" in refused.stderr
    assert journal(client) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("income-mont",), "the nearest is 'income-month'"),
        (("payment", "--from", "2026-13-01"), "2026-13-01"),
        (("payment", "--from", "2026-11-02", "--to", "2026-11-01"), "--from lies after --to"),
        (("volume", "--case", "EB-17"), "volume is not about persons, and takes no --case"),
        (("agency-quality", "--persons"), "agency-quality is not about persons, and takes no --persons"),
        (("payment", "--format", "pdf"), "'pdf' is not one of"),
    ],
)
def test_what_it_cannot_take_is_refused(
    filled: Path, client: Client, command: Command, arguments: list[str], said: str
) -> None:
    refused = command("report", *arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in " ".join(refused.stderr.split())
    assert journal(client) == []


def test_a_report_opens_with_time_period_and_what_could_not_be_checked(
    filled: Path, command: Command
) -> None:
    lines = command("report", "payment", "--case", "EB-17").stdout.splitlines()

    assert lines[:3] == ["Utbetalningar", "Hämtat: 2026-11-24 13:05", "Period: 2026-09-18–2026-10-20"]
    assert lines[3] == "Kunde inte kontrolleras:"
    assert lines[4].startswith(
        "  EB-17 Medsökande: CSN 2026-09-01–2026-10-31 (Uppgifterna från CSN kunde inte"
    )
    assert lines[5] == "  uppgifter om personer med skyddade personuppgifter (1)"


@pytest.mark.parametrize("wanted", [("--case", "EB-99"), ("--from", "2030-01-01"), ("--tenant", "another")])
def test_where_nothing_was_asked_nothing_is_checked(
    filled: Path, command: Command, wanted: tuple[str, str]
) -> None:
    for name in ("payment", "income-month", "outstanding"):
        shown = command("report", name, *wanted).stdout
        assert "  ingen fråga motsvarar urvalet, så inget är kontrollerat\n" in shown, name
        assert "har svarat" not in shown, name


def test_only_where_all_that_was_asked_is_answered_is_nothing_left_to_check(
    filled: Path, client: Client, command: Command
) -> None:
    client.execute("DELETE FROM gap")
    client.execute("UPDATE outbox SET withdrawn_at = '2026-11-24 12:00:00.000000' WHERE tx_id IS NULL")

    whole = command("report", "payment", "--from", "2026-09-01", "--to", "2026-10-31").stdout
    beyond = command("report", "payment", "--from", "2026-08-01", "--to", "2026-10-31").stdout

    assert "  inget, alla tillfrågade myndigheter har svarat för de dagar som de tillfrågades om\n" in whole
    assert "inget, alla" not in beyond
    assert "  allt utanför 2026-09-01–2026-10-31, för frågorna gäller bara de dagarna\n" in beyond


@pytest.mark.parametrize(
    ("name", "wanted", "rows"),
    [
        ("payment", ("--from", "2026-10-20", "--to", "2026-10-20", "--case", "EB-17"), 3),
        ("payment", ("--to", "2026-10-19"), 1),
        ("income-month", ("--from", "2026-10-31"), 3),
        ("change", ("--to", "2026-09-30"), 0),
        ("unverified", ("--from", "2026-10-31"), 3),
        ("unverified", ("--from", "2026-11-01"), 0),
        ("request", ("--from", "2026-11-24", "--to", "2026-11-24"), 4),
        ("request", ("--to", "2026-11-23"), 0),
        ("household", ("--case", "EB-18"), 1),
        ("agency", ("--from", "2026-11-25"), 0),
        ("volume", ("--from", "2026-11-24"), 4),
        ("volume", ("--tenant", "another"), 0),
    ],
)
def test_filters_leave_the_rows_that_were_asked_for(
    filled: Path, command: Command, name: str, wanted: tuple[str, ...], rows: int
) -> None:
    report = json.loads(command("report", name, *wanted, "--format", "json").stdout)

    assert len(report["rows"]) == rows


def test_persons_are_named_only_when_asked_for_and_the_journal_says_so_first(
    filled: Path, client: Client, command: Command
) -> None:
    without = command("report", "payment", "--format", "csv")
    before = journal(client)
    shown = command("report", "payment", "--format", "csv", "--persons")

    assert filling.PERSON not in without.stdout
    assert before == []
    assert filling.PERSON in shown.stdout
    assert filling.CHILD in shown.stdout
    assert "Vårdbidrag" in shown.stdout
    assert journal(client) == [("persons-shown", "payment", None)]


def test_the_journal_tells_the_choice_without_a_number_typed_into_it(
    filled: Path, client: Client, command: Command
) -> None:
    command("report", "payment", "--persons", "--tenant", "default", "--case", f"EB {filling.PERSON}")

    assert journal(client) == [("persons-shown", "payment tenant=default case=EB ***", None)]


def test_nothing_is_shown_that_the_journal_cannot_say(filled: Path, client: Client, command: Command) -> None:
    client.execute("ALTER TABLE journal RENAME TO gone")

    refused = command("report", "payment", "--persons", "--out", str(filled / "report.csv"))

    assert (refused.returncode, refused.stdout) == (3, "")
    assert not (filled / "report.csv").exists()


def test_a_file_is_its_owners_alone_and_replaces_what_was_there(filled: Path, command: Command) -> None:
    out = filled / "report.xlsx"
    out.write_text("old")

    done = command("report", "household", "--format", "xlsx", "--out", str(out))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.read_bytes().startswith(b"PK")
    assert out.stat().st_mode & 0o777 == 0o600
    assert not list(filled.glob("*.part"))
    assert [file.name for file in filled.glob("report.*")] == ["report.xlsx"]


def test_what_is_no_file_is_not_replaced(filled: Path, command: Command) -> None:
    pipe = filled / "pipe"
    os.mkfifo(pipe)

    refused = command("report", "volume", "--out", str(pipe))

    assert refused.returncode == 1
    assert "is no file" in refused.stderr
    assert pipe.is_fifo()


def test_the_first_and_the_last_day_that_there_are_may_be_written(filled: Path, command: Command) -> None:
    every = command("report", "request", "--format", "json")
    wide = command("report", "request", "--format", "json", "--from", "0001-01-01", "--to", "9999-12-31")

    assert wide.returncode == 0, wide.stderr
    assert json.loads(wide.stdout)["rows"] == json.loads(every.stdout)["rows"] != []


def test_a_place_that_cannot_be_written_is_one_line(filled: Path, command: Command) -> None:
    failed = command("report", "volume", "--out", str(filled / "missing" / "report.csv"))

    assert failed.returncode == 1
    assert "cannot be written (No such file or directory)" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_a_database_that_is_not_there_is_one_line_and_leaves_no_file(
    unmigrated: Path, command: Command
) -> None:
    out = unmigrated / "report.csv"

    failed = command("report", "volume", "--out", str(out))

    assert failed.returncode == 3
    assert "run `shs-adapter migrate`" in failed.stderr
    assert not out.exists()
