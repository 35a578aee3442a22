"""Duties: one daemon at a time, none too often, and none for ever."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store import duties
from shs_adapter.store.duties import Duty
from tests.store.rows import MINUTE, NOW


async def take(
    database: AsyncEngine, owner: str = "one", at: datetime = NOW, name: str = "mailbox:m"
) -> Duty | None:
    async with database.begin() as connection:
        return await duties.take(connection, name, owner=owner, lease=MINUTE, now=at)


async def leave(database: AsyncEngine, held: Duty | None, due_at: datetime) -> None:
    assert held is not None
    async with database.begin() as connection:
        await duties.leave(connection, held, due_at)


async def test_a_duty_is_one_daemons_and_others_are_free(database: AsyncEngine) -> None:
    first = await take(database)

    assert first is not None
    assert await take(database, "two") is None
    assert await take(database, "two", name="mailbox:n") is not None


async def test_a_duty_that_was_left_is_due_again_at_its_time_for_whoever_comes(database: AsyncEngine) -> None:
    await leave(database, await take(database), NOW + MINUTE)

    assert await take(database, "one", NOW + MINUTE / 2) is None
    assert await take(database, "two", NOW + MINUTE) is not None


async def test_a_dead_daemons_duty_is_taken_when_its_lease_ends_and_by_its_namesake_at_once(
    database: AsyncEngine,
) -> None:
    dead = await take(database, "one")

    early = await take(database, "two", NOW + MINUTE / 2)
    again = await take(database, "one", NOW + MINUTE / 2)
    late = await take(database, "two", NOW + 2 * MINUTE)

    assert dead is not None
    assert early is None
    assert again is not None
    assert again.token != dead.token
    assert late is not None


async def test_a_duty_is_held_as_long_as_it_is_renewed(database: AsyncEngine) -> None:
    held = await take(database)
    assert held is not None

    async with database.begin() as connection:
        renewed = await duties.hold(connection, held, NOW + 3 * MINUTE)

    assert renewed
    assert await take(database, "two", NOW + 2 * MINUTE) is None


async def test_who_has_lost_a_duty_learns_of_it_and_takes_nothing_from_the_other(
    database: AsyncEngine,
) -> None:
    lost = await take(database)
    assert lost is not None
    await take(database, "two", NOW + MINUTE)

    async with database.begin() as connection:
        renewed = await duties.hold(connection, lost, NOW + 9 * MINUTE)
    await leave(database, lost, NOW)

    assert not renewed
    assert await take(database, "three", NOW + MINUTE) is None


async def test_a_lease_further_ahead_than_any_could_be_is_void(database: AsyncEngine) -> None:
    await take(database, "one", NOW + 60 * MINUTE)

    assert await take(database, "two", NOW) is not None


async def test_a_daemon_that_starts_finds_every_duty_due(database: AsyncEngine) -> None:
    await leave(database, await take(database), NOW + 60 * MINUTE)

    async with database.begin() as connection:
        await duties.hasten(connection, NOW)

    assert await take(database, "two") is not None
