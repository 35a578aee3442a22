"""Two municipalities on one PostgreSQL: neither sees or moves what is the other's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shs_adapter.cli.grants import statements
from shs_adapter.config import Database
from shs_adapter.store import engine
from shs_adapter.store.vault import Vault, load, write_new
from tests.client import Client
from tests.databases import Cluster, alone
from tests.hostile.other_tenant import VIEWS, login, moved, seen
from tests.reports.filling import household

ODD = 'it\'s "odd" $x$ \\'  # a login may be called anything
LOGINS = {"a": ["a"], "b": ["b"], "both": ["a", "b"], ODD: ["a"], "stranger": []}


@pytest.fixture
def shared(every_cluster: Cluster, keys: Vault) -> Iterator[str]:
    """A database of a role of its own, with rows of two tenants, and a login for each; its name."""
    name = every_cluster.fresh()
    every_cluster.execute(
        "DO $$ BEGIN CREATE ROLE shs LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    every_cluster.execute(f"ALTER DATABASE {name} OWNER TO shs")
    owner = Database(url=every_cluster.url(name).replace("adapter@", "shs@"))
    alone(engine.migrate(owner))
    fill(Client(Database(url=every_cluster.url(name))), keys)
    for role, tenants in LOGINS.items():
        every_cluster.execute_all("\n".join(statements(tenants, role)), name)
    yield name
    Client(Database(url=every_cluster.url(name))).close()
    every_cluster.drop(name)


def fill(client: Client, keys: Vault) -> None:
    """A household in which everything occurs, as if two tenants had asked about parts of it."""
    household(client, keys)
    for table, number, tenant in (
        *(("outbox", 1, "a"), ("outbox", 2, "b"), ("outbox", 3, "b"), ("outbox", 4, "b")),
        *(("subject", 1, "a"), ("subject", 2, "b"), ("subject", 3, "b")),
    ):
        client.execute(f"UPDATE {table} SET tenant = ? WHERE id = ?", tenant, number)
    client.execute("SELECT setval('outbox_id_seq', 100)")
    client.execute("UPDATE outbox SET reference = 'own-1' WHERE tenant = 'a'")
    client.execute("UPDATE outbox SET reference = 'theirs-' || id WHERE tenant = 'b'")


def url(cluster: Cluster, name: str, role: str = "adapter") -> str:
    return f"postgresql:///{name}?host={cluster.folder}&user={role}"


@pytest.fixture
def keys(tmp_path: Path) -> Vault:
    write_new(tmp_path / "keys.toml")
    return load(tmp_path / "keys.toml")


async def counts(where: str) -> dict[str, int]:
    async with login(where) as connection:
        return {view: await connection.fetchval(f"SELECT COUNT(*) FROM {view}") for view in VIEWS}


async def test_each_login_sees_the_rows_of_its_tenants_in_every_view(
    every_cluster: Cluster, shared: str
) -> None:
    found = {role: await counts(url(every_cluster, shared, role)) for role in (*LOGINS, "shs")}

    for view in VIEWS:
        assert found["both"][view] == found["shs"][view], view
        assert found["a"][view] + found["b"][view] == found["shs"][view], view
        assert found[ODD][view] == found["a"][view], view
        assert found["stranger"][view] == 0, view
    assert {view for view in VIEWS if not found["b"][view]} <= {"report_outstanding", "report_change"}
    assert found["a"]["report_payment"] > 0


async def test_no_login_sees_what_is_not_its_own(every_cluster: Cluster, shared: str) -> None:
    assert await seen(url(every_cluster, shared, "a"), "a") == []
    assert await seen(url(every_cluster, shared, "b"), "b") == []
    assert await seen(url(every_cluster, shared, "stranger"), "nobody's") == []


async def test_no_login_moves_what_is_not_its_own(every_cluster: Cluster, shared: str) -> None:
    before = Client(Database(url=every_cluster.url(shared))).rows("SELECT * FROM outbox ORDER BY id")

    assert await moved(url(every_cluster, shared, "a"), "a", "b") == []
    assert await moved(url(every_cluster, shared, "stranger"), "nobody's", "b") == []

    assert Client(Database(url=every_cluster.url(shared))).rows("SELECT * FROM outbox ORDER BY id") == before


async def test_a_login_asks_and_withdraws_for_its_own_tenant(every_cluster: Cluster, shared: str) -> None:
    async with login(url(every_cluster, shared, "a")) as connection:
        number = await connection.fetchval(
            "INSERT INTO outbox (tenant, reference, case_id) VALUES ('a', 'own-2', 'E') RETURNING id"
        )
        await connection.execute("UPDATE outbox SET withdraw_reason = 'x' WHERE id = $1", number)
        own = await connection.fetch("SELECT reference FROM outbox ORDER BY 1")
        seen = await connection.fetchval("SELECT tenant FROM report_request WHERE id = $1", number)

    assert [row[0] for row in own] == ["own-1", "own-2"]
    assert seen == "a"


async def test_the_adapter_and_its_operators_see_all_with_the_ids_of_messages(
    every_cluster: Cluster, shared: str
) -> None:
    async with login(url(every_cluster, shared, "shs")) as connection:
        rows = await connection.fetch("SELECT tenant, tx_id FROM report_request WHERE tx_id IS NOT NULL")

    assert {row["tenant"] for row in rows} == {"a", "b"}


def test_grants_given_again_replace_what_a_login_had(every_cluster: Cluster, shared: str) -> None:
    every_cluster.execute_all("\n".join(statements(["b"], "both")), shared)

    client = Client(Database(url=every_cluster.url(shared)))
    assert client.values("SELECT tenant FROM tenant_login WHERE login = 'both'") == ["b"]
