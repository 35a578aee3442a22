"""What a mailbox list showed, and what became of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store import notices, tables
from shs_adapter.store.notices import OPEN, NoticeState, Seen
from tests.store.rows import MINUTE, NOW


def seen(tx_id: str, *, ours: bool = True) -> Seen:
    return Seen(
        tx_id=tx_id,
        corr_id=None,
        content_id=None,
        product="product",
        sequence_type="reply",
        sender="2021005521",
        ours=ours,
        outbox_id=None,
    )


def _rest(tries: int) -> timedelta:
    return tries * 10 * MINUTE


async def note(database: AsyncEngine, *listed: Seen, mailbox: str = "m", minutes: int = 0) -> int:
    async with database.begin() as connection:
        return await notices.note(connection, mailbox, listed, NOW + minutes * MINUTE, _rest)


async def change(database: AsyncEngine, tx_id: str, **columns: Any) -> None:
    notice = await one(database, tx_id)
    async with database.begin() as connection:
        await notices.change(connection, list(notices.NoticeState), {notice.id: columns})


async def one(database: AsyncEngine, tx_id: str) -> Row[Any]:
    async with database.begin() as connection:
        return (await connection.execute(select(tables.notice).where(tables.notice.c.tx_id == tx_id))).one()


async def due(database: AsyncEngine, mailbox: str = "m", minutes: int = 0, limit: int = 9) -> list[str]:
    async with database.begin() as connection:
        rows = await notices.due(connection, mailbox, NOW + minutes * MINUTE, limit)
        return [row.tx_id for row in rows]


async def test_what_is_listed_is_written_down_once(database: AsyncEngine) -> None:
    first = await note(database, seen("a"), seen("b"), seen("a"))
    again = await note(database, seen("b"), seen("c"), minutes=1)

    assert (first, again) == (2, 1)
    assert await due(database, minutes=1) == ["a", "b", "c"]
    a, b = await one(database, "a"), await one(database, "b")
    assert (a.first_seen_at, a.last_seen_at) == (NOW, NOW)
    assert (b.first_seen_at, b.last_seen_at) == (NOW, NOW + MINUTE)


async def test_an_empty_list_is_nothing_new(database: AsyncEngine) -> None:
    assert await note(database) == 0


async def test_one_tx_id_in_two_mailboxes_is_two_notices(database: AsyncEngine) -> None:
    await note(database, seen("a"), mailbox="m")
    await note(database, seen("a"), mailbox="n")

    assert (await due(database, "m"), await due(database, "n")) == (["a"], ["a"])


async def test_what_is_not_ours_is_noted_and_left(database: AsyncEngine) -> None:
    fresh = await note(database, seen("a", ours=False))
    again = await note(database, seen("a", ours=False), minutes=1)

    assert (fresh, again) == (1, 0)
    assert await due(database) == []
    assert (await one(database, "a")).state == NoticeState.LEFT


async def test_what_turns_out_to_be_ours_is_fetched(database: AsyncEngine) -> None:
    await note(database, seen("a", ours=False))

    fresh = await note(database, seen("a"), minutes=1)

    assert fresh == 1
    assert await due(database, minutes=1) == ["a"]


@pytest.mark.parametrize("state", OPEN)
async def test_a_notice_under_way_is_not_disturbed_by_being_listed_again(
    database: AsyncEngine, state: NoticeState
) -> None:
    await note(database, seen("a"))
    await change(database, "a", state=state, tries=3, missing_since=NOW, due_at=NOW + 9 * MINUTE)

    fresh = await note(database, seen("a"), minutes=1)

    notice = await one(database, "a")
    assert fresh == 0
    assert (notice.state, notice.tries, notice.missing_since) == (state, 3, NOW)
    assert notice.due_at == NOW + 9 * MINUTE


@pytest.mark.parametrize("state", [NoticeState.ACKED, NoticeState.UNACKNOWLEDGED, NoticeState.LOST])
async def test_what_was_finished_and_is_listed_again_is_fetched_again(
    database: AsyncEngine, state: NoticeState
) -> None:
    await note(database, seen("a"))
    await change(database, "a", state=state, missing_since=NOW)

    fresh = await note(database, seen("a"), minutes=1)

    notice = await one(database, "a")
    assert fresh == 1
    assert (notice.state, notice.missing_since, notice.due_at) == ("listed", NOW, NOW + MINUTE)


async def test_what_the_node_never_takes_off_its_list_is_fetched_more_and_more_seldom(
    database: AsyncEngine,
) -> None:
    await note(database, seen("a"))
    for minutes in (1, 2, 3):
        await change(database, "a", state=NoticeState.ACKED)
        await note(database, seen("a"), minutes=minutes)

    notice = await one(database, "a")
    assert (notice.tries, notice.due_at) == (3, NOW + 23 * MINUTE)


@pytest.mark.parametrize("state", list(NoticeState))
async def test_only_open_notices_are_worked_on(database: AsyncEngine, state: NoticeState) -> None:
    await note(database, seen("a"))
    await change(database, "a", state=state)

    assert await due(database) == (["a"] if state in OPEN else [])


async def test_notices_are_worked_on_when_due_oldest_first_and_a_few_at_a_time(database: AsyncEngine) -> None:
    await note(database, seen("a"), seen("b"), seen("c"), seen("d"))
    await change(database, "b", due_at=NOW + MINUTE)

    assert await due(database) == ["a", "c", "d"]
    assert await due(database, limit=2) == ["a", "c"]
    assert await due(database, minutes=1) == ["a", "b", "c", "d"]


async def test_what_stays_in_the_mailbox_is_counted_while_it_is_seen(database: AsyncEngine) -> None:
    await note(database, seen("left", ours=False), seen("large"), seen("normal"))
    await note(database, seen("elsewhere", ours=False), mailbox="n")
    await change(database, "large", state=NoticeState.UNFETCHABLE, due_at=NOW + MINUTE)

    async with database.begin() as connection:
        now = await notices.ignored(connection, "m", NOW, NOW)
        later = await notices.ignored(connection, "m", NOW, NOW + MINUTE)

    assert (now, later) == (2, 0)
