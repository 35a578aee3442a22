"""What happens by the clock."""

from datetime import timedelta
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.daemon.calendar import Calendar
from tests.daemon.answering import desk, whole
from tests.daemon.daemons import Clock, running, until
from tests.daemon.municipality import found
from tests.daemon.scripted import ScriptedNode, says


async def test_all_that_is_due_is_settled_at_once(
    tmp_path: Path, stead: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shs_adapter.daemon.calendar._BATCH", 2)
    municipality = whole(tmp_path, stead)
    questions = [await municipality.ask() for _ in range(5)]
    await municipality.execute(
        "UPDATE outbox SET state = 'failed', finished_at = '2020-01-01 00:00:00.000000'"
    )

    async with desk(municipality) as at:
        await Calendar(at.context).settle()

    assert [municipality.question(one)["settled_at"] is None for one in questions] == [False] * 5


async def test_a_question_whose_lease_ran_out_is_still_given_up_at_its_time(
    tmp_path: Path, stead: Database, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of a request that could not be written leaves such a lease."""
    monkeypatch.setattr("shs_adapter.daemon.calendar._EVERY", 1)
    municipality = found(tmp_path, stead, node.url)
    clock = Clock()
    node.refusal = lambda label: says(500)()
    question = await municipality.ask(give_up_at=str(clock() + timedelta(hours=1)))
    left = (
        "UPDATE outbox SET due_at = '9999-01-01 00:00:00.000000', lease_token = 'x', lease_until = created_at"
    )

    async with running(municipality, now=clock):
        await until(lambda: municipality.question(question)["attempts"], "tried")
        await municipality.execute(left)
        clock.forward(hours=2)
        await until(lambda: municipality.question(question)["state"] == "failed", "given up")

    assert municipality.question(question)["failure_code"] == "give_up_at"
