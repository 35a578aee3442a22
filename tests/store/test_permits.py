"""Permits: never more than there may be, none lost for ever, and none that keeps a mailbox waiting."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.store import engine, permits
from shs_adapter.store.permits import Kind, Permit, Pool
from tests.store.rows import MINUTE, NOW

SECOND = timedelta(seconds=1)
SLOTS = Pool("shs.example.se", Kind.SLOT, 3)
RATE = Pool("shs.example.se", Kind.RATE, 2, rest=SECOND)


async def provide(database: AsyncEngine, *pools: Pool) -> None:
    async with database.begin() as connection:
        for pool in pools:
            await permits.provide(connection, pool)


async def take(
    database: AsyncEngine, pool: Pool, most: int = 99, owner: str = "one", at: datetime = NOW
) -> list[Permit]:
    async with database.begin() as connection:
        return await permits.take(connection, pool, most, owner=owner, lease=MINUTE, now=at)


async def ask(
    database: AsyncEngine, pool: Pool, owner: str = "one mailbox", at: datetime = NOW
) -> Permit | None:
    async with database.begin() as connection:
        return await permits.ask(connection, pool, owner=owner, lease=MINUTE, now=at)


async def give_back(database: AsyncEngine, pool: Pool, held: Collection[Permit], at: datetime = NOW) -> None:
    async with database.begin() as connection:
        await permits.give_back(connection, pool, held, at)


async def test_all_daemons_together_have_as_many_as_there_are(database: AsyncEngine) -> None:
    await provide(database, SLOTS)

    first = await take(database, SLOTS, 2, "one")
    second = await take(database, SLOTS, 2, "two")

    assert (len(first), len(second)) == (2, 1)
    assert not {one.id for one in first} & {one.id for one in second}
    assert await take(database, SLOTS, 2, "three") == []


async def test_claimers_at_once_never_have_more(stead: Database, database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    other, had, most = engine.open_engine(stead), 0, 0

    async def work(through: AsyncEngine, owner: str) -> None:
        nonlocal had, most
        for _ in range(10):
            mine = await take(through, SLOTS, 2, owner)
            had += len(mine)
            most = max(most, had)
            await asyncio.sleep(0.005)
            had -= len(mine)
            await give_back(through, SLOTS, mine)

    await asyncio.gather(work(database, "one"), work(other, "two"), work(other, "three"))
    await other.dispose()

    assert most == SLOTS.size


async def test_what_is_given_back_is_anybodys(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    held = await take(database, SLOTS)

    await give_back(database, SLOTS, held[:2])

    assert len(await take(database, SLOTS, owner="two")) == 2


async def test_a_dead_daemons_permits_are_free_when_its_leases_end(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    dead = await take(database, SLOTS)

    early = await take(database, SLOTS, owner="two", at=NOW + MINUTE - SECOND)
    late = await take(database, SLOTS, owner="two", at=NOW + MINUTE)
    await give_back(database, SLOTS, dead)  # it was not dead after all

    assert early == []
    assert len(late) == 3
    assert await take(database, SLOTS, owner="three", at=NOW + MINUTE) == []


async def test_only_what_was_given_back_is_free_although_one_lease_took_several(
    database: AsyncEngine,
) -> None:
    await provide(database, SLOTS)
    lost = await take(database, SLOTS, 1)
    again = await take(database, SLOTS, at=NOW + MINUTE)  # the same row among others, on another token
    kept = {one.id for one in again} - {lost[0].id}

    await give_back(database, SLOTS, [*lost, Permit(min(kept), again[0].token)])

    (free,) = await take(database, SLOTS, owner="two", at=NOW + MINUTE)
    assert free.id == min(kept)


async def test_a_restarted_daemon_takes_back_its_own_but_what_is_under_way(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    mine = await take(database, SLOTS, 2, "one")
    others = await take(database, SLOTS, 1, "two")

    async with database.begin() as connection:
        await permits.take_back(connection, SLOTS, ["one", "one mailbox"], NOW, under_way=mine[:1])

    (free,) = await take(database, SLOTS, owner="three")
    assert free.id == mine[1].id
    assert others


async def test_a_lowered_limit_leaves_the_rest_unused_and_a_raised_one_makes_more(
    database: AsyncEngine,
) -> None:
    lowered = Pool(SLOTS.counterpart, Kind.SLOT, 1)
    raised = Pool(SLOTS.counterpart, Kind.SLOT, 5)
    await provide(database, SLOTS, lowered)

    few = await take(database, lowered)
    await give_back(database, lowered, few)
    await provide(database, raised)

    assert len(few) == 1
    assert len(await take(database, raised)) == 5


async def test_counterparts_and_kinds_have_permits_of_their_own(database: AsyncEngine) -> None:
    other = Pool("other.example.se", Kind.SLOT, 1)
    await provide(database, SLOTS, RATE, other)
    await take(database, SLOTS)

    assert len(await take(database, other)) == 1
    assert len(await take(database, RATE)) == 2


async def test_a_permit_of_the_rate_rests_after_it_was_used(database: AsyncEngine) -> None:
    await provide(database, RATE)
    used = await take(database, RATE)
    answered = NOW + 5 * SECOND
    await give_back(database, RATE, used, answered)

    early = await take(database, RATE, at=answered + 0.99 * SECOND)
    late = await take(database, RATE, at=answered + SECOND)

    assert early == []
    assert len(late) == 2


async def test_a_dead_daemons_permits_of_the_rate_rest_after_its_last_request_can_have_arrived(
    database: AsyncEngine,
) -> None:
    await provide(database, RATE)
    await take(database, RATE)

    early = await take(database, RATE, owner="two", at=NOW + MINUTE)
    late = await take(database, RATE, owner="two", at=NOW + MINUTE + SECOND)

    assert (len(early), len(late)) == (0, 2)


async def test_what_is_free_is_counted_without_what_is_kept(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    held = await take(database, SLOTS)
    await ask(database, SLOTS)
    await give_back(database, SLOTS, held)

    async with database.begin() as connection:
        found = await permits.free(connection, SLOTS, lease=MINUTE, now=NOW)

    assert found == len(await take(database, SLOTS)) == 2


async def test_a_mailbox_gets_the_next_slot_however_many_questions_wait(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    questions = await take(database, SLOTS)

    refused = await ask(database, SLOTS)
    await give_back(database, SLOTS, questions)
    left = await take(database, SLOTS, owner="two")
    given = await ask(database, SLOTS)

    assert refused is None
    assert len(left) == 2  # one is kept
    assert given is not None


async def test_what_is_kept_for_a_mailbox_that_does_not_come_back_is_free_soon(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    questions = await take(database, SLOTS)
    await ask(database, SLOTS)
    await give_back(database, SLOTS, questions)

    assert len(await take(database, SLOTS, owner="two", at=NOW + SECOND)) == 3


async def test_each_mailbox_that_waits_has_one_kept_for_itself(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    questions = await take(database, SLOTS)
    for _ in range(3):  # asking again keeps no other
        await ask(database, SLOTS, "one mailbox")
        await ask(database, SLOTS, "another mailbox")
    await give_back(database, SLOTS, questions)

    left = await take(database, SLOTS)
    both = [await ask(database, SLOTS, f"{name} mailbox") for name in ("another", "one")]

    assert len(left) == 1
    assert all(both)


async def test_mailboxes_leave_one_slot_of_several_to_questions(database: AsyncEngine) -> None:
    await provide(database, SLOTS)

    given = [await ask(database, SLOTS, f"mailbox {no}") for no in range(3)]

    assert [one is not None for one in given] == [True, True, False]
    assert len(await take(database, SLOTS)) == 1


async def test_the_only_slot_is_everybodys(database: AsyncEngine) -> None:
    only = Pool(SLOTS.counterpart, Kind.SLOT, 1)
    await provide(database, only)

    first = await ask(database, only)
    assert first is not None
    meanwhile = await take(database, only)
    await give_back(database, only, [first])

    assert meanwhile == []
    assert len(await take(database, only)) == 1


async def test_two_who_ask_for_the_only_permit_of_the_rate_take_turns(database: AsyncEngine) -> None:
    only = Pool(RATE.counterpart, Kind.RATE, 1, rest=SECOND)
    await provide(database, only)
    had, now = list[str](), NOW

    for _ in range(4):
        asked = [(name, await ask(database, only, name, now)) for name in ("busy", "other")]
        ((name, held),) = [(name, one) for name, one in asked if one]
        had.append(name)
        await ask(database, only, "busy", now)  # what it has, nobody can have kept
        await ask(database, only, "other", now)
        await give_back(database, only, [held], now)
        await ask(database, only, "busy", now + 0.5 * SECOND)  # nor while it rests
        await ask(database, only, "other", now + 0.5 * SECOND)
        now += SECOND

    assert had == ["busy", "other", "busy", "other"]


async def test_who_had_the_only_permit_last_has_it_again_where_nobody_waits(database: AsyncEngine) -> None:
    only = Pool(RATE.counterpart, Kind.RATE, 1, rest=SECOND)
    await provide(database, only)
    for no in range(3):
        held = await ask(database, only, at=NOW + no * SECOND)
        assert held is not None
        await give_back(database, only, [held], NOW + no * SECOND)


async def test_who_asks_for_the_only_permit_has_it_next_and_knows_when(database: AsyncEngine) -> None:
    only = Pool(RATE.counterpart, Kind.RATE, 1, rest=SECOND)
    await provide(database, only)

    async def worth(owner: str, at: datetime) -> bool:
        async with database.begin() as connection:
            return await permits.is_worth_asking(connection, only, owner=owner, lease=MINUTE, now=at)

    held = await ask(database, only, "mailbox")
    assert held is not None
    before = [await worth(name, NOW) for name in ("mailbox", "questions", "other")]
    await ask(database, only, "questions")
    kept = [await worth(name, NOW) for name in ("mailbox", "questions", "other")]
    await give_back(database, only, [held])
    rested = [await worth(name, NOW + SECOND) for name in ("mailbox", "questions", "other")]

    assert before == [False, True, True]  # who has it cannot have it kept
    assert kept == [False, False, False]
    assert rested == [False, True, False]
    assert await ask(database, only, "mailbox", NOW + SECOND) is None
    assert await ask(database, only, "questions", NOW + SECOND) is not None


async def test_who_holds_on_to_the_only_slot_does_not_keep_it_for_another_as_long(
    database: AsyncEngine,
) -> None:
    only = Pool(SLOTS.counterpart, Kind.SLOT, 1)
    await provide(database, only)
    held = await ask(database, only)
    assert held is not None
    await ask(database, only, "a mailbox that dies")

    async with database.begin() as connection:
        await permits.hold(connection, held, NOW + 5 * MINUTE)
    await give_back(database, only, [held])

    assert await ask(database, only, "another") is None
    assert await ask(database, only, "another", NOW + 2 * SECOND) is not None


async def test_a_slot_that_is_held_on_to_is_nobody_elses(database: AsyncEngine) -> None:
    await provide(database, SLOTS)
    held = await ask(database, SLOTS)
    assert held is not None

    async with database.begin() as connection:
        still = await permits.hold(connection, held, NOW + 2 * MINUTE)
    others = await take(database, SLOTS, at=NOW + MINUTE)
    async with database.begin() as connection:
        await permits.give_back(connection, SLOTS, [held], NOW)
        lost = await permits.hold(connection, held, NOW + 3 * MINUTE)

    assert (still, lost) == (True, False)
    assert held.id not in {one.id for one in others}


async def test_what_is_in_flight_is_counted_and_dead_leases_are_not(database: AsyncEngine) -> None:
    await provide(database, SLOTS, RATE)
    now = datetime.now(UTC)
    await take(database, SLOTS, 1, at=now - 2 * MINUTE)
    await take(database, SLOTS, 2, at=now)
    await take(database, RATE, 2, at=now)

    async with database.begin() as connection:
        assert await permits.in_flight(connection) == {SLOTS.counterpart: 2}
