"""Is the way open, and how long has it stood still."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store import links
from shs_adapter.store.links import Link
from tests.store.rows import MINUTE, NOW

WAY = "submit:https://shs.example.se"


async def succeed(database: AsyncEngine, minutes: float) -> bool:
    async with database.begin() as connection:
        return await links.succeeded(connection, WAY, NOW + minutes * MINUTE)


async def fail(database: AsyncEngine, minutes: float, rest: float | None = 5, code: str = "down") -> bool:
    async with database.begin() as connection:
        pause = None if rest is None else rest * MINUTE
        return await links.failed(connection, WAY, NOW + minutes * MINUTE, code, pause)


async def link(database: AsyncEngine) -> Link:
    async with database.begin() as connection:
        return (await links.read(connection)).get(WAY, Link(WAY))


async def test_a_link_that_was_never_used_is_open(database: AsyncEngine) -> None:
    found = await link(database)

    assert not found.is_resting(NOW)
    assert not found.is_probing()
    assert found.stood_still(NOW) == 0


async def test_a_failure_takes_the_link_down_and_after_its_rest_one_may_try(database: AsyncEngine) -> None:
    news = await fail(database, 0, rest=5)

    found = await link(database)
    assert news
    assert (found.failures, found.code, found.since) == (1, "down", NOW)
    assert found.is_resting(NOW + 5 * MINUTE - timedelta(seconds=1))
    assert not found.is_resting(NOW + 5 * MINUTE)
    assert found.is_probing()


async def test_failures_of_what_was_under_way_while_the_link_rests_change_nothing(
    database: AsyncEngine,
) -> None:
    await fail(database, 0, rest=5)
    before = await link(database)

    news = await fail(database, 1, rest=60, code="other")

    assert not news
    assert await link(database) == before


async def test_a_failed_probe_keeps_the_link_down_and_is_no_news(database: AsyncEngine) -> None:
    await succeed(database, -1)
    await fail(database, 0, rest=5)

    news = await fail(database, 5, rest=10)

    found = await link(database)
    assert not news
    assert found.last_success_at == NOW - MINUTE
    assert (found.failures, found.since, found.retry_at) == (2, NOW, NOW + 15 * MINUTE)


async def test_a_success_opens_the_link_and_adds_up_the_time_it_was_down(database: AsyncEngine) -> None:
    await fail(database, 0, rest=5)

    news = await succeed(database, 7)

    found = await link(database)
    assert news
    assert (found.failures, found.code, found.since, found.retry_at) == (0, None, None, None)
    assert found.stood_still(NOW + 100 * MINUTE) == 7 * 60


async def test_outages_add_up_and_the_present_one_counts(database: AsyncEngine) -> None:
    await fail(database, 0)
    await succeed(database, 7)
    await fail(database, 20)

    assert (await link(database)).stood_still(NOW + 30 * MINUTE) == (7 + 10) * 60


async def test_a_tolerated_failure_is_counted_and_the_link_stays_open(database: AsyncEngine) -> None:
    news = await fail(database, 0, rest=None)

    found = await link(database)
    assert not news
    assert (found.failures, found.code) == (1, "down")
    assert not found.is_probing()


async def test_a_link_is_down_since_it_went_down_not_since_its_first_tolerated_failure(
    database: AsyncEngine,
) -> None:
    await fail(database, 0, rest=None)
    await fail(database, 60, rest=5)

    found = await link(database)
    assert found.since == NOW + 60 * MINUTE
    assert found.stood_still(NOW + 61 * MINUTE) == 60


async def test_an_outage_that_ends_in_a_tolerated_failure_is_not_forgotten(database: AsyncEngine) -> None:
    await fail(database, 0, rest=5)

    await fail(database, 5, rest=None)

    found = await link(database)
    assert (found.failures, found.is_probing()) == (2, False)
    assert found.stood_still(NOW + 60 * MINUTE) == 5 * 60


async def test_a_success_is_written_down_at_most_once_a_minute(database: AsyncEngine) -> None:
    first = await succeed(database, 0)
    await succeed(database, 0.5)
    soon = await link(database)
    await succeed(database, 1)
    later = await link(database)

    assert not first
    assert (soon.last_success_at, later.last_success_at) == (NOW, NOW + MINUTE)


async def test_a_success_after_a_tolerated_failure_clears_the_count_at_once(database: AsyncEngine) -> None:
    await succeed(database, 0)
    await fail(database, 0.1, rest=None)

    news = await succeed(database, 0.2)

    assert not news
    assert (await link(database)).failures == 0


@settings(max_examples=100)
@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_clock_that_steps_back_takes_no_time_away(seconds: float, before: float) -> None:
    down = Link(WAY, since=NOW, retry_at=NOW, down_seconds=before)

    assert down.stood_still(NOW + timedelta(seconds=seconds)) >= before
