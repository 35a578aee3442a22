"""A pump: one turn after another until told to stop.

A turn returns whether there may be more to do at once. If not, the pump rests, each time longer, until it is
woken. A surprise that reaches the pump is logged by type and code, and the pump
rests; it never ends of one. Where it was the database's, what the pump had claimed is given back first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from shs_adapter.daemon import outage
from shs_adapter.daemon.outage import Outage
from shs_adapter.log import describe, event

_log = logging.getLogger(__name__)

_AFTER_SURPRISE = timedelta(seconds=2)


async def run(
    name: str,
    turn: Callable[[], Awaitable[bool]],
    *,
    idle: timedelta,
    kept: Outage,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
    first: timedelta | None = None,
    give_back: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Take turns, and rest between them until *wake* is set, or for *idle* at the most.

    Rests grow from *first*, if it is given, and do so again after work and whenever the pump is woken.
    After a turn that the database cut short, *give_back* frees what it may have claimed.
    """
    first = first or idle
    rest, cut_short = first, False
    wake = wake or asyncio.Event()
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: wake.set())
    while not stop.is_set():
        wake.clear()
        try:
            if cut_short and give_back:
                await give_back()
            cut_short = False
            busy = await turn()
        except Exception as error:
            if cut_short := kept.keeps(name, error):
                await _pause(outage.REST, stop)
            else:
                event(_log, "surprise", logging.ERROR, pump=name, error=describe(error))
                await _pause(_AFTER_SURPRISE, stop)
            continue
        kept.spares(name)
        if busy:
            rest = first
        else:
            was_woken = await _rest(rest, wake)
            rest = first if was_woken else min(rest * 2, idle)


async def _rest(duration: timedelta, wake: asyncio.Event) -> bool:
    """Wait for *wake*, which is set after *duration*: many times a second a time limit costs more.

    Returns whether it was set before.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + duration.total_seconds()
    timer = loop.call_at(ends, wake.set)
    try:
        await wake.wait()
    finally:
        timer.cancel()
    return loop.time() < ends


async def _pause(duration: timedelta, stop: asyncio.Event) -> None:
    """Wait, whoever would wake the pump, but not longer than until *stop* is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(duration.total_seconds()):
            await stop.wait()
