"""(f) What an idle daemon costs those who insert: 32 clients, each commit one row.

    python -m bench.inserters [rounds [seconds]]

In each round, in an order that changes, the clients have the database to themselves, have it beside the least
that is idle (see `bench.least`), which is the floor, and beside an idle daemon as shipped. They insert
finished questions: any other would be work, and the daemon not idle. What is judged is the median over the
rounds. Then they insert questions that are work, without and with a daemon that does it: told, not judged.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import asyncpg

from bench import databases
from bench.figures import Figure
from bench.inserting import INSERT, values
from bench.town import AS_SHIPPED, Town, process, town
from shs_adapter.config import load

ROUNDS = 8
SECONDS = 4.0
CLIENTS = 32
SETTLED = 1.0  # seconds after which whoever has started is idle

Company = AbstractContextManager[Any]  # whoever is there beside the clients

FINISHED = """
INSERT INTO outbox (case_id, officer, from_date, to_date, state, settled_at)
VALUES ($1, $2, $3, $4, 'done', now())
"""


async def commits(place: Town, query: str, rows: Iterator[tuple[Any, ...]], seconds: float) -> float:
    """Commits a second, of all clients together."""
    connections = [await asyncpg.connect(databases.dsn(place.database)) for _ in range(CLIENTS)]
    until = time.perf_counter() + seconds

    async def insert(connection: asyncpg.Connection) -> int:
        done = 0
        while time.perf_counter() < until:
            await connection.execute(query, *next(rows))
            done += 1
        return done

    done = await asyncio.gather(*map(insert, connections))
    for connection in connections:
        await connection.close()
    return sum(done) / seconds


def work(place: Town) -> Iterator[tuple[Any, ...]]:
    while True:
        yield from map(values, place.questions(1000))


def finished(place: Town) -> Iterator[tuple[Any, ...]]:
    return (row[1:] for row in work(place))


def beside(company: Company, place: Town, query: str, rows: Iterator[Any], seconds: float) -> float:
    """Commits a second beside *company*, once that is idle."""
    with company:
        time.sleep(SETTLED)
        return asyncio.run(commits(place, query, rows, seconds))


@contextmanager
def least(place: Town) -> Iterator[None]:
    interval = load(place.config).polling.idle.total_seconds()
    look = "bench.least", databases.dsn(place.database), str(interval)
    with process(place.folder / "least.log", "ready", *look):
        yield


def tell_idle(place: Town, rounds: int, seconds: float) -> None:
    rows = finished(place)
    beside(nullcontext(), place, FINISHED, rows, seconds)  # the first round of all finds an empty table
    found: dict[str, list[float]] = {"nobody": [], "least": [], "daemon": []}
    companies: dict[str, Callable[[], Company]] = {
        "nobody": nullcontext,
        "least": lambda: least(place),
        "daemon": place.daemon,
    }
    for _ in range(rounds):
        for name in random.sample(list(companies), len(companies)):
            found[name].append(beside(companies[name](), place, FINISHED, rows, seconds))

    def cost(name: str) -> float:
        """Per cent."""
        shares = [one / alone for one, alone in zip(found[name], found["nobody"], strict=True)]
        return 100 * (1 - statistics.median(shares))

    name = f"an idle daemon costs {CLIENTS} inserters"
    Figure(
        line="f",
        name=name,
        value=cost("daemon"),
        unit="%",
        floor=cost("least"),
        least=5,
        aim=2,
        lower_is_better=True,
    ).tell()
    alone = found["nobody"]
    shape: dict[str, Any] = {"line": "f", "unit": "commits/s"}
    Figure(name="inserters beside an idle daemon", value=statistics.median(found["daemon"]), **shape).tell()
    Figure(name="inserters alone, median of rounds", value=statistics.median(alone), **shape).tell()
    Figure(name="inserters alone, slowest round", value=min(alone), **shape).tell()
    Figure(name="inserters alone, fastest round", value=max(alone), **shape).tell()


def tell_working(place: Town, seconds: float) -> None:
    rows = work(place)
    alone = beside(nullcontext(), place, INSERT, rows, seconds)
    with place.receiver():
        value = beside(place.daemon(), place, INSERT, rows, seconds)
    name = "inserters beside a working daemon"
    Figure(line="f", name=name, value=value, unit="commits/s", floor=alone).tell()


def main(arguments: Sequence[str]) -> None:
    rounds = int(arguments[0]) if arguments else ROUNDS
    seconds = float(arguments[1]) if len(arguments) > 1 else SECONDS
    with databases.postgresql() as cluster:
        with town(databases.fresh(cluster), **AS_SHIPPED) as place:
            tell_idle(place, rounds, seconds)
        with town(databases.fresh(cluster), **AS_SHIPPED) as place:
            tell_working(place, seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
