"""A transaction that is begun and never ended holds up the rows that it has locked, and nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.config import Database
from shs_adapter.lifecycle import Event
from shs_adapter.store import answers, blocking, engine, outbox
from shs_adapter.store.recount import recount
from tests.daemon.daemons import operator, running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of
from tests.databases import Cluster
from tests.hostile.forgotten_transaction import LOCKS, held

GRANTS = """
DO $$ BEGIN CREATE ROLE forgetful LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA shs TO forgetful;
GRANT INSERT (person_id), SELECT (id, reference), UPDATE (withdraw_reason) ON outbox TO forgetful;
"""


def url(stead: Database) -> str:
    return stead.url.replace("+asyncpg", "")


@asynccontextmanager
async def locked(municipality: Municipality, question: int, how: str) -> AsyncIterator[int]:
    async with held(url(municipality.stead), LOCKS[how], question) as pid:
        yield pid


async def answered_meanwhile(municipality: Municipality, node: ScriptedNode, person: str) -> None:
    """Another question goes all the way."""
    before = len(node.received)
    other = await municipality.ask(person)
    await until(lambda: municipality.question(other)["state"] == "accepted", "another one is sent")
    (raw,) = [raw for raw in node.received[before:] if municipality.tx_id(other).encode() in raw]
    node.letters += [confirm_of(raw), answer_of(raw)]
    await until(lambda: municipality.is_done(other), "another one is answered")


@pytest.mark.parametrize("how", LOCKS)
async def test_a_row_that_is_locked_when_it_is_new_stops_no_other(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode, how: str
) -> None:
    municipality = found(tmp_path, stead, node.url)
    question = await municipality.ask()

    async with locked(municipality, question, how), running(municipality):
        await answered_meanwhile(municipality, node, PERSONS[1])
        meanwhile = municipality.question(question)
    async with running(municipality):
        await until(lambda: municipality.accepted() == 2, "sent when it is let go")
    after = municipality.question(question)

    assert (meanwhile["state"], meanwhile["person_id"]) == ("new", PERSONS[0])
    assert after["person_id"] is None
    assert len(node.received) == 2


@pytest.mark.parametrize("how", LOCKS)
async def test_what_the_node_says_of_a_locked_row_is_kept_and_nothing_is_sent_twice(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode, how: str
) -> None:
    municipality = found(tmp_path, stead, node.url, counterparts={"in_flight": 2})
    node.gate.clear()

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: node.received, "sent")
        raw = node.received[0]
        async with locked(municipality, question, how):
            node.gate.set()
            await until(lambda: municipality.accepted() == 1, "the receipt is kept")
            await answered_meanwhile(municipality, node, PERSONS[1])
            assert municipality.question(question)["state"] == "ready"
        await until(lambda: municipality.question(question)["state"] == "accepted", "let go")
        async with locked(municipality, question, how):
            node.letters += [confirm_of(raw), answer_of(raw)]
            await answered_meanwhile(municipality, node, PERSONS[2])
            assert municipality.question(question)["state"] == "accepted"
        await until(lambda: municipality.is_done(question), "answered when it is let go")
        await until(lambda: municipality.are_closed(6), "all is acknowledged")

    assert len(node.received) == 3
    assert sorted(municipality.values("SELECT outcome FROM outbox")) == ["COMPLETE"] * 3
    assert municipality.events(question).count("accepted") == 1
    assert municipality.values("SELECT state FROM notice WHERE state <> 'acked'") == []
    assert len(set(node.acknowledged)) == 6


async def test_a_daemon_that_died_with_a_receipt_of_a_locked_row_sends_it_no_second_time(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    node.gate.clear()

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: node.received, "sent")
        holding = locked(municipality, question, "for update")
        await holding.__aenter__()
        node.gate.set()
        await until(lambda: municipality.accepted() == 1, "the receipt is kept")
    await holding.__aexit__(None, None, None)
    async with running(municipality):
        await until(lambda: municipality.question(question)["state"] == "accepted", "known from the receipt")

    assert len(node.received) == 1
    assert municipality.attempts(question)[0]["sends"] == 1


async def test_what_is_taken_back_and_locked_stops_no_other(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    questions = [await municipality.ask(withdraw_reason="wrong") for _ in range(2)]

    async with running(municipality):
        async with locked(municipality, questions[0], "update"):
            await until(lambda: municipality.question(questions[1])["state"] == "failed", "withdrawn")
            await answered_meanwhile(municipality, node, PERSONS[1])
            assert municipality.question(questions[0])["state"] == "new"
        await until(lambda: municipality.question(questions[0])["state"] == "failed", "withdrawn, too")

    assert [municipality.question(one)["failure_code"] for one in questions] == ["withdrawn"] * 2


async def test_a_reference_that_is_being_inserted_stops_nobody(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    inserting = "INSERT INTO outbox (reference, person_id) VALUES ('one', $1)"

    async with held(url(stead), inserting, PERSONS[0]), running(municipality):
        await answered_meanwhile(municipality, node, PERSONS[1])


async def test_readmes_role_may_lock_rows_and_nothing_else(
    tmp_path: Path, cluster: Cluster, stead: Database
) -> None:
    owner = await asyncpg.connect(url(stead))
    await owner.execute(GRANTS)
    business = await asyncpg.connect(url(stead).replace("adapter@", "forgetful@"))
    try:
        for lock in LOCKS.values():
            await business.execute(lock.replace("$1", "1"))
        for refused in (
            "SELECT id FROM exclusive FOR UPDATE",
            "LOCK TABLE exclusive IN ACCESS SHARE MODE",
            "LOCK TABLE outbox IN ROW EXCLUSIVE MODE",
            "LOCK TABLE outbox IN SHARE MODE",
            "SELECT name FROM daemon",
            "INSERT INTO daemon (name, pid, started_at) VALUES ('prov', 1, now())",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with business.transaction():
                    await business.execute(refused)
    finally:
        await business.close()
        await owner.execute("DROP OWNED BY forgetful")
        await owner.close()


async def test_no_session_of_ours_waits_long_for_what_others_lock(
    tmp_path: Path, cluster: Cluster, stead: Database
) -> None:
    database = engine.open_engine(stead)
    try:
        async with database.begin() as connection:
            alone = (await connection.exec_driver_sql("SHOW lock_timeout")).scalar_one()
        async with engine.turn(database) as connection:
            exclusive = (await connection.exec_driver_sql("SHOW lock_timeout")).scalar_one()
    finally:
        await database.dispose()

    assert alone == exclusive == "1s"


async def test_whose_transaction_has_locked_rows_is_told(
    tmp_path: Path,
    cluster: Cluster,
    stead: Database,
    node: ScriptedNode,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("shs_adapter.daemon.calendar._HOLDERS_EVERY", 0.2)
    municipality = found(tmp_path, stead, node.url)
    question = await municipality.ask()

    async with running(municipality):
        async with locked(municipality, question, "update") as pid:
            await until(lambda: "locked_by" in caplog.messages, "alarmed")
            status = json.loads(await operator(municipality, "status", "--json"))["locked_by"]
        await until(lambda: "locked_no_more" in caplog.messages, "over")
    after = json.loads(await operator(municipality, "status", "--json"))["locked_by"]

    (told,) = [record for record in caplog.records if record.message == "locked_by"]
    assert vars(told)["fields"]["pid"] == pid
    assert [one["pid"] for one in status] == [pid]
    assert (status[0]["role"], status[0]["application"]) == ("adapter", "forgetful")
    assert status[0]["tables"] == "outbox"
    assert f"pg_terminate_backend({pid})" in status[0]["act"]
    assert after == []


async def test_whose_transaction_it_is_needs_no_rights_to_see(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    """README's role for the adapter is no superuser: when another's transaction began it may not know."""
    municipality = found(tmp_path, stead, node.url)
    question = await municipality.ask()
    owner = await asyncpg.connect(url(stead))
    await owner.execute(GRANTS)
    theirs = Database(url=stead.url.replace("adapter@", "forgetful@"))
    database = engine.open_engine(theirs)
    try:
        async with locked(municipality, question, "for update") as pid, database.connect() as connection:
            (seen,) = await blocking.holders(connection)
    finally:
        await database.dispose()
        await owner.execute("DROP OWNED BY forgetful")
        await owner.close()

    assert (seen.pid, seen.role, seen.application, seen.since) == (pid, "adapter", "forgetful", None)


async def test_a_question_about_the_same_person_in_the_case_waits_without_making_others_wait(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    """What is reckoned for the person refers to the locked question."""
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        first = await municipality.ask(case_id="E-1")
        await until(lambda: municipality.question(first)["state"] == "accepted", "sent")
        async with locked(municipality, first, "for update"):
            again = await municipality.ask(case_id="E-1", ask_anyway_reason="sure")
            await answered_meanwhile(municipality, node, PERSONS[1])
            assert municipality.question(again)["state"] == "new"
        await until(lambda: municipality.question(again)["state"] == "accepted", "sent when it is let go")

    assert len(node.received) == 3


async def test_who_meets_a_locked_row_is_told_at_once(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    """While the exclusive transaction waited, all others would."""
    municipality = found(tmp_path, stead, node.url)
    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: municipality.question(question)["state"] == "accepted", "sent")
    subject = municipality.question(question)["subject_id"]
    now = datetime.now(UTC)
    meeting: Mapping[str, Callable[[AsyncConnection], Awaitable[object]]] = {
        "recount": lambda one: recount(one, [subject]),
        "record": lambda one: outbox.record(one, question, Event.CONFIRMED, at=now, actor="prov"),
        "retract": lambda one: answers.retract(one, question),
        "some": lambda one: outbox.some(one, [question], to_change=True),
    }
    database = engine.open_engine(stead)
    try:
        async with locked(municipality, question, "for update"):
            for name, meet in meeting.items():
                async with database.connect() as connection:
                    await connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                    async with asyncio.timeout(20):
                        with pytest.raises(DBAPIError) as met:
                            await meet(connection)
                    assert engine.is_locked(met.value), name
    finally:
        await database.dispose()
