"""PostgreSQL, started once where a test asks for it, and databases as `migrate` makes them, to be copied."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.store import engine
from tests.databases import ENGINES, WAITING, Cluster, at, clusters, empty, in_memory, migrated_template


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on each engine what asks for a database; its file means SQLite, a cluster PostgreSQL."""
    if "stead" in metafunc.fixturenames:
        engines: tuple[str, ...] = ENGINES
        if "path" in metafunc.fixturenames:
            engines = ENGINES[:1]
        elif "cluster" in metafunc.fixturenames:
            engines = ENGINES[1:]
        if "database" in metafunc.fixturenames and len(engines) > 1:
            engines = (*engines, WAITING)
        metafunc.parametrize("stead", engines, indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    yield from clusters(in_memory())


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    return migrated_template(cluster)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database as `migrate` makes it; to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "adapter.db"
    asyncio.run(engine.migrate(at(path)))
    return path


@pytest.fixture
def stead(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the test's own."""
    with empty(request, request.param, tmp_path) as database:
        yield database


@pytest.fixture
def path(stead: Database) -> Path:
    assert stead.file is not None
    return stead.file
