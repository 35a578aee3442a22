"""(j) What an idle daemon as shipped takes: memory, processor time, and the time until it is ready.

    python -m bench.idle [seconds]

Ready is from the start of the process to `started` in its log, the median of several starts, in which daemon
and floor take turns. Memory and processor time are of a process that was left alone for so many seconds. The
floor is a bare Python process that imports the given libraries; that of processor time looks at the database
at the same interval, too: see `bench.least`. Memory after work, on PostgreSQL, is told and not judged.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import databases
from bench.figures import Figure
from bench.inserting import insert, until
from bench.submit import ACCEPTED
from bench.town import AS_SHIPPED, Town, cpu, process, resident, town
from shs_adapter.config import Database, load

SECONDS = 40
STARTS = 5
QUESTIONS = 200
SETTLED = 2.0  # seconds after which whoever has started is idle

Start = Callable[[], AbstractContextManager["subprocess.Popen[bytes]"]]


@dataclass(frozen=True, slots=True)
class Costs:
    mebibytes: float
    percent: float  # of one processor


def memory(running: "subprocess.Popen[bytes]") -> float:
    return resident(running.pid) / 2**20


def costs(start: Start, seconds: float) -> Costs:
    with start() as running:
        time.sleep(SETTLED)
        before, began = cpu(running.pid), time.perf_counter()
        time.sleep(seconds)
        used = (cpu(running.pid) - before).total_seconds()
        return Costs(memory(running), 100 * used / (time.perf_counter() - began))


def ready(*starts: Start) -> list[float]:
    """Seconds until each is ready; the first round, which may have to compile, does not count."""
    found: list[list[float]] = []
    for _ in range(1 + STARTS):
        found.append([])
        for start in starts:
            began = time.perf_counter()
            with start():
                found[-1].append(time.perf_counter() - began)
    return [statistics.median(times) for times in zip(*found[1:], strict=True)]


def least(place: Town, *arguments: str) -> Start:
    return lambda: process(place.folder / "least.log", "ready", "bench.least", *arguments)


def tell(place: Town, on: str, looking: float | None, seconds: float) -> None:
    """*looking* is the floor of processor time."""
    importing = least(place)
    found, floor = costs(place.daemon, seconds), costs(importing, 1)
    started, imported = ready(place.daemon, importing)
    shape: dict[str, Any] = {"line": "j", "lower_is_better": True}
    Figure(
        name=f"idle on {on}: memory",
        value=found.mebibytes,
        unit="MiB",
        floor=floor.mebibytes,
        least=110,
        aim=90,
        **shape,
    ).tell()
    Figure(
        name=f"idle on {on}: processor time",
        value=found.percent,
        unit="% of a core",
        floor=looking,
        least=0.5,
        **shape,
    ).tell()
    name = f"ready on {on}"
    Figure(name=name, value=started, unit="s", floor=imported, least=2, aim=1.2, **shape).tell()


async def memory_after_work(place: Town) -> float:
    with place.receiver(), place.daemon() as running:
        async with databases.bare(place.database) as connection:
            await insert(connection, place.questions(QUESTIONS))
            await until(connection, ACCEPTED, QUESTIONS)
        await asyncio.sleep(SETTLED)
        return memory(running)


def tell_postgresql(database: Database, seconds: float) -> None:
    with town(database, **AS_SHIPPED) as place:
        interval = load(place.config).polling.idle.total_seconds()
        look = least(place, databases.dsn(database), str(interval))
        tell(place, "PostgreSQL", costs(look, seconds).percent, seconds)
        worked = asyncio.run(memory_after_work(place))
    name = f"memory after {QUESTIONS} questions"
    Figure(line="j", name=name, value=worked, unit="MiB", lower_is_better=True).tell()


def tell_sqlite(database: Database, seconds: float) -> None:
    with town(database, **AS_SHIPPED) as place:
        tell(place, "SQLite", None, seconds)


def main(arguments: Sequence[str]) -> None:
    seconds = float(arguments[0]) if arguments else SECONDS
    with databases.postgresql() as cluster:
        tell_postgresql(databases.fresh(cluster), seconds)
    with tempfile.TemporaryDirectory() as folder:
        tell_sqlite(databases.file(Path(folder)), seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
