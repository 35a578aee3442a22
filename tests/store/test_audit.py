"""Who looked, and who was told, is known for longer than the question."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Retention
from shs_adapter.errors import NotFound
from shs_adapter.lifecycle import Event
from shs_adapter.store import audit, journal, outbox, purge
from shs_adapter.store.tables import audit_disclosure, audit_reading
from shs_adapter.store.tables import journal as journal_table
from shs_adapter.store.tables import outbox as outbox_table
from shs_adapter.store.vault import Vault
from tests.store.rows import NOW, answered, begin_sending, build, built, decoded, move
from tests.store.test_purge import YEAR, count, purged, question, values

READER = "operator:anna login:bo"
FOR_EVER = Retention(questions_after=YEAR)
TEN_YEARS = Retention(questions_after=YEAR, audit_after=10 * YEAR)


async def look(database: AsyncEngine, event: str = audit.ANSWER_SHOWN, **about: Any) -> None:
    async with database.begin() as connection:
        line = journal.line(event, at=NOW, actor=READER, **about)
        await journal.write(connection, [line])


async def trail(database: AsyncEngine, outbox_id: int) -> dict[str, list[dict[str, Any]]]:
    async with database.begin() as connection:
        return await audit.of_question(connection, outbox_id)


async def test_purging_a_question_keeps_who_read_its_answer_and_who_was_told(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await question(database, keys, reference="R-1")
    await look(database, outbox_id=outbox_id, tx_id="answer")

    await purged(database, keys, FOR_EVER, 100 * YEAR)

    async with database.begin() as connection:
        with pytest.raises(NotFound):
            await outbox.one(connection, outbox_id)
    whose = {"tenant": "default", "reference": "R-1"}
    told = await trail(database, outbox_id)
    assert told["readings"] == [
        {"at": NOW, "event": "answer-shown", "tx_id": "answer", "actor": READER, **whose}
    ]
    assert [(one["agency"], one["tx_id"], one["at"]) for one in told["disclosures"]] == [("AF", tx_id, NOW)]
    assert await values(database, audit_reading.c.person_key) == ["a keyed hash"]
    assert await values(database, audit_disclosure.c.person_key) == ["a keyed hash"]


async def test_it_goes_at_its_own_time_and_not_before(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await question(database, keys)
    await look(database, outbox_id=outbox_id)
    await look(database, audit.PERSONS_SHOWN, code="payment")

    early = await purged(database, keys, TEN_YEARS, 10 * YEAR - timedelta(seconds=1))
    kept = await count(database, audit_reading), await count(database, audit_disclosure)
    late = await purged(database, keys, TEN_YEARS, 10 * YEAR)

    assert (early["readings"], early["persons-shown"], early["disclosures"], *kept) == (0, 0, 0, 1, 1)
    assert (late["readings"], late["persons-shown"], late["disclosures"]) == (1, 1, 1)
    assert await count(database, audit_reading) == await count(database, audit_disclosure) == 0
    assert audit.PERSONS_SHOWN not in await values(database, journal_table.c.event)


async def test_without_a_time_of_its_own_it_stays(database: AsyncEngine, keys: Vault) -> None:
    await look(database, audit.PERSONS_SHOWN)

    await purged(database, keys, FOR_EVER, 100 * YEAR)

    assert await values(database, journal_table.c.event) == [audit.PERSONS_SHOWN]


async def test_a_reading_of_a_question_that_stays_is_not_touched(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    await look(database, outbox_id=outbox_id)

    await purged(database, keys, TEN_YEARS, 100 * YEAR)

    assert audit.ANSWER_SHOWN in await values(database, journal_table.c.event)


async def test_what_was_never_sent_was_told_to_nobody(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    await move(database, outbox_id, Event.WITHDRAWN)

    await purged(database, keys, FOR_EVER, 100 * YEAR)

    assert await count(database, audit_disclosure) == 0
    assert await trail(database, outbox_id) == {"readings": [], "disclosures": []}


async def test_a_number_in_a_reference_is_not_kept(database: AsyncEngine, keys: Vault) -> None:
    await question(database, keys, reference="R 19770117-2392")

    await purged(database, keys, FOR_EVER, 100 * YEAR)

    assert await values(database, audit_disclosure.c.reference) == ["R ***"]


async def test_each_batch_is_bounded(database: AsyncEngine, keys: Vault) -> None:
    row = {"at": NOW, "event": audit.ANSWER_SHOWN, "question_id": 1, "actor": READER}
    async with database.begin() as connection:
        await connection.execute(insert(audit_reading), [row] * (2 * purge.BATCH + 1))

    counts = await purged(database, keys, Retention(audit_after=YEAR))

    codes = await values(database, journal_table.c.code)
    assert counts["readings"] == 2 * purge.BATCH + 1
    assert codes == [f"readings:{purge.BATCH}"] * 2 + ["readings:1"]


async def test_a_dry_run_counts_it(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await question(database, keys)
    await look(database, outbox_id=outbox_id)
    await purged(database, keys, FOR_EVER)

    told = await purge.due(database, keys, TEN_YEARS, NOW + 10 * YEAR)

    assert (told["readings"], told["disclosures"]) == (1, 1)
    assert await count(database, audit_reading) == 1


async def test_what_asked_again_is_told_with_the_first_question(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await question(database, keys, answer=decoded({"FK": "ERROR"}), reference="R-1")
    async with database.begin() as connection:
        child = await connection.scalar(
            insert(outbox_table)
            .values(root_id=outbox_id, parent_id=outbox_id, round=1, person_key="a keyed hash", case_id="E-1")
            .returning(outbox_table.c.id)
        )
    again = await build(database, keys, int(child or 0), "FK")
    await begin_sending(database, again)
    await answered(database, keys, again, decoded({"FK": "EMPTY"}))

    await purged(database, keys, FOR_EVER, 100 * YEAR)

    told = await trail(database, outbox_id)
    assert {one["tx_id"] for one in told["disclosures"]} == {tx_id, again}


@pytest.mark.parametrize("shorter", [{"answers_after": YEAR}, {"questions_after": YEAR}])
def test_it_does_not_go_before_the_question(shorter: dict[str, timedelta]) -> None:
    with pytest.raises(ValueError, match="audit_after must not be less than"):
        Retention(audit_after=YEAR / 2, **shorter)


def test_alone_it_is_a_time_too() -> None:
    assert not Retention(audit_after=YEAR).is_for_ever


@pytest.mark.parametrize("table", ["audit_reading", "audit_disclosure", "journal"])
async def test_the_walk_takes_an_index(path: Any, database: AsyncEngine, keys: Vault, table: str) -> None:
    shown = " AND event = 'persons-shown'" if table == "journal" else ""
    query = (
        f"EXPLAIN QUERY PLAN SELECT id, at FROM {table} WHERE at <= '2026'{shown} ORDER BY at, id LIMIT 50"
    )
    async with database.begin() as connection:
        plan = [row.detail for row in await connection.exec_driver_sql(query)]

    assert all("USING" in step and "INDEX ix_" in step for step in plan), plan
