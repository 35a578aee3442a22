"""An empty database, and one with the household of `filling`."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shs_adapter.store import engine, vault
from shs_adapter.store.vault import Vault
from tests.databases import at
from tests.reports import filling


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "adapter.db"
    asyncio.run(engine.migrate(at(path)))
    return path


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    vault.write_new(file)
    return vault.load(file)


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "adapter.db"))


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """An open, empty database."""
    with closing(sqlite3.connect(path)) as opened:
        yield opened


@pytest.fixture(scope="session")
def filled(migrated: Path, keys: Vault, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the household; to be read, not written."""
    path = Path(shutil.copy(migrated, tmp_path_factory.mktemp("filled") / "adapter.db"))
    with closing(sqlite3.connect(path)) as opened:
        filling.household(opened, keys)
    return path
