"""An empty database, made once, and nodes to talk to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shs_adapter.store import engine
from tests.daemon.scripted import ScriptedNode, scripted
from tests.databases import at


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as `migrate` makes it; to be copied."""
    database = tmp_path_factory.mktemp("empty") / "adapter.db"
    asyncio.run(engine.migrate(at(database)))
    return database


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[ScriptedNode]:
    async with scripted(tmp_path) as started:
        yield started
