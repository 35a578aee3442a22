"""An open database, and keys."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.store import engine, vault
from shs_adapter.store.vault import Vault


@pytest.fixture
async def database(stead: Database) -> AsyncIterator[AsyncEngine]:
    opened = engine.open_engine(stead)
    yield opened
    await opened.dispose()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    vault.write_new(file)
    return vault.load(file)
