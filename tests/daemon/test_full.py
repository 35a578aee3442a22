"""A disk that is full: a file system of its own, really without room, under SQLite and under PostgreSQL."""

import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from shs_adapter.config import Database
from tests.client import Client
from tests.daemon.daemons import logged, process, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of
from tests.databases import Cluster, at, give

_SIZE = "48m"


class Disk:
    """A small file system, and a file that fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        self._filler.unlink()


@pytest.fixture
def disk() -> Iterator[Disk]:
    """Not among the other temporary files: PostgreSQL's user does not get that far."""
    with tempfile.TemporaryDirectory(prefix="shs-disk-") as name:
        options = ("-t", "tmpfs", "-o", f"size={_SIZE},mode=0755", "tmpfs", name)
        if os.geteuid() != 0 or subprocess.run(["mount", *options], check=False, stderr=PIPE).returncode:
            pytest.skip("a file system of its own needs root, and the right to mount")
        try:
            yield Disk(Path(name))
        finally:
            subprocess.run(["umount", name], check=True)


@pytest.fixture
def small_file(disk: Disk, migrated: Path) -> Database:
    file = disk.folder / "adapter.db"
    file.write_bytes(migrated.read_bytes())
    return at(file)


@pytest.fixture
def small_space(disk: Disk, cluster: Cluster, template: str) -> Iterator[Database]:
    """A database whose tables lie on the small disk; PostgreSQL's log does not."""
    place = disk.folder / "space"
    place.mkdir()
    give(place)
    cluster.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
    name = cluster.fresh(template)
    cluster.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
    database = Database(url=cluster.url(name))
    yield database
    Client(database).close()
    cluster.drop(name)
    cluster.execute("DROP TABLESPACE small")


def told(municipality: Municipality, name: str) -> list[dict[str, Any]]:
    """What the daemon's log says under this name."""
    lines = map(json.loads, logged(municipality).splitlines())
    return [line for line in lines if line["event"] == name]


async def ask(municipality: Municipality, count: int) -> list[int]:
    return [await municipality.ask(PERSONS[number % len(PERSONS)]) for number in range(count)]


async def test_a_full_disk_lets_nothing_out_and_what_came_back_is_recorded_when_there_is_room(
    tmp_path: Path, disk: Disk, small_file: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, small_file, node.url, limits={"in_flight": 2})
    node.gate.clear()
    questions = await ask(municipality, 6)

    async with process(municipality):
        await until(lambda: len(node.received) == 2, "two under way")
        disk.fill()
        node.gate.set()
        await until(lambda: told(municipality, "database away"), "away")
        await asyncio.sleep(2.5)
        meanwhile = len(node.received), municipality.accepted(), len(logged(municipality).splitlines())
        disk.free()
        await until(lambda: municipality.accepted() == len(questions), "all accepted")
        await until(lambda: told(municipality, "database back"), "back")

    sent, recorded, lines = meanwhile
    assert (sent, recorded) == (2, 0)
    assert lines < 20
    assert sorted(node.accepted()) == sorted(map(municipality.tx_id, questions))
    assert told(municipality, "surprise") == []
    (away,) = told(municipality, "database away")
    assert away["code"] == "SQLITE_FULL"
    assert len(told(municipality, "database back")) == 1


async def test_answers_that_come_while_the_disk_is_full_are_stored_when_there_is_room(
    tmp_path: Path, disk: Disk, small_file: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, small_file, node.url)
    questions = await ask(municipality, 3)

    async with process(municipality):
        await until(lambda: municipality.accepted() == len(questions), "accepted")
        node.gate.clear()
        node.letters = [answer_of(raw) for raw in node.received]
        await until(lambda: node.fetched, "a fetch under way")
        disk.fill()
        node.gate.set()
        await until(lambda: told(municipality, "database away"), "away")
        await asyncio.sleep(1.5)
        meanwhile = len(node.fetched), municipality.rows("SELECT 1 FROM inbox")
        disk.free()
        await until(lambda: all(map(municipality.is_done, questions)), "answered")

    assert meanwhile == (1, [])
    assert len(node.fetched) == len(set(node.fetched)) == 3
    assert municipality.rows("SELECT 1 FROM journal WHERE event IN ('unfetchable', 'lost')") == []
    assert told(municipality, "surprise") == []


async def test_a_full_disk_of_postgresql_is_waited_for_and_nothing_goes_out_twice(
    tmp_path: Path, disk: Disk, small_space: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, small_space, node.url, limits={"in_flight": 4})
    questions = await ask(municipality, 400)

    async with process(municipality):
        await until(lambda: municipality.accepted() > 8, "at work")
        disk.fill()
        await until(lambda: told(municipality, "database away"), "away")
        await asyncio.sleep(2.5)
        begun = municipality.values("SELECT tx_id FROM attempt WHERE first_sent_at IS NOT NULL")
        meanwhile = len(node.received)
        before = len(told(municipality, "database away"))
        disk.free()
        await until(lambda: municipality.accepted() == len(questions), "all accepted")
        node.letters = [answer_of(raw) for raw in node.received[:3]]
        await until(
            lambda: municipality.values("SELECT count(*) FROM outbox WHERE outcome = 'COMPLETE'") == [3],
            "answered",
        )
        await until(lambda: told(municipality, "database back"), "back")

    assert meanwhile < len(questions)
    assert set(node.accepted()[:meanwhile]) <= set(begun)
    # What is left in its pages lets a claim through now and then, and its record not; a flood has hundreds.
    assert before <= 10
    assert sorted(node.accepted()) == sorted(map(municipality.tx_id, questions))
    assert told(municipality, "surprise") == []
    assert told(municipality, "database away")[0]["code"] == "DiskFullError"
