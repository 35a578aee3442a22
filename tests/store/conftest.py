"""An open database, and keys."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database
from shs_adapter.store import engine, vault
from shs_adapter.store.vault import Vault
from tests.databases import WAITING


@pytest.fixture
async def database(stead: Database, request: pytest.FixtureRequest) -> AsyncIterator[AsyncEngine]:
    opened = engine.open_engine(stead)
    if request.node.callspec.params["stead"] == WAITING:
        event.listen(opened.sync_engine, "before_cursor_execute", _without_skipping, retval=True)
    yield opened
    await opened.dispose()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    vault.write_new(file)
    return vault.load(file)


def _without_skipping(
    _: object, __: object, statement: str, values: object, *___: object
) -> tuple[str, object]:
    """Claimers wait for each other: SKIP LOCKED is an optimisation, and nothing may depend on it."""
    return statement.replace(" SKIP LOCKED", ""), values
