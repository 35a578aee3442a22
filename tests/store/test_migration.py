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
from sqlalchemy import Connection, create_engine, text

from shs_adapter.config import Database
from shs_adapter.store import engine
from shs_adapter.store.vault import Vault
from tests.client import Client
from tests.databases import Cluster, alone, at


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database of the first version."""
    path = tmp_path / "adapter.db"
    opened = create_engine(f"sqlite:///{path}")
    with opened.begin() as connection:
        upgrade(connection, "0001")
    opened.dispose()
    return path


def upgrade(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(engine.migrations()))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


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
    told = "SELECT agency, day, asked_from FROM disclosure JOIN attempt USING (tx_id)"
    assert rows(first, told) == [("AF", "2026-11-20", "2026-10-01")]
    assert rows(first, "SELECT question_id, case_id, agency, outcome FROM report_agency") == [
        (1, "E-1", "AF", "DATA")
    ]


def test_a_view_of_the_back_office_on_ours_is_taken_along(first: Path) -> None:
    answered(first, 1)
    opened = create_engine(f"sqlite:///{first}")
    with opened.begin() as connection:
        upgrade(connection, "0008")
        connection.execute(
            text("CREATE VIEW mine AS SELECT tenant, SUM(asked) AS asked FROM report_volume GROUP BY tenant")
        )
    opened.dispose()

    asyncio.run(engine.migrate(at(first)))

    assert rows(first, "SELECT * FROM mine") == [("default", 2)]


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


BODY, PAYLOAD, PURGED = "b" * 64, "c" * 64, "in-3"
DIGESTS = f"""
UPDATE inbox SET body_sha256 = CASE WHEN id = 'in-3' THEN '{PURGED}' ELSE '{BODY}' END,
                 payload_sha256 = CASE WHEN id = 'in-2' THEN '{PAYLOAD}' END
"""


def test_digests_are_keyed_and_the_old_ones_are_in_no_file(first: Path, keys: Vault) -> None:
    for number in (1, 2, 3):
        answered(first, number)
    with closing(sqlite3.connect(first)) as connection, connection:
        connection.execute("UPDATE attempt SET envelope_sha256 = ?", ["e" * 64])
        connection.execute(DIGESTS)

    asyncio.run(engine.migrate(at(first), keys))

    assert rows(first, "SELECT id, body_sha256, payload_sha256 FROM inbox ORDER BY id") == [
        ("in-1", keys.keyed(BODY), None),
        ("in-2", keys.keyed(BODY), keys.keyed(PAYLOAD)),
        ("in-3", PURGED, None),
    ]
    held = b"".join(file.read_bytes() for file in first.parent.glob("adapter.db*"))
    assert [digest for digest in (BODY, PAYLOAD, "e" * 64) if digest.encode() in held] == []


def test_without_a_key_file_digests_are_blanked(first: Path) -> None:
    for number in (1, 2, 3):
        answered(first, number)
    with closing(sqlite3.connect(first)) as connection, connection:
        connection.execute(DIGESTS)

    asyncio.run(engine.migrate(at(first)))

    assert rows(first, "SELECT body_sha256, payload_sha256 FROM inbox ORDER BY id") == [
        ("in-1", None),
        ("in-2", None),
        ("in-3", None),
    ]


async def _at_version(database: Database, version: str) -> None:
    """As that version did it, in `public`."""
    opened = engine.open_engine(database)
    async with opened.begin() as connection:
        await connection.execute(text("SET LOCAL search_path = public"))
        await connection.run_sync(upgrade, version)
    await opened.dispose()


def test_postgresql_takes_the_day_of_sending_over_and_keeps_what_was_granted(
    cluster: Cluster, keys: Vault
) -> None:
    name = cluster.fresh()
    database = Database(url=cluster.url(name))
    alone(_at_version(database, "0008"))
    client = Client(database)
    client.execute("INSERT INTO outbox (id, tenant) VALUES (1, 'default')")
    client.execute(
        "INSERT INTO subject (id, tenant, case_id, person_key) VALUES (1, 'default', 'E-1', 'key')"
    )
    texts = "content_id, envelope_sha256, case_sent, officer_sent, from_date, to_date, asked, left_out"
    empty = ", ".join(["''"] * 8)
    for tx_id, day in (("tx-1", "'2026-11-20'"), ("tx-2", "NULL")):
        client.execute(
            f"INSERT INTO attempt (tx_id, corr_id, outbox_id, number, contract, envelope_sealed, built_at,"
            f" {texts}) VALUES ('{tx_id}', '{tx_id}', 1, {tx_id[-1]}, 10, '', now(), {empty})"
        )
        client.execute(
            "INSERT INTO disclosure"
            " (tx_id, agency, outbox_id, root_id, subject_id, tenant, round, asked_from, asked_to, day)"
            f" VALUES ('{tx_id}', 'AF', 1, 1, 1, 'default', 0, '', '', {day})"
        )
    client.execute("GRANT SELECT ON report_volume TO pg_monitor")
    client.execute(
        "INSERT INTO inbox (id, mailbox, tx_id, kind, body_sealed, body_sha256, size, received_at, due_at)"
        f" VALUES ('in-1', 'm', 'x', 'answer', '', '{BODY}', 0, now(), now())"
    )

    alone(engine.migrate(database, keys))

    assert [tuple(row) for row in client.rows("SELECT tx_id, day FROM attempt ORDER BY tx_id")] == [
        ("tx-1", "2026-11-20"),
        ("tx-2", None),
    ]
    volume = client.rows("SELECT day, agency, asked FROM report_volume ORDER BY agency")
    assert [tuple(row) for row in volume] == [("2026-11-20", "AF", 1), ("2026-11-20", "ALL", 1)]
    assert client.values("SELECT body_sha256 FROM inbox") == [keys.keyed(BODY)]
    assert client.values("SELECT has_table_privilege('pg_monitor', 'report_volume', 'SELECT')") == [True]
    client.close()
    cluster.drop(name)
