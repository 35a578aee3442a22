"""`purge`: what goes by age, when an operator says so."""

import asyncio
import getpass
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from tests.cli.test_commands import one_line
from tests.cli.test_show import asked
from tests.client import Client

LONG_AGO = "UPDATE outbox SET settled_at = '2020-01-01 00:00:00.000000'"


def rows(client: Client, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.rows(sql)]


@pytest.fixture
def old(place: Path, client: Client) -> Client:
    """A question that was answered long ago, and a configuration that keeps its answer for a day."""
    asyncio.run(asked(place, client.stead))
    client.execute(LONG_AGO)
    with (place / "adapter.toml").open("a") as file:
        file.write("[retention]\nanswers_after = 86400\n")
    return client


def test_what_is_old_is_purged_and_the_journal_says_by_whom(old: Client, command: Command) -> None:
    done = command("purge")
    again = command("purge")

    assert (done.returncode, done.stdout) == (0, "purged: answers 1, messages 0, tombstones 0\n")
    assert (again.returncode, again.stdout) == (0, "purged: answers 0, messages 0, tombstones 0\n")
    assert rows(
        old, "SELECT code, actor FROM journal WHERE event = 'purged' ORDER BY outbox_id IS NOT NULL"
    ) == [
        ("answers:1", f"operator:{getpass.getuser()}"),
        (None, f"operator:{getpass.getuser()}"),
    ]
    assert rows(old, "SELECT length(body_sealed) FROM inbox") == [(0,)]
    assert json.loads(command("show", "1", "--json").stdout)["verdict"] == "PURGED"


def test_a_dry_run_counts_and_changes_nothing(old: Client, command: Command) -> None:
    told = command("purge", "--dry-run")

    assert (told.returncode, told.stdout) == (0, "would be purged: answers 1, messages 0, tombstones 0\n")
    assert rows(old, "SELECT purged_at FROM outbox") == [(None,)]
    assert rows(old, "SELECT event FROM journal WHERE event = 'purged'") == []


def test_without_a_time_nothing_is_purged(place: Path, client: Client, command: Command) -> None:
    asyncio.run(asked(place, client.stead))
    client.execute(LONG_AGO)

    refused = command("purge")

    assert refused.returncode == 1
    assert "nothing is purged" in one_line(refused.stderr)
    assert rows(client, "SELECT purged_at FROM outbox") == [(None,)]


def test_while_another_purges_the_command_says_so(old: Client, command: Command) -> None:
    old.execute(
        "INSERT INTO duty (name, lease_token, lease_owner, lease_until, due_at)"
        " SELECT 'purge', 'x', 'a daemon', ?, settled_at"
        " FROM outbox",
        f"{datetime.now(UTC) + timedelta(minutes=4):%Y-%m-%d %H:%M:%S.%f}",
    )

    refused = command("purge")

    assert refused.returncode == 1
    assert "is purging now" in one_line(refused.stderr)


def test_what_is_purged_is_not_shown_decoded_or_tried_again(old: Client, command: Command) -> None:
    command("purge")
    before = rows(old, "SELECT state, purged_at, outcome FROM outbox")

    shown = command("show", "1", "--answer")
    decoded = command("decode", "--again")
    old.execute("UPDATE outbox SET state = 'failed', reason = 'exhausted'")
    again = [command(name, "1") for name in ("resend", "rebuild")]

    assert (shown.returncode, shown.stdout) == (1, "")
    assert "is purged" in one_line(shown.stderr)
    assert (decoded.returncode, decoded.stdout) == (0, "0 answers decoded again\n")
    assert before[0][2] != "PENDING"
    assert [one.returncode for one in again] == [1, 1]
    assert all("is purged; insert a new one" in one_line(one.stderr) for one in again)
    assert rows(old, "SELECT state FROM outbox") == [("failed",)]


def test_a_report_on_a_purged_question_says_that_its_answer_is_gone(old: Client, command: Command) -> None:
    command("purge")

    months = command("report", "income-month", "--case", "EB-1").stdout
    agencies = command("report", "agency", "--format", "json").stdout

    assert "Kan inte kontrolleras längre: svaret är gallrat" in months
    assert {row["outcome"] for row in json.loads(agencies)["rows"]} == {"PURGED"}


def test_who_looked_and_who_was_told_is_shown_of_a_question_that_is_gone(
    place: Path, client: Client, command: Command
) -> None:
    asyncio.run(asked(place, client.stead))
    assert command("show", "1", "--answer").returncode == 0
    client.execute("UPDATE attempt SET first_sent_at = built_at")
    client.execute(LONG_AGO)
    with (place / "adapter.toml").open("a") as file:
        file.write("[retention]\nquestions_after = 86400\n")
    command("purge")

    shown = command("show", "1")
    record = json.loads(command("show", "1", "--json").stdout)

    assert (shown.returncode, client.values("SELECT COUNT(*) FROM outbox")) == (0, [0])
    assert "state: purged" in shown.stdout
    assert f"actor operator:{getpass.getuser()}" in shown.stdout
    assert [one["event"] for one in record["readings"]] == ["answer-shown"]
    assert {one["agency"] for one in record["disclosures"]} >= {"AF", "SO"}
