"""A pump: one turn after another until told to stop.

A turn returns whether there may be more to do at once. A surprise that reaches the pump is logged by type
and code, and the pump rests; it never ends of one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from shs_adapter.log import describe, event

_log = logging.getLogger(__name__)

_AFTER_SURPRISE = timedelta(seconds=2)


async def run(
    name: str,
    turn: Callable[[], Awaitable[bool]],
    *,
    idle: timedelta,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
) -> None:
    """Take turns; between idle ones rest for *idle*, or until *wake* is set."""
    while not stop.is_set():
        if wake:
            wake.clear()
        try:
            busy = await turn()
        except Exception as error:
            event(_log, "surprise", logging.ERROR, pump=name, error=describe(error))
            await _rest(_AFTER_SURPRISE, stop)
            continue
        if not busy:
            await _rest(idle, stop, *([wake] if wake else []))


async def _rest(duration: timedelta, *events: asyncio.Event) -> None:
    """Wait until one of *events* is set, at the most for *duration*."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=duration.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
