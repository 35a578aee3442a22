"""Writes that are sent together."""

from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store import journal
from shs_adapter.store.bulk import Writes
from shs_adapter.store.report_tables import disclosure, subject
from shs_adapter.store.tables import counter
from shs_adapter.store.tables import journal as journal_table
from shs_adapter.store.vault import Vault
from tests.store.rows import NOW, built

PLANNED = {"asked_from": "2026-09-01", "asked_to": "2026-10-31"}


def person(key: str) -> dict[str, Any]:
    return {"tenant": "default", "case_id": "E-1", "person_key": key}


async def rows(database: AsyncEngine, query: Any) -> list[tuple[Any, ...]]:
    async with database.begin() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_writes_are_all_written_in_order_and_on_postgresql_as_one_statement(
    database: AsyncEngine,
) -> None:
    sent: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    writes = Writes()
    writes.insert(subject, [person("a"), person("b")])
    journal.add(writes, [journal.line(str(no), at=NOW, actor="test") for no in range(20)])
    writes.update(counter, ["name"], [{"name": "change", "value": 7}])

    async with database.begin() as connection:
        await writes.send(connection)

    written = [statement for statement in sent if "BEGIN" not in statement]
    assert len(written) == (1 if database.dialect.name == "postgresql" else 3)
    assert await rows(database, select(subject.c.person_key).order_by(subject.c.id)) == [("a",), ("b",)]
    lines = await rows(database, select(journal_table.c.event).order_by(journal_table.c.id))
    assert lines == [(str(no),) for no in range(20)]
    assert await rows(database, select(counter.c.value).where(counter.c.name == "change")) == [(7,)]


async def test_what_was_sent_is_not_sent_again(database: AsyncEngine) -> None:
    writes = Writes()
    writes.insert(subject, [person("a")])

    async with database.begin() as connection:
        await writes.send(connection)
        await writes.send(connection)

    assert await rows(database, select(subject.c.person_key)) == [("a",)]


async def test_a_table_without_rows_leaves_the_others_as_they_are(database: AsyncEngine) -> None:
    writes = Writes()
    writes.insert(disclosure, [], names=disclosure.c.keys())
    writes.insert(subject, [person("a")])
    writes.insert(subject, [])

    async with database.begin() as connection:
        await writes.send(connection)

    assert await rows(database, select(subject.c.person_key)) == [("a",)]
    assert await rows(database, select(disclosure)) == []


async def test_records_set_what_they_name_and_what_is_set_once_stays(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "AF")
    writes = Writes()
    said = [{"latency": 10, "outcome": "DATA"}, {"latency": 20, "outcome": "ERROR", "kalla": "BT"}]
    for row in said:
        writes.update(
            disclosure, ["tx_id", "agency"], [{"tx_id": tx_id, "agency": "AF", **row}], once=["latency"]
        )
        async with database.begin() as connection:
            await writes.send(connection)

    query = select(*(disclosure.c[name] for name in ("agency", "latency", "outcome", "kalla")))
    assert await rows(database, query) == [("AF", 10, "ERROR", "BT")]


async def test_where_one_part_cannot_be_written_none_is(database: AsyncEngine) -> None:
    writes = Writes()
    writes.insert(subject, [person("a")])
    writes.insert(disclosure, [{"tx_id": "no envelope", "agency": "AF", **PLANNED}])

    with pytest.raises(IntegrityError):
        async with database.begin() as connection:
            await writes.send(connection)

    assert await rows(database, select(subject)) == []
