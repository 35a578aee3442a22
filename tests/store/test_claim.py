"""Claiming: who may work on which rows, and in what order."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.lifecycle import Event, State
from shs_adapter.store import engine, outbox
from shs_adapter.store.vault import Vault
from tests.store.rows import ACTOR, MINUTE, NOW, add, built, claim, move, row


async def ids(database: AsyncEngine, **how: object) -> list[int]:
    return [row.id for row in await claim(database, **how)]  # type: ignore[arg-type]  # passed on


async def test_the_most_urgent_go_first_then_the_longest_due_then_the_oldest(database: AsyncEngine) -> None:
    tenth = await add(database, priority=10, due_at=NOW - 9 * MINUTE)
    younger = await add(database, priority=2, due_at=NOW - MINUTE)
    same = await add(database, priority=2, due_at=NOW - MINUTE)
    older = await add(database, priority=2, due_at=NOW - 2 * MINUTE)
    first = await add(database, priority=1, due_at=NOW)

    assert await ids(database) == [first, older, younger, same, tenth]


async def test_a_limit_takes_the_most_urgent(database: AsyncEngine) -> None:
    last, first, second = [await add(database, priority=priority) for priority in (None, 1, 5)]

    assert await ids(database, limit=2) == [first, second]
    assert await ids(database, limit=2) == [last]


async def test_a_priority_that_is_no_number_goes_last_and_harms_no_other(
    path: Path, database: AsyncEngine
) -> None:
    """PostgreSQL refuses it."""
    words = await add(database, priority="genast")
    nothing = await add(database, priority=None)
    given = await add(database, priority=99)
    digits = await add(database, priority="2")
    broken = await add(database, priority=2.5)

    found = await ids(database)

    assert found[:3] == [digits, broken, given]
    assert set(found[3:]) == {words, nothing}


async def test_bytes_that_are_no_utf8_harm_no_other_row(path: Path, database: AsyncEngine) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO outbox (officer) VALUES (CAST(? AS TEXT))", ("Åke".encode("latin-1"),)
        )
        connection.commit()
    good = await add(database, officer="Åke")

    found = await claim(database)

    assert [row.officer for row in found] == ["\ufffdke", "Åke"]
    assert found[1].id == good


async def test_what_is_not_due_is_left(database: AsyncEngine) -> None:
    now = await add(database, due_at=NOW)
    await add(database, due_at=NOW + timedelta(microseconds=1))

    assert await ids(database) == [now]


async def test_a_lease_keeps_a_row_from_others_until_it_runs_out(database: AsyncEngine) -> None:
    outbox_id = await add(database)

    first = await ids(database, owner="one")
    meanwhile = await ids(database, owner="two", at=NOW + MINUTE - timedelta(microseconds=1))
    afterwards = await ids(database, owner="two", at=NOW + MINUTE)

    assert (first, meanwhile, afterwards) == ([outbox_id], [], [outbox_id])
    assert (await row(database, outbox_id)).lease_owner == "two"


async def test_every_claim_has_a_token_of_its_own(database: AsyncEngine) -> None:
    await add(database)

    (first,) = await claim(database)
    (second,) = await claim(database, at=NOW + MINUTE)

    assert first.lease_token != second.lease_token
    assert first.lease_until == NOW + MINUTE


async def test_a_lease_further_ahead_than_any_could_be_is_void(database: AsyncEngine) -> None:
    """The clock was an hour ahead when it was taken, and has been put right."""
    outbox_id = await add(database)
    await claim(database, at=NOW + timedelta(hours=1))

    assert await ids(database, at=NOW) == [outbox_id]


async def test_tenants_narrow_the_choice(database: AsyncEngine) -> None:
    a, b = await add(database, tenant="a"), await add(database, tenant="b")
    unknown = await add(database, tenant=None)

    assert await ids(database, tenants=["a"]) == [a]
    assert await ids(database, tenants=[]) == []
    assert await ids(database, tenants=None) == [b, unknown]


async def test_what_is_to_be_withdrawn_is_not_claimed(database: AsyncEngine) -> None:
    await add(database, withdraw_reason="fel person")
    empty = await add(database, withdraw_reason="")

    assert await ids(database) == [empty]


async def test_what_is_past_its_deadline_is_not_claimed(database: AsyncEngine) -> None:
    await add(database, deadline_at=NOW)
    in_time = await add(database, deadline_at=NOW + MINUTE)

    assert await ids(database) == [in_time]


async def test_only_the_wanted_state_is_claimed(database: AsyncEngine, keys: Vault) -> None:
    new = await add(database)
    ready, _ = await built(database, keys)
    await move(database, (await built(database, keys))[0], Event.ACCEPTED)
    await move(database, (await built(database, keys))[0], Event.COMPLETED)

    assert await ids(database, state=State.READY) == [ready]
    assert (await row(database, new)).lease_token is None


async def test_two_claimers_never_get_the_same_row(stead: Database, database: AsyncEngine) -> None:
    for number in range(60):
        await add(database, priority=number % 3)
    other = engine.open_engine(stead)

    async def work(through: AsyncEngine, owner: str) -> list[int]:
        taken: list[int] = []
        while rows := await claim(through, limit=3, owner=owner):
            taken += [row.id for row in rows]
            await asyncio.sleep(0.01)  # SQLite lets one writer starve another that never rests
        return taken

    shares = await asyncio.gather(work(database, "one"), work(other, "two"))
    await other.dispose()

    assert sorted(shares[0] + shares[1]) == list(range(1, 61))
    assert all(shares)


async def test_a_row_taken_over_is_lost_to_the_first(database: AsyncEngine) -> None:
    outbox_id = await add(database)
    (slow,) = await claim(database)
    (quick,) = await claim(database, at=NOW + MINUTE)

    async with database.begin() as connection:
        kept = [
            await outbox.record(
                connection, outbox_id, Event.DEFERRED, at=NOW, actor=ACTOR, token=one.lease_token
            )
            for one in (slow, quick, quick)
        ]

    assert kept == [False, True, False]
