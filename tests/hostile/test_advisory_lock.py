"""Whoever may connect takes advisory locks, and stops nobody with them."""

from pathlib import Path

from shs_adapter.config import Database
from tests.daemon.daemons import running, until
from tests.daemon.municipality import found
from tests.daemon.scripted import ScriptedNode
from tests.databases import Cluster
from tests.hostile.advisory_lock import taken


async def test_a_daemon_starts_and_works_whatever_advisory_locks_are_held(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with taken(stead.url.replace("+asyncpg", ""), "prov"), running(municipality):
        await municipality.ask()
        await until(lambda: municipality.accepted() == 1, "sent")

    assert len(node.received) == 1
