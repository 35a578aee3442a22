"""When a pump takes its turns."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from shs_adapter.daemon import pump
from shs_adapter.daemon.outage import Outage

_SECOND = timedelta(seconds=1)


async def rests(
    monkeypatch: pytest.MonkeyPatch,
    turns: Sequence[bool],
    woken: Sequence[bool],
    first: timedelta | None = None,
) -> list[float]:
    """How many seconds a pump would rest each time, by what its *turns* return and whether it is *woken*."""
    found, stop = list[float](), asyncio.Event()
    left, ends = iter(turns), iter(woken)

    async def rest(duration: timedelta, _: asyncio.Event) -> bool:
        found.append(duration.total_seconds())
        return next(ends)

    async def turn() -> bool:
        busy = next(left, None)
        if busy is None:
            stop.set()
        return bool(busy)

    monkeypatch.setattr(pump, "_rest", rest)
    await pump.run("it", turn, idle=8 * _SECOND, first=first, kept=Outage(), stop=stop)
    return found


async def test_rests_grow_while_nothing_happens_and_begin_anew_with_work_or_a_ring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = [False] * 6 + [True] + [False] * 2
    woken = [False] * 5 + [True] + [False] * 3

    assert await rests(monkeypatch, turns, woken, first=_SECOND) == [1, 2, 4, 8, 8, 8, 1, 2, 4]


async def test_a_pump_that_others_wake_rests_as_long_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await rests(monkeypatch, [False, True, False], [False, True, False]) == [8, 8, 8]


async def test_a_rest_ends_when_the_pump_is_woken_and_says_so() -> None:
    wake = asyncio.Event()
    resting = asyncio.create_task(pump._rest(60 * _SECOND, wake))
    await asyncio.sleep(0)
    wake.set()

    assert await resting
    assert not await pump._rest(_SECOND / 1000, asyncio.Event())
