"""(k) Claim and complete, against procrastinate and PgQueuer, on the same PostgreSQL in the same run.

    python -m bench.rivals [jobs]

Everybody has as many jobs that do nothing, and goes through them at its store, without a worker above it, as
ours does: nobody pays for dispatching. All are durable, with nothing else switched on. Ours is (a): claims,
receipts, journal. PgQueuer claims and logs in groups as large as ours; procrastinate knows no groups, and
claims and deletes one job at a time, several at once. The least that ours must reach is what the rival does.
What the rivals' own workers do, which dispatch each job, is told and not judged. All take turns in rounds, of
which the median counts.
"""

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.types import QueueEntrypoint, QueueExecutionMode, QueueManagerId
from pgqueuer.models import Job
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Status

from bench import databases, transitions
from bench.figures import Figure
from shs_adapter.config import Database
from shs_adapter.store import engine
from tests.databases import Cluster

JOBS = 5_000
ROUNDS = 3
GROUP = transitions.GROUP
NAME = "idle"
AT_ONCE = 8  # of procrastinate's claims

Work = Callable[[], Awaitable[None]]


@asynccontextmanager
async def ours(database: Database, jobs: int) -> AsyncIterator[Work]:
    opened = engine.open_engine(database)
    await transitions.fill(opened, jobs)

    async def work() -> None:
        assert await transitions.ours(opened) == jobs

    yield work
    await opened.dispose()


@asynccontextmanager
async def floor(database: Database, jobs: int) -> AsyncIterator[Work]:
    opened = engine.open_engine(database)
    await transitions.fill(opened, jobs)
    await opened.dispose()

    async def work() -> None:
        assert await transitions.bare_postgresql(database) == jobs

    yield work


@asynccontextmanager
async def pgqueuer(database: Database, jobs: int) -> AsyncIterator[Queries]:
    async with databases.bare(database) as connection:
        queries = Queries(AsyncpgDriver(connection))
        await queries.install()
        await queries.enqueue([NAME] * jobs, [None] * jobs, [0] * jobs)
        await connection.execute("VACUUM ANALYZE")
        yield queries


@asynccontextmanager
async def pgqueuer_store(database: Database, jobs: int) -> AsyncIterator[Work]:
    unlimited = {QueueEntrypoint(NAME): EntrypointExecutionParameter(0)}
    manager = QueueManagerId(uuid4())
    async with pgqueuer(database, jobs) as queries:

        async def work() -> None:
            done = 0
            while claimed := await queries.dequeue(GROUP, unlimited, manager, None, timedelta(minutes=2)):
                await queries.log_jobs([(job, "successful", None) for job in claimed])
                done += len(claimed)
            assert done == jobs

        yield work


@asynccontextmanager
async def pgqueuer_worker(database: Database, jobs: int) -> AsyncIterator[Work]:
    async with pgqueuer(database, jobs) as queries:
        worker, done = QueueManager(queries), list[Job]()

        @worker.entrypoint(NAME)
        async def idle(job: Job) -> None:
            done.append(job)

        async def work() -> None:
            await worker.run(batch_size=GROUP, mode=QueueExecutionMode.drain)
            assert len(done) == jobs

        yield work


@asynccontextmanager
async def procrastinate(database: Database, jobs: int) -> AsyncIterator[App]:
    connector = PsycopgConnector(conninfo=databases.dsn(database), min_size=AT_ONCE, max_size=AT_ONCE)
    app = App(connector=connector)

    @app.task(name=NAME)
    async def idle() -> None: ...

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await idle.batch_defer_async(*({} for _ in range(jobs)))
        async with databases.bare(database) as connection:
            await connection.execute("VACUUM ANALYZE")
        yield app
        assert not list(await app.job_manager.list_jobs_async())


@asynccontextmanager
async def procrastinate_store(database: Database, jobs: int) -> AsyncIterator[Work]:
    async with procrastinate(database, jobs) as app:
        manager = app.job_manager
        worker = await manager.register_worker()

        async def one_by_one() -> None:
            while job := await manager.fetch_job(None, worker):
                await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)

        async def work() -> None:
            await asyncio.gather(*(one_by_one() for _ in range(AT_ONCE)))

        yield work


@asynccontextmanager
async def procrastinate_worker(database: Database, jobs: int) -> AsyncIterator[Work]:
    async with procrastinate(database, jobs) as app:

        async def work() -> None:
            await app.run_worker_async(
                wait=False,
                concurrency=AT_ONCE,
                listen_notify=False,
                delete_jobs="always",
                install_signal_handlers=False,
            )

        yield work


CONTENDERS = {
    "ours": ours,
    "floor": floor,
    "procrastinate": procrastinate_store,
    "procrastinate's worker": procrastinate_worker,
    "PgQueuer": pgqueuer_store,
    "PgQueuer's worker": pgqueuer_worker,
}
OF_OUR_OWN = ("ours", "floor")  # migrated; the others bring their own tables


async def speed(name: str, database: Database, jobs: int) -> float:
    """Jobs a second."""
    async with CONTENDERS[name](database, jobs) as work:
        began = time.perf_counter()
        await work()
        return jobs / (time.perf_counter() - began)


def measured(cluster: Cluster, jobs: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(ROUNDS):
        for name, speeds in found.items():
            empty = Database(url=cluster.url(cluster.fresh()))
            database = databases.fresh(cluster) if name in OF_OUR_OWN else empty
            speeds.append(asyncio.run(speed(name, database, jobs)))
    return {name: statistics.median(speeds) for name, speeds in found.items()}


def main(arguments: Sequence[str]) -> None:
    jobs = int(arguments[0]) if arguments else JOBS
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    with databases.postgresql() as cluster:
        found = measured(cluster, jobs)
    for rival in ("procrastinate", "PgQueuer"):
        Figure(
            line="k",
            name=f"claim and complete, least is {rival}",
            value=found["ours"],
            unit="jobs/s",
            floor=found["floor"],
            least=found[rival],
        ).tell()
        worker = f"{rival}'s worker"
        Figure(line="k", name=worker, value=found[worker], unit="jobs/s").tell()


if __name__ == "__main__":
    main(sys.argv[1:])
