"""Purging beside the daemon's other work, and what comes late to a question that is purged."""

from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.daemon.calendar import Calendar
from tests.daemon.answering import desk, whole
from tests.daemon.daemons import Clock, operator, running, until
from tests.daemon.municipality import PERSONS, found
from tests.daemon.scripted import ScriptedNode, answer_of, error_of

DAY = 86400

LONG_AGO = "UPDATE outbox SET settled_at = '2020-01-01 00:00:00.000000' WHERE id = ?"


@pytest.mark.parametrize("kept", ["answers_after", "questions_after"])
async def test_a_late_answer_to_a_purged_question_is_kept_as_such_and_alarms_nobody(
    tmp_path: Path, stead: Database, node: ScriptedNode, kept: str
) -> None:
    municipality = found(
        tmp_path, stead, node.url, tenants={"default": {"mailbox": "exclusive"}}, retention={kept: DAY}
    )

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")
        raw = node.received[0]
        first = answer_of(raw)
        node.letters = [first]
        await until(lambda: municipality.is_done(question) and municipality.are_closed(1), "answered")
        await municipality.execute(LONG_AGO, question)
        said = await operator(municipality, "purge")
        late = [answer_of(raw), error_of(raw), first]
        node.letters = [*late]
        await until(lambda: municipality.rows("SELECT 1 FROM inbox WHERE code = 'purged'")[2:], "stored")
        await until(lambda: not node.letters, "acknowledged")

    assert "answers 1" in said
    assert [row["id"] for row in municipality.rows("SELECT id FROM outbox")] == (
        [question] if kept == "answers_after" else []
    )
    taken = municipality.rows("SELECT tx_id, kind, outbox_id FROM inbox WHERE code = 'purged'")
    assert {row["tx_id"] for row in taken} == {letter.label.tx_id for letter in late}
    assert {(row["kind"], row["outbox_id"]) for row in taken} == {("unsolicited", None)}
    assert municipality.alarms("unsolicited") == municipality.alarms("tx_id_repeated") == []


async def test_a_reference_that_was_purged_is_not_asked_again(tmp_path: Path, stead: Database) -> None:
    municipality = whole(tmp_path, stead, sections=f"[retention]\nquestions_after = {DAY}\n")

    async with desk(municipality) as at:
        first = await at.ask(PERSONS[0], reference="R-1")
        await at.answer(first)
        await municipality.execute(LONG_AGO, first)
        await Calendar(at.context).purge()
        left = municipality.rows("SELECT 1 FROM outbox")
        again = await at.ask(PERSONS[0], reference="R-1")
        other = await at.ask(PERSONS[0], reference="R-2")

    assert left == []
    row = municipality.question(again)
    assert (row["state"], row["reason"], row["failure_code"]) == ("failed", "malformed", "reference_purged")
    assert "R-1" not in row["failure_text"]
    assert municipality.attempts(again) == []
    assert municipality.question(other)["state"] == "ready"


async def test_the_calendar_purges_what_is_old_and_has_the_log_file_emptied(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead, sections=f"[retention]\nanswers_after = {DAY}\n")
    clock = Clock()

    async with desk(municipality, clock) as at:
        question = await at.ask(PERSONS[0])
        await at.answer(question)
        at.context.sealed.clear()
        await Calendar(at.context).purge()
        early = municipality.question(question)["purged_at"], at.context.sealed.is_set()
        clock.forward(days=1)
        await Calendar(at.context).purge()

        assert early == (None, False)
        assert municipality.question(question)["purged_at"] is not None
        assert at.context.sealed.is_set()
    assert municipality.values("SELECT actor FROM journal WHERE event = 'purged'") == [at.context.owner] * 2
