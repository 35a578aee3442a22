"""`report_request`, the contract with the back office."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.lifecycle import Event
from shs_adapter.store.vault import Vault
from tests.store.rows import NOW, SOMEBODY, add, build, built, keep_receipt, move, view

COLUMNS = """id tenant reference case_id officer unit household_role state reason failure_code failure_text
agencies agencies_answered agencies_unverified verdict settled answer_version change_no
created_at accepted_at confirmed_at finished_at attempts tx_id corr_id local_id
root_id round contract from_date to_date subject restricted"""

# What each combination of state, outcome and withdrawal is called.
VERDICTS = [
    *((state, "PENDING", "WAITING") for state in ("new", "ready", "accepted", "confirmed", "done")),
    ("failed", "PENDING", "FAILED"),
    ("done", "COMPLETE", "COMPLETE"),
    ("done", "PARTIAL", "INCOMPLETE"),
    ("done", "FAULT", "FAILED"),
    ("done", "UNDECODABLE", "FAILED"),
    ("done", "QUARANTINED", "FAILED"),
]


def test_the_columns_are_those_that_were_promised(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        found = [row[1] for row in connection.execute("PRAGMA table_info(report_request)")]

    assert sorted(found) == sorted(COLUMNS.split())


@pytest.mark.parametrize(("state", "outcome", "verdict"), VERDICTS)
async def test_a_verdict_for_every_state_and_outcome(
    database: AsyncEngine, state: str, outcome: str, verdict: str
) -> None:
    plain = await add(database, state=state, outcome=outcome)
    withdrawn = await add(database, state=state, outcome=outcome, withdrawn_at=NOW)

    assert (await view(database, plain))["verdict"] == verdict
    assert (await view(database, withdrawn))["verdict"] == "WITHDRAWN"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("FAULT", "fault"), ("UNDECODABLE", "undecodable"), ("QUARANTINED", "quarantined"), ("PARTIAL", None)],
)
async def test_an_answer_that_is_worth_nothing_says_why(
    database: AsyncEngine, outcome: str, code: str | None
) -> None:
    row = await add(database, state="done", outcome=outcome)

    assert (await view(database, row))["failure_code"] == code


async def test_the_ids_are_those_of_the_latest_envelope(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, first = await built(database, keys)
    await move(database, outbox_id, Event.REFUSED)
    await move(database, outbox_id, Event.REBUILT)
    second = await build(database, keys, outbox_id)
    async with database.begin() as connection:
        for tx_id in (first, second):
            await keep_receipt(connection, tx_id, NOW, local_id=f"local-{tx_id}")

    seen = await view(database, outbox_id)

    assert (seen["tx_id"], seen["corr_id"], seen["local_id"]) == (second, second, f"local-{second}")


async def test_the_agencies_are_those_asked_for_and_until_then_those_wished_for(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id = await add(database, agencies="AF", **SOMEBODY)
    wished = await view(database, outbox_id)
    await build(database, keys, outbox_id, "AF,CSN")
    asked = await view(database, outbox_id)

    assert (wished["agencies"], asked["agencies"]) == ("AF", "AF,CSN")


async def test_the_view_shows_nothing_that_names_the_person(database: AsyncEngine) -> None:
    outbox_id = await add(database, person_id="201701012393")

    assert "201701012393" not in str(await view(database, outbox_id))
