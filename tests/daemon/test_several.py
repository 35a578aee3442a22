"""Several daemons on one database: the node's own record says what they sent."""

import asyncio
import itertools
import time
from asyncio.subprocess import Process
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from shs_adapter.config import Database
from tests.daemon.daemons import process, running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode
from tests.daemon.test_crash import until_done, witnessed
from tests.databases import Cluster
from tests.sandbox.harness import serving

NAMES = ("a", "b", "c")
MINUTE = 60  # seconds
BETWEEN_KILLS = 2
PACE = 0.2  # seconds between two questions


def named(municipality: Municipality, name: str) -> tuple[str, ...]:
    """The command of a daemon of this name."""
    config = municipality.directory / f"adapter-{name}.toml"
    config.write_text(municipality.config.read_text().replace('name = "prov"', f'name = "{name}"'))
    return "shs_adapter.cli", "--config", str(config), "run"


class Daemons:
    """Three of them, each started again as soon as it is killed."""

    def __init__(self, municipality: Municipality, stack: AsyncExitStack) -> None:
        self._municipality = municipality
        self._stack = stack
        self._running: dict[str, Process] = {}

    async def start(self, name: str) -> None:
        command = named(self._municipality, name)
        self._running[name] = await self._stack.enter_async_context(process(self._municipality, *command))

    async def kill(self, name: str) -> None:
        assert self._running[name].returncode is None, f"{name} has ended by itself"
        self._running[name].kill()
        await self._running[name].wait()


async def test_three_daemons_killed_in_turn_lose_nothing_and_send_nothing_twice(
    tmp_path: Path, cluster: Cluster, stead: Database
) -> None:
    questions: list[int] = []
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(tmp_path, consume=False))
        municipality = found(tmp_path, stead, url)
        daemons = Daemons(municipality, stack)
        for name in NAMES:
            await daemons.start(name)

        async def ask(until_time: float) -> None:
            for person in itertools.cycle(PERSONS):
                if time.monotonic() > until_time:
                    return
                questions.append(await municipality.ask(person))
                await asyncio.sleep(PACE)

        asking = asyncio.create_task(ask(time.monotonic() + MINUTE))
        for name in itertools.cycle(NAMES):
            await asyncio.sleep(BETWEEN_KILLS)
            if asking.done():
                break
            await daemons.kill(name)
            await daemons.start(name)
        await asking
        await until_done(municipality, questions)
        await until(lambda: municipality.are_closed(2 * len(questions)), "every notice closed")

    received = witnessed(tmp_path, "received")
    first_times = Counter(line["tx_id"] for line in received if not line["duplicate"])
    built = municipality.rows("SELECT outbox_id, tx_id FROM attempt")
    assert len(questions) > MINUTE
    assert Counter(row["outbox_id"] for row in built) == dict.fromkeys(questions, 1)
    assert first_times == {row["tx_id"]: 1 for row in built}
    outcomes = municipality.rows("SELECT outcome, answer_version FROM outbox")
    assert Counter(map(tuple, outcomes)) == {("COMPLETE", 1): len(questions)}
    assert municipality.values("SELECT state FROM notice WHERE state <> 'acked'") == []
    said = {row["event"] for row in municipality.rows("SELECT event FROM journal")}
    assert said <= {"built", "accepted", "confirmed", "completed", "decoded"}


async def test_who_rings_does_not_wait_for_the_next_look(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shs_adapter.daemon.service._UNWOKEN", timedelta(minutes=10))
    rarely = {"idle": 600, "mailbox": 600, "doorbell": True}
    municipality = found(tmp_path, stead, node.url, polling=rarely)
    looked = (
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'WITH RECURSIVE new_priorities%' AND state = 'idle'"
    )

    async with running(municipality):
        await until(lambda: municipality.rows(looked), "the only look for ten minutes")
        await municipality.ask()
        await municipality.execute("NOTIFY shs_adapter")
        await until(lambda: municipality.accepted() == 1, "accepted")

    assert len(node.received) == 1
