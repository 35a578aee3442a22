"""What another role puts into `public`, or would put into our schema, the daemon never runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart
from shs_adapter.store import engine
from tests.client import Client
from tests.daemon.daemons import running, until
from tests.daemon.municipality import found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of
from tests.databases import Cluster, alone
from tests.hostile.operator_in_public import lay
from tests.hostile.test_other_tenant import url


@pytest.fixture
def owned(every_cluster: Cluster) -> Iterator[str]:
    """An empty database of a role that is no superuser, in which everybody may create; its name."""
    name = every_cluster.fresh()
    for role in ("shs", "business"):
        every_cluster.execute(
            f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
    every_cluster.execute(f"ALTER DATABASE {name} OWNER TO shs")
    every_cluster.execute("GRANT CREATE ON SCHEMA public TO PUBLIC", name)  # as in PostgreSQL 14
    yield name
    every_cluster.drop(name)


def ours(cluster: Cluster, name: str) -> Database:
    return Database(url=cluster.url(name).replace("adapter@", "shs@"))


@pytest.mark.parametrize("first", ["the traps", "the tables"])
async def test_the_daemon_runs_nothing_of_another_role(
    tmp_path: Path, every_cluster: Cluster, owned: str, node: ScriptedNode, first: str
) -> None:
    database = ours(every_cluster, owned)
    if first == "the traps":
        await lay(url(every_cluster, owned, "business"))
    alone(engine.migrate(database))
    if first == "the tables":
        await lay(url(every_cluster, owned, "business"))
    municipality = found(tmp_path, database, node.url)

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: node.received, "sent")
        node.letters = [confirm_of(node.received[0]), answer_of(node.received[0])]
        await until(lambda: municipality.is_done(question), "answered")
        await until(lambda: municipality.are_closed(2), "acknowledged")

    assert every_cluster.execute("SELECT * FROM public.loot", owned) == []
    assert (
        every_cluster.execute("SELECT 1 FROM public.outbox UNION ALL SELECT 1 FROM public.journal", owned)
        == []
    )
    Client(database).close()


async def test_parameters_have_the_types_of_the_columns(
    tmp_path: Path, every_cluster: Cluster, owned: str, node: ScriptedNode
) -> None:
    """For `text = varchar` PostgreSQL would look for an operator."""
    database = ours(every_cluster, owned)
    alone(engine.migrate(database))
    municipality = found(tmp_path, database, node.url)
    seen: list[str] = []

    async with running(municipality):
        await municipality.ask()
        await until(lambda: municipality.accepted(), "accepted")
        said = "SELECT query FROM pg_stat_activity WHERE application_name = 'shs-adapter' AND datname = $1"
        seen += [row[0] for row in every_cluster.execute(said.replace("$1", f"'{owned}'"))]

    assert seen
    assert not [query for query in seen if "VARCHAR" in query.upper()]
    Client(database).close()


STRANGERS = {
    "CREATE for one": "GRANT CREATE ON SCHEMA shs TO business",
    "CREATE for all": "GRANT CREATE ON SCHEMA shs TO PUBLIC",
    "a trigger": "GRANT TRIGGER ON shs.outbox TO business",
    "all on a table": "GRANT ALL ON shs.journal TO business",
    "a function that is there": "CREATE FUNCTION shs.f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
    "ALTER FUNCTION shs.f() OWNER TO business",
    "a table of another": "CREATE TABLE shs.mine (x int); ALTER TABLE shs.mine OWNER TO business",
}


@pytest.mark.parametrize("grant", STRANGERS.values(), ids=list(STRANGERS))
async def test_nothing_starts_where_another_may_create_in_our_schema(
    every_cluster: Cluster, owned: str, grant: str
) -> None:
    database = ours(every_cluster, owned)
    alone(engine.migrate(database))
    for statement in grant.split(";"):
        every_cluster.execute(statement, owned)
    opened = engine.open_engine(database)

    with pytest.raises(CannotStart) as refused:
        await engine.check(opened, database)
    with pytest.raises(CannotStart) as unmigrated:
        await engine.migrate(database)

    await opened.dispose()
    assert refused.value.code == unmigrated.value.code == "database_strangers"
    assert "business" in str(refused.value) or "PUBLIC" in str(refused.value)
