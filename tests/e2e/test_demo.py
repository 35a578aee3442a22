"""From INSERT to answer, over mutual TLS, with every case of the demonstration."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shs_adapter.cli.demo_cases import Case, cases
from shs_adapter.hours import SWEDEN
from tests.e2e.conftest import Run

pytestmark = pytest.mark.xdist_group("demo")  # the demonstration is run once for all

ROOT = Path(__file__).parents[2]
CASES = cases(25, datetime.now(SWEDEN).date())

# What the demonstration promises to show.
KINDS = {
    "wrong personal number",
    "from after to",
    "withdrawn",
    "GUID as case id",
    "data at no agency",
    "ordinary",
    "ssbt-timeout",
    "bt-error",
    "shs-error",
    "late",
    "twice",
}


@pytest.fixture
def database(run: Run) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(run.database)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def one(database: sqlite3.Connection, query: str, *values: object) -> Any:
    return database.execute(query, values).fetchone()[0]


def question(database: sqlite3.Connection, label: str) -> int:
    """The id of the question that the demonstration shows under *label*."""
    reference = next(case for case in CASES if case.label == label).columns["reference"]
    return int(one(database, "SELECT id FROM outbox WHERE reference = ?", reference))


def test_the_demonstration_ends_by_itself_with_everything_as_meant(run: Run) -> None:
    assert run.exit_code == 0, run.printed.decode()
    assert str(run.database) in run.printed.decode().replace("\n", "")


def test_the_demonstration_holds_every_kind_of_question() -> None:
    assert {case.label for case in CASES} >= KINDS
    assert len(CASES) == 25


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.columns['reference']} {case.label}")
def test_a_question_ends_as_the_sandbox_means_it_to(database: sqlite3.Connection, case: Case) -> None:
    row = database.execute(
        "SELECT * FROM report_request WHERE reference = ?", (case.columns["reference"],)
    ).fetchone()

    assert (row["state"], row["verdict"]) == (case.meant.state, case.verdict)
    assert set(filter(None, (row["agencies_unverified"] or "").split(","))) == set(case.meant.unverified)
    assert case.failure_code in (None, row["failure_code"])


def test_a_person_known_to_no_agency_is_complete_and_empty(database: sqlite3.Connection) -> None:
    outcomes = database.execute(
        "SELECT outcome FROM agency_result WHERE current AND outbox_id = ?",
        (question(database, "data at no agency"),),
    ).fetchall()

    assert [row[0] for row in outcomes] == ["EMPTY"] * 7


def test_an_agency_error_names_its_source(database: sqlite3.Connection) -> None:
    sources = {row[0] for row in database.execute("SELECT kalla FROM agency_result WHERE outcome = 'ERROR'")}

    assert sources >= {"SSBT", "BT"}


def test_a_late_answer_wins_over_our_impatience(database: sqlite3.Connection) -> None:
    rows = database.execute(
        "SELECT event FROM journal WHERE outbox_id = ? ORDER BY id", (question(database, "late"),)
    )
    events = [row[0] for row in rows]

    assert events.index("timed-out") < events.index("completed")


def test_an_answer_sent_twice_is_kept_twice_and_counts_once(database: sqlite3.Connection) -> None:
    twice = question(database, "twice")

    assert one(database, "SELECT COUNT(*) FROM inbox WHERE kind = 'answer' AND outbox_id = ?", twice) == 2
    assert one(database, "SELECT answer_version FROM report_request WHERE id = ?", twice) == 1


def test_an_answer_about_somebody_else_is_quarantined(database: sqlite3.Connection) -> None:
    wrong = question(database, "wrong-person")

    assert one(database, "SELECT outcome FROM outbox WHERE id = ?", wrong) == "QUARANTINED"
    assert one(database, "SELECT COUNT(*) FROM agency_result WHERE outbox_id = ?", wrong) == 0


def test_nothing_inbound_is_dropped(database: sqlite3.Connection) -> None:
    kinds = dict(
        database.execute("SELECT kind, COUNT(*) FROM inbox WHERE outbox_id IS NULL GROUP BY kind").fetchall()
    )
    states = dict(database.execute("SELECT state, COUNT(*) FROM notice GROUP BY state").fetchall())

    assert kinds == {"invalid": 1, "unsolicited": 1}
    assert states.pop("left") == 1  # another system's message in our mailbox
    assert states.pop("acked") == one(database, "SELECT COUNT(*) FROM inbox WHERE kind <> 'invalid'")
    # What is cut off is kept, not acknowledged; and this node, which gives a message once, has no more.
    ((state, count),) = states.items()
    assert (state in ("unfetchable", "locked", "lost"), count) == (True, 1)


def test_a_long_case_id_travels_as_an_alias_that_is_kept(database: sqlite3.Connection) -> None:
    sent = one(
        database,
        "SELECT case_sent FROM attempt JOIN outbox o ON o.id = outbox_id WHERE length(case_id) > 31",
    )

    assert re.fullmatch("A-[A-Z2-7]{29}", sent)


def test_the_queries_of_the_readme_run_as_written(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "adapter.db"
    shutil.copy(run.database, copy)
    insert, reading = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    with closing(sqlite3.connect(copy)) as connection:
        connection.executescript(insert)
        found = [connection.execute(query).fetchall() for query in reading.split(";") if query.strip()]

    assert [len(rows) for rows in found] == [1, 0, 0, 0]  # inserted, and not yet looked at by any daemon


def test_the_queries_that_the_demonstration_names_run_as_printed(
    run: Run, database: sqlite3.Connection
) -> None:
    queries = re.findall(r"SELECT [^;]*;", run.printed.decode())

    assert len(queries) == 3
    assert all(database.execute(query).fetchall() for query in queries)
