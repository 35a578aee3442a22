"""A pump: one turn after another until told to stop.

A turn returns whether there may be more to do at once. After one that had nothing to do the pump rests, each
time longer, until it is woken. A surprise that reaches the pump is logged by type and code, and the pump
rests; it never ends of one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from shs_adapter.log import describe, event

_log = logging.getLogger(__name__)

_SHORTEST = timedelta(milliseconds=5)
_AFTER_SURPRISE = timedelta(seconds=2)


async def run(
    name: str,
    turn: Callable[[], Awaitable[bool]],
    *,
    idle: timedelta,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
    after_work: timedelta = _SHORTEST,
) -> None:
    """Take turns; between idle ones rest ever longer, from *after_work* to *idle*, or until *wake* is set."""
    rest = idle
    while not stop.is_set():
        if wake:
            wake.clear()
        try:
            busy = await turn()
        except Exception as error:
            event(_log, "surprise", logging.ERROR, pump=name, error=describe(error))
            await _rest(_AFTER_SURPRISE, stop)
            continue
        if busy:
            rest = after_work
        else:
            await _rest(rest, stop, *([wake] if wake else []))
            rest = min(rest * 2, idle)


async def _rest(duration: timedelta, *events: asyncio.Event) -> None:
    """Wait until one of *events* is set, at the most for *duration*."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=duration.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
