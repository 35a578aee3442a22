"""An empty database, and one with the household of `filling`."""

from collections.abc import Iterator

import pytest

from shs_adapter.config import Database
from shs_adapter.store import vault
from shs_adapter.store.vault import Vault
from tests.client import Client
from tests.databases import ENGINES, empty
from tests.reports import filling


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    file = tmp_path_factory.mktemp("keys") / "keys.toml"
    vault.write_new(file)
    return vault.load(file)


@pytest.fixture
def client(stead: Database) -> Client:
    """Of an empty database."""
    return Client(stead)


@pytest.fixture(scope="session", params=ENGINES)
def filled(
    request: pytest.FixtureRequest, keys: Vault, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with the household; to be read, not written."""
    with empty(request, request.param, tmp_path_factory.mktemp("filled")) as database:
        filling.household(Client(database), keys)
        yield database
