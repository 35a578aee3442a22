"""From the first schema to the present one, with what may lie in a database that was used."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from shs_adapter.store import engine
from tests.databases import at


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database of the first version."""
    path = tmp_path / "adapter.db"
    config = Config()
    config.set_main_option("script_location", str(engine.migrations()))
    opened = create_engine(f"sqlite:///{path}")
    with opened.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    opened.dispose()
    return path


def put(path: Path, table: str, **row: Any) -> None:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))


def answered(path: Path, number: int, *, protected: bool = False, **columns: Any) -> None:
    """A question that was asked, and answered by AF."""
    tx_id, time = f"tx-{number}", "2026-11-20 08:00:00.000000"
    row = {"tenant": "default", "case_id": f"E-{number}", "person_key": "key", "state": "done"}
    put(path, "outbox", id=number, tx_id=tx_id, asked_agencies="AF", **(row | columns))
    texts = dict.fromkeys(("content_id", "envelope_sha256", "case_sent", "officer_sent"), "-")
    put(
        path,
        "attempt",
        tx_id=tx_id,
        outbox_id=number,
        number=1,
        corr_id=tx_id,
        contract=10,
        envelope_sealed=b"",
        from_date="2026-10-01",
        to_date="2026-10-31",
        asked=json.dumps({"AF": ["2026-10-01", "2026-10-31"]}),
        left_out="{}",
        built_at=time,
        first_sent_at=time,
        **texts,
    )
    put(
        path,
        "inbox",
        id=f"in-{number}",
        mailbox="m",
        tx_id=f"answer-{number}",
        kind="answer",
        outbox_id=number,
        attempt_tx_id=tx_id,
        body_sealed=b"",
        body_sha256="-",
        size=0,
        received_at=time,
        due_at=time,
    )
    put(
        path,
        "agency_result",
        inbox_id=f"in-{number}",
        agency="AF",
        outbox_id=number,
        outcome="DATA",
        protected=protected,
        current=True,
    )


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_what_was_asked_and_answered_is_taken_over(first: Path) -> None:
    answered(first, 1, case_id=" E-1\n", household_role="APPLICANT")

    asyncio.run(engine.migrate(at(first)))

    assert rows(first, "SELECT case_id, household_role, restricted FROM subject") == [("E-1", "APPLICANT", 0)]
    assert rows(first, "SELECT agency, day, asked_from FROM disclosure") == [
        ("AF", "2026-11-20", "2026-10-01")
    ]
    assert rows(first, "SELECT question_id, case_id, agency, outcome FROM report_agency") == [
        (1, "E-1", "AF", "DATA")
    ]


def test_a_protected_identity_stays_protected_in_every_case(first: Path) -> None:
    answered(first, 1, protected=True)
    answered(first, 2)
    answered(first, 3, person_key="another")

    asyncio.run(engine.migrate(at(first)))

    restricted = rows(first, "SELECT case_id, restricted FROM subject ORDER BY case_id")
    assert restricted == [("E-1", 1), ("E-2", 1), ("E-3", 0)]


@pytest.mark.parametrize("column", ["tenant", "case_id", "person_key"])
def test_a_question_that_lost_what_makes_it_one_stops_nothing(first: Path, column: str) -> None:
    lost: dict[str, Any] = {column: None}
    answered(first, 1, **lost)
    answered(first, 2)

    asyncio.run(engine.migrate(at(first)))

    assert rows(first, "SELECT case_id FROM subject") == [("E-2",)]


def test_the_answer_to_a_question_that_was_deleted_stops_nothing(first: Path) -> None:
    answered(first, 1)
    answered(first, 2)
    with closing(sqlite3.connect(first)) as connection, connection:
        connection.execute("DELETE FROM outbox WHERE id = 1")

    asyncio.run(engine.migrate(at(first)))

    assert rows(first, "SELECT outbox_id FROM agency_result") == [(2,)]
    assert rows(first, "SELECT id FROM inbox ORDER BY id") == [("in-1",), ("in-2",)]
