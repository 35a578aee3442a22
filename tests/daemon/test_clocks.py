"""Clocks that are set: the machine's, by which APScheduler goes, and the daemon's own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers import base

from shs_adapter.config import Database
from shs_adapter.daemon.calendar import Calendar
from tests.daemon.answering import desk, whole
from tests.daemon.daemons import Clock, running, until
from tests.daemon.municipality import found
from tests.daemon.scripted import ScriptedNode, answer_of

STEPS = {
    "an hour back": timedelta(hours=-1),
    "a day back": timedelta(days=-1),
    "a day forward": timedelta(days=1),
    "five years forward": timedelta(days=5 * 365),
}


class Wall(datetime):
    """The machine's clock, as APScheduler reads it; it can be set."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz or UTC) + cls.ahead


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Wall]]:
    monkeypatch.setattr(base, "datetime", Wall)
    yield Wall
    Wall.ahead = timedelta()


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_what_is_done_by_the_clock_goes_on_when_the_machines_clock_is_set(
    tmp_path: Path,
    stead: Database,
    path: Path,
    wall: type[Wall],
    monkeypatch: pytest.MonkeyPatch,
    step: timedelta,
) -> None:
    monkeypatch.setattr("shs_adapter.daemon.calendar._EVERY", 0.1)
    done = list[datetime]()

    async with desk(whole(tmp_path, stead)) as at:
        calendar = Calendar(at.context, wall=lambda: wall.now(UTC))
        calendar.start()
        monkeypatch.setattr(at.context.clock, "read", lambda _: _noted(done))
        await until(lambda: len(done) > 2, "done")
        wall.ahead = step
        before = len(done)
        await until(lambda: len(done) > before + 12, "done on")  # more than were due within a second
        calendar.stop()


async def _noted(done: list[datetime]) -> None:
    done.append(datetime.now(UTC))


@pytest.mark.parametrize("restart", [False, True])
async def test_nothing_waits_for_the_time_that_a_wrong_clock_has_written_down(
    tmp_path: Path, stead: Database, node: ScriptedNode, restart: bool
) -> None:
    """Links that rested, mailboxes, questions and answers, when the clock goes back by two hours."""
    municipality = found(tmp_path, stead, node.url, retry={"first": 60, "most": 60})
    clock = Clock()
    node.cuts = lambda label: True

    async with running(municipality, now=clock):
        question = await municipality.ask()
        await until(municipality.links_down, "the link rests")
        if not restart:
            node.cuts = lambda label: False
            clock.forward(hours=-2)
            await until(lambda: municipality.accepted() == 1, "sent")
    if restart:
        node.cuts = lambda label: False
        clock.forward(hours=-2)
    async with running(municipality, now=clock):
        await until(lambda: municipality.accepted() == 1, "sent")
        node.letters = [answer_of(node.received[-1])]
        await until(lambda: municipality.is_done(question), "answered")


async def test_a_question_that_is_to_wait_waits_whatever_happens_to_the_clock(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality, clock = found(tmp_path, stead, node.url), Clock()
    later = clock() + timedelta(days=30)

    async with running(municipality, now=clock):
        waiting = await municipality.ask(not_before=later.isoformat())
        await until(lambda: "deferred" in municipality.events(waiting), "put off")
        clock.forward(hours=-2)
        other = await municipality.ask()
        await until(lambda: municipality.question(other)["state"] == "accepted", "sent")
        clock.forward(hours=3)
        third = await municipality.ask()
        await until(lambda: municipality.question(third)["state"] == "accepted", "sent, too")

    assert municipality.question(waiting)["state"] == "new"
