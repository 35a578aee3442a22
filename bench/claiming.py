"""Claims timed under load: ours and the floor's take turns at the same questions."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import questions
from bench.figures import Figure, percentile
from shs_adapter.config import Database, Polling
from shs_adapter.daemon.watch import Pace
from shs_adapter.store import engine
from shs_adapter.store.marks import Mark
from shs_adapter.store.work import open_look

# Of 64 requests in flight so many end before the daemon claims again.
GROUP = 16


@dataclass(slots=True)
class Times:
    """Seconds of each claim that found something."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)


@asynccontextmanager
async def marked(database: Database) -> AsyncIterator[Mark]:
    """A mark that is looked after as the daemon's watch does it."""
    opened, mark, pace = engine.open_engine(database), Mark(), Pace()
    look = await open_look(database, opened.dialect)

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            mark.looked((await look.waiting(questions.now())).ready)
            took = timedelta(seconds=time.perf_counter() - began)
            await asyncio.sleep(max(pace.rest(took), Polling().idle).total_seconds())

    watching = asyncio.create_task(watch())
    try:
        yield mark
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        look.close()
        await opened.dispose()


async def claim_in_turns(
    database: AsyncEngine, mark: Mark, connection: asyncpg.Connection, go_on: Callable[[Times], bool]
) -> Times:
    """Claim a group and record its receipts, ours and bare by turns, for as long as *go_on* says."""
    times = Times()
    while go_on(times):
        began = time.perf_counter()
        rows = await questions.claim(database, GROUP, mark)
        if rows:
            times.ours.append(time.perf_counter() - began)
            await questions.record(database, rows)
        began = time.perf_counter()
        bare_rows = await questions.bare_claim(connection, GROUP)
        if bare_rows:
            times.floor.append(time.perf_counter() - began)
            await questions.bare_record(connection, bare_rows)
        if not rows and not bare_rows:
            await asyncio.sleep(0.005)
    return times


def tell(times: Times, line: str, name: str, *, least: float, aim: float) -> None:
    """The 99th percentile is judged, in milliseconds; the median is told."""
    limits: dict[int, dict[str, Any]] = {99: {"least": least, "aim": aim}, 50: {}}
    for percent, judged in limits.items():
        Figure(
            line=line,
            name=f"claim {name}, p{percent}",
            value=1000 * percentile(times.ours, percent),
            unit="ms",
            floor=1000 * percentile(times.floor, percent),
            lower_is_better=True,
            **judged,
        ).tell()
