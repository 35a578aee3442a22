"""Passes: how many there are is looked at only where they ran short."""

from datetime import timedelta
from pathlib import Path

from shs_adapter.config import Database
from shs_adapter.daemon.gate import Gate, gates
from shs_adapter.store import permits
from tests.daemon.answering import Desk, desk, whole

_LEASE = timedelta(minutes=1)


async def room(at: Desk, gate: Gate, most: int) -> int:
    async with at.context.engine.begin() as connection:
        return await gate.room(connection, most, at.context.now())


async def test_after_passes_ran_short_it_is_looked_how_many_there_are_until_there_are_enough(
    tmp_path: Path, stead: Database
) -> None:
    async with desk(whole(tmp_path, stead)) as at:
        (gate,), now = gates(at.context, _LEASE), at.context.now()
        slots = gate.terms.slots
        async with at.context.engine.begin() as connection:
            await permits.provide(connection, slots)
            another = await permits.take(connection, slots, 3, owner="another", lease=_LEASE, now=now)

            assert await gate.room(connection, slots.size, now) == slots.size  # not looked at yet
            passes = await gate.admit(connection, slots.size, now)
            assert len(passes) == slots.size - 3
            await gate.release(connection, passes[:1], now)
            assert await gate.room(connection, slots.size, now) == 1
            assert len(await gate.admit(connection, 1, now)) == 1
            assert await gate.room(connection, slots.size, now) == 0
            await permits.give_back(connection, slots, another, now)

        assert await room(at, gate, 2) == 2
        assert await room(at, gate, slots.size) == slots.size  # no longer looked at


async def test_questions_and_a_mailbox_take_turns_at_the_only_permit(tmp_path: Path, stead: Database) -> None:
    counterpart = '[counterparts."localhost:9"]\nrequests_per_second = 1\n'
    async with desk(whole(tmp_path, stead, sections=counterpart)) as at:
        (gate,), now = gates(at.context, _LEASE), at.context.now()
        rate = gate.terms.rate
        assert rate is not None
        had = list[str]()
        async with at.context.engine.begin() as connection:
            for pool in gate.terms.pools:
                await permits.provide(connection, pool)
            for _ in range(6):
                # Both try all the time; the mailbox more often, and after each request at once.
                mailbox = await permits.ask(connection, rate, owner="mailbox", lease=_LEASE, now=now)
                passes = await gate.admit(connection, 1, now) if await gate.room(connection, 1, now) else []
                await permits.ask(connection, rate, owner="mailbox", lease=_LEASE, now=now)
                had += ["mailbox"] * (mailbox is not None) + ["questions"] * len(passes)
                await permits.give_back(connection, rate, [mailbox] if mailbox else [], now)
                await gate.release(connection, passes, now)
                now += rate.rest

        assert had == ["mailbox", "questions"] * 3
