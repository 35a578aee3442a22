"""The daemon as a process: how it starts, how it stops, and what it waits for."""

import asyncio
import signal
import socket
import sqlite3
from asyncio.subprocess import Process
from datetime import timedelta
from pathlib import Path

import pytest

from shs_adapter import config
from shs_adapter.config import Database
from shs_adapter.daemon.service import serve
from shs_adapter.errors import CannotStart
from shs_adapter.sandbox import pki
from tests.daemon.daemons import ended, logged, process, running, until
from tests.daemon.municipality import CLIENT, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of
from tests.sandbox.harness import now, serving


def stop(daemon: Process) -> None:
    daemon.send_signal(signal.SIGTERM)


async def stopping(municipality: Municipality) -> None:
    await until(lambda: '"stopping"' in logged(municipality), "told to stop")


async def test_a_second_daemon_on_the_same_file_refuses_in_one_line(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality), process(municipality) as second:
        assert await ended(second) == 3

    (line,) = logged(municipality).splitlines()
    assert line.startswith("shs-adapter: ")
    assert str(path) in line


async def test_a_second_daemon_of_the_same_name_is_refused(
    tmp_path: Path, stead: Database, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    municipality = found(tmp_path, stead, node.url)
    monkeypatch.setattr("shs_adapter.store.owner._PATIENCE", timedelta(seconds=2))

    async with running(municipality):
        with pytest.raises(CannotStart) as refused:
            await serve(config.load(municipality.config))

    assert refused.value.code == "locked"
    assert str(stead) in str(refused.value)


async def test_a_request_that_is_under_way_may_end_when_the_daemon_is_told_to_stop(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    node.gate.clear()
    question = await municipality.ask()

    async with process(municipality) as daemon:
        await until(lambda: node.received, "under way")
        stop(daemon)
        await stopping(municipality)
        unfinished = daemon.returncode
        node.gate.set()
        assert await ended(daemon) == 0

    row = municipality.question(question)
    assert unfinished is None
    assert (row["state"], row["lease_token"]) == ("accepted", None)
    assert len(node.received) == 1


async def test_a_daemon_that_is_told_to_stop_leaves_no_log_file(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    log = path.with_name("adapter.db-wal")
    await municipality.ask()

    async with running(municipality):
        await until(municipality.accepted, "accepted")
        meanwhile = log.exists()

    assert (meanwhile, log.exists()) == (True, False)


async def test_a_stop_ends_the_fetch_under_way_and_leaves_the_rest_for_the_next_start(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    questions = await municipality.ask_all(4)

    async with process(municipality) as daemon:
        await until(lambda: municipality.accepted() == 4, "sent")
        node.gate.clear()
        node.letters = [answer_of(raw) for raw in node.received]
        await until(lambda: node.fetched, "a fetch under way")
        stop(daemon)
        await stopping(municipality)
        node.gate.set()
        assert await ended(daemon) == 0
    stored = len(municipality.rows("SELECT 1 FROM inbox"))
    async with running(municipality):
        await until(lambda: all(map(municipality.is_done, questions)), "answered")

    assert stored == 1
    assert len(node.fetched) == len(set(node.fetched)) == 4


async def test_an_idle_daemon_stops_at_once(tmp_path: Path, stead: Database, node: ScriptedNode) -> None:
    municipality = found(tmp_path, stead, node.url, polling={"idle": 60, "mailbox": 60})

    async with process(municipality) as daemon:
        await until(lambda: node.paths, "at work")
        stop(daemon)
        assert await ended(daemon) == 0


async def test_while_the_node_is_down_rows_stay_ready_and_all_are_answered_when_it_is_up(
    tmp_path: Path, stead: Database
) -> None:
    pki.write(tmp_path, CLIENT, now())
    port = free_port()
    municipality = found(tmp_path, stead, f"https://localhost:{port}")
    questions = await municipality.ask_all(4)

    async with running(municipality):
        await until(lambda: len(municipality.links_down()) == 2, "both links down")
        failures = "SELECT 1 FROM link WHERE failures > 2 AND scope LIKE 'submit:%'"
        await until(lambda: municipality.rows(failures), "tried some times")
        down = municipality.links_down()
        rows = municipality.rows("SELECT state, attempts FROM outbox")
        async with serving(tmp_path, port=port):
            await until(lambda: all(map(municipality.is_done, questions)), "answered")

    assert down == {"submit": "refused", "mailbox": "refused"}
    assert [tuple(row) for row in rows] == [("ready", 0)] * 4
    assert municipality.alarms("lost") == []


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_what_was_fetched_while_the_disk_is_full_is_stored_when_there_is_room(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    question = await municipality.ask()

    async with process(municipality, "tests.daemon.full", str(municipality.config)) as daemon:
        await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")
        node.letters = [answer_of(node.received[0])]
        await until(lambda: municipality.is_done(question), "answered")
        stop(daemon)
        assert await ended(daemon) == 0

    waited = "julianday(inbox.received_at) - julianday(notice.first_seen_at)"
    (days,) = municipality.values(f"SELECT {waited} FROM inbox JOIN notice USING (tx_id)")
    assert timedelta(days=days) > timedelta(seconds=1)
    assert len(node.fetched) == 1


async def test_what_was_fetched_while_others_wait_for_the_database_is_stored_when_it_is_free(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    municipality = found(tmp_path, stead, node.url)
    monkeypatch.setattr("shs_adapter.store.sqlite._TURN", timedelta(seconds=0.1))
    question = await municipality.ask()
    waited = 0

    async def step(name: str) -> None:
        nonlocal waited
        if name == "fetched" and not waited:
            waited += 1
            business = await locked(path)
            asyncio.get_running_loop().call_later(1, business.close)
            await asyncio.sleep(0.3)  # until a pump holds the only connection, and waits for the lock

    async with running(municipality, step=step):
        await until(lambda: node.received, "sent")
        node.letters = [answer_of(node.received[0])]
        await until(lambda: municipality.is_done(question), "answered")

    assert waited
    assert len(node.fetched) == 1
    assert municipality.alarms("unfetchable") == []


async def locked(path: Path) -> sqlite3.Connection:
    """A business system in the middle of a transaction; closing it gives way."""
    business = sqlite3.connect(path, timeout=0, isolation_level=None)
    while not business.in_transaction:
        try:
            business.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            await asyncio.sleep(0.001)
    return business


async def test_every_slot_has_a_connection_of_its_own(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    units = {name: {"from": f"{CLIENT}.{name}"} for name in ("one", "two", "three", "four")}
    municipality = found(tmp_path, stead, node.url, tenants=units, limits={"in_flight": len(units) + 1})
    await municipality.ask(tenant="one")

    async with running(municipality):
        await until(municipality.accepted, "accepted")
        node.gate.clear()
        await municipality.ask(tenant="one")
        await until(lambda: len(node.received) == 2, "under way")
        node.letters = [answer_of(node.received[0])]
        await until(lambda: len(node.fetched) == len(units), "a fetch from every mailbox")
        node.gate.set()


async def test_requests_that_outlast_the_grace_are_cut_off_and_left_as_after_a_crash(
    tmp_path: Path, stead: Database, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"in_flight": 1})
    monkeypatch.setattr("shs_adapter.daemon.service._grace", lambda limits: timedelta(seconds=0.2))
    node.gate.clear()
    question, _ = await municipality.ask_all(2)

    async with running(municipality):
        await until(lambda: node.received, "under way")

    left = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    assert "Submit._send" not in left
    assert municipality.question(question)["lease_token"]
    assert municipality.events(question) == ["built"]
    assert municipality.links_down() == {}


async def test_a_secret_that_others_may_read_is_warned_of(
    tmp_path: Path, stead: Database, node: ScriptedNode, caplog: pytest.LogCaptureFixture
) -> None:
    municipality = found(tmp_path, stead, node.url)
    (tmp_path / "keys.toml").chmod(0o644)
    (tmp_path / "client.key").chmod(0o620)

    async with running(municipality):
        pass

    told = [record for record in caplog.records if record.message == "secret exposed"]
    assert len(told) == 2


async def test_a_hangup_ends_nothing(tmp_path: Path, stead: Database, node: ScriptedNode) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with process(municipality) as daemon:
        await until(lambda: '"started"' in logged(municipality), "started")
        daemon.send_signal(signal.SIGHUP)
        await until(lambda: "hangup ignored" in logged(municipality), "told")
        question = await municipality.ask()
        await until(lambda: municipality.question(question)["state"] == "accepted", "working on")

    assert daemon.returncode == -signal.SIGKILL  # by this test alone
