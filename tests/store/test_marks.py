"""Marks: claims begin where a look found the first row, and pass nothing over for long."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.lifecycle import State
from shs_adapter.store import claims, tables
from shs_adapter.store.marks import Mark
from shs_adapter.store.vault import Vault
from shs_adapter.store.work import Work, open_look
from tests.store.rows import MINUTE, NOW, add, built, claim

SECOND = timedelta(seconds=1)


class Clock:
    """It stands until it is put forward."""

    def __init__(self) -> None:
        self.now = timedelta(days=1)

    def __call__(self) -> timedelta:
        return self.now


async def look(stead: Database, database: AsyncEngine) -> Work:
    opened = await open_look(stead, database.dialect)
    try:
        return await opened.waiting(NOW)
    finally:
        opened.close()


async def ids(database: AsyncEngine, mark: Mark, limit: int = 1) -> list[int]:
    return [row.id for row in await claim(database, limit=limit, mark=mark)]


@pytest.mark.parametrize(
    "newcomer",
    [
        pytest.param({"priority": 1}, id="more urgent"),
        pytest.param({"due_at": NOW - 5 * MINUTE}, id="due for longer"),
        pytest.param({"priority": None}, id="without a priority"),
    ],
)
async def test_what_comes_to_stand_before_a_mark_is_claimed_after_the_next_look(
    stead: Database, database: AsyncEngine, newcomer: dict[str, Any]
) -> None:
    first, second = [await add(database, due_at=NOW - MINUTE) for _ in range(2)]
    mark = Mark(Clock())
    mark.looked((await look(stead, database)).new)

    before = await ids(database, mark)
    third = await add(database, **newcomer)
    passed_over = await ids(database, mark)
    mark.looked((await look(stead, database)).new)
    afterwards = await ids(database, mark)

    assert (before, passed_over, afterwards) == ([first], [second], [third])


async def test_a_row_that_was_let_go_is_claimed_after_the_next_look(
    stead: Database, database: AsyncEngine
) -> None:
    first, _, third = [await add(database) for _ in range(3)]
    mark = Mark(Clock())
    mark.looked((await look(stead, database)).new)
    await ids(database, mark)
    await ids(database, mark)

    async with database.begin() as connection:
        await claims.let_go(connection, [first])
    meanwhile = await ids(database, mark)
    mark.looked((await look(stead, database)).new)

    assert (meanwhile, await ids(database, mark)) == ([third], [first])


async def test_a_claim_that_finds_nothing_behind_its_mark_begins_anew_once_a_second(
    stead: Database, database: AsyncEngine
) -> None:
    last = await add(database)
    clock = Clock()
    mark = Mark(clock)
    mark.looked((await look(stead, database)).new)
    assert await ids(database, mark) == [last]
    urgent = await add(database, priority=1)

    at_once = await ids(database, mark)
    other = await add(database, priority=0)
    again = await ids(database, mark)
    clock.now += SECOND
    later = await ids(database, mark)

    assert (at_once, again, later) == ([urgent], [], [other])


async def test_without_looks_a_claim_begins_at_the_beginning(stead: Database, database: AsyncEngine) -> None:
    first, second, third = [await add(database) for _ in range(3)]
    clock = Clock()
    mark = Mark(clock)
    mark.looked((await look(stead, database)).new)
    assert await ids(database, mark, limit=2) == [first, second]
    urgent = await add(database, priority=1)

    clock.now += 3 * SECOND

    assert await ids(database, mark, limit=2) == [urgent, third]


async def test_a_claim_that_was_under_way_does_not_move_a_mark_that_was_set_meanwhile(
    stead: Database, database: AsyncEngine
) -> None:
    first, second = [await add(database) for _ in range(2)]
    mark = Mark(Clock())
    mark.looked((await look(stead, database)).new)
    (began, *_) = mark.begins()
    urgent = await add(database, priority=1)

    mark.looked((await look(stead, database)).new)
    mark.claimed(began, began)

    assert await ids(database, mark, limit=3) == [urgent, first, second]


async def test_after_a_look_a_claim_gets_what_one_without_a_mark_gets(
    stead: Database, database: AsyncEngine, keys: Vault
) -> None:
    luck, mark = random.Random(4), Mark(Clock())
    for _ in range(30):
        for _ in range(luck.randrange(3)):
            due = NOW + luck.choice((-1, -1, -1, 1)) * luck.randrange(9) * MINUTE
            await add(database, priority=luck.choice((None, 1, 5, 5, 9)), due_at=due)
        if waiting := await taken(database):
            async with database.begin() as connection:
                await claims.let_go(connection, luck.sample(waiting, luck.randrange(len(waiting))))
        limit = luck.randrange(1, 4)
        expected = (await free(database))[:limit]

        found = await look(stead, database)
        mark.looked(found.new)

        assert (found.new.id if found.new else None) == next(iter(expected), None)
        assert await ids(database, mark, limit) == expected


async def taken(database: AsyncEngine) -> list[int]:
    return [row.id for row in await rows(database) if row.lease_until]


async def free(database: AsyncEngine) -> list[int]:
    """The ids of what may be claimed, in the order in which it is to be."""
    found = [row for row in await rows(database) if row.due_at <= NOW and not row.lease_until]
    ordered = sorted(found, key=lambda row: (row.priority is None, row.priority, row.due_at, row.id))
    return [row.id for row in ordered]


async def rows(database: AsyncEngine) -> list[Row[Any]]:
    async with database.connect() as connection:
        return list(await connection.execute(select(tables.outbox)))


async def test_the_look_tells_what_there_is_to_do(
    stead: Database, database: AsyncEngine, keys: Vault
) -> None:
    nothing = await look(stead, database)
    await add(database, due_at=NOW + MINUTE)
    await add(database, withdraw_reason="fel person", withdrawn_at=NOW)
    not_yet = await look(stead, database)
    ready, _ = await built(database, keys)
    new = await add(database, priority=7)
    found = await look(stead, database)
    await claim(database, State.READY)
    await add(database, person_id="201701012393")
    at_last = await look(stead, database)

    assert nothing == not_yet == Work(note=False, decode=False, new=None, ready=None)
    assert (found.note, found.new and found.new.id, found.ready and found.ready.id) == (False, new, ready)
    assert (at_last.note, at_last.new, at_last.ready) == (True, found.new, None)
