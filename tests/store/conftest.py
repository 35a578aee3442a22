"""An empty database, made once and copied for each test, and keys."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store import engine, vault
from shs_adapter.store.vault import Vault


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as `migrate` makes it; to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "adapter.db"
    asyncio.run(engine.migrate(path))
    return path


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "adapter.db"))


@pytest.fixture
async def database(path: Path) -> AsyncIterator[AsyncEngine]:
    opened = engine.open_engine(path)
    yield opened
    await opened.dispose()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    vault.write_new(file)
    return vault.load(file)
