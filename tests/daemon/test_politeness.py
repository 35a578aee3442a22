"""What a counterpart bears is kept by all daemons together, and outside its hours it is left alone."""

from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from shs_adapter.config import Database
from shs_adapter.hours import SWEDEN
from tests.daemon.daemons import Clock, ended, process, running, until
from tests.daemon.municipality import CLIENT, found
from tests.daemon.scripted import ScriptedNode, says
from tests.daemon.test_crash import until_done, witnessed
from tests.daemon.test_several import named
from tests.daemon.test_submit import until_accepted
from tests.databases import Cluster
from tests.sandbox.harness import serving

IN_FLIGHT = 2
A_SECOND = 10
SECOND = timedelta(seconds=1)
BUSY = 0.2 * SECOND
HELD = "SELECT kind FROM permit WHERE lease_owner = 'b'"


async def test_three_daemons_keep_to_what_the_node_bears_and_a_killed_one_only_delays(
    tmp_path: Path, cluster: Cluster, stead: Database
) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(tmp_path, busy=BUSY))
        bears = {"in_flight": IN_FLIGHT, "requests_per_second": A_SECOND}
        municipality = found(tmp_path, stead, url, counterparts=bears, polling={"mailbox": 0.5})
        questions = await municipality.ask_all(5)
        _, _, config, _ = named(municipality, "b")
        async with process(municipality, "tests.daemon.killed", config, "sent", "1") as dying:
            await ended(dying)
        held = municipality.values(HELD)
        for name in ("a", "b", "c"):
            await stack.enter_async_context(process(municipality, *named(municipality, name)))
        await until_done(municipality, questions)

    seen = witnessed(tmp_path, "request")
    times = sorted(datetime.fromisoformat(line["time"]) for line in seen)
    assert {"slot", "rate"} <= set(held)
    assert max(line["under_way"] for line in seen) == IN_FLIGHT
    assert len(times) > 5 * len(questions)
    assert min(later - at for at, later in zip(times, times[A_SECOND:], strict=False)) >= SECOND


async def test_at_one_request_a_second_no_mailbox_and_no_question_is_starved(
    tmp_path: Path, path: Path, stead: Database
) -> None:
    both = {name: {"from": f"{CLIENT}.{name}"} for name in ("one", "two")}
    async with serving(tmp_path) as url:
        municipality = found(
            tmp_path,
            stead,
            url,
            tenants=both,
            counterparts={"requests_per_second": 1},
            polling={"mailbox": 0.1},  # each would like to have all requests to itself
        )
        questions = [await municipality.ask(tenant=name) for name in both]
        async with running(municipality):
            await until_done(municipality, questions)


def open_in(days: int) -> list[str]:
    """Hours on one day of the week, around this time of the day *days* from now."""
    then = datetime.now(SWEDEN) + timedelta(days=days)
    opens, closes = then - timedelta(hours=11), then + timedelta(hours=11)
    return [f"{opens:%a %H:%M}-{closes:%H:%M}".lower()]


async def test_a_counterpart_that_is_closed_is_left_alone_until_it_opens(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, counterparts={"open": open_in(3)})
    clock = Clock()
    question = await municipality.ask()

    async with running(municipality, now=clock):
        await until(lambda: municipality.question(question)["state"] == "ready", "built")
        clock.forward(days=1)
        other = await municipality.ask()
        await until(lambda: municipality.question(other)["state"] == "ready", "another built")
        closed = list(node.paths)
        clock.forward(days=2)
        await until_accepted(municipality, question, other)

    assert closed == []
    assert municipality.events(question) == ["built", "accepted"]


async def test_a_question_does_not_age_while_the_counterpart_is_closed(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    a_while = {"first": 60, "most": 60}  # one try each time that it is open
    municipality = found(tmp_path, stead, node.url, counterparts={"open": open_in(0)}, retry=a_while)
    clock = Clock()
    node.refusal = lambda label: says(500)()
    question = await municipality.ask()

    async with running(municipality, now=clock):
        for tries in (1, 2, 3):
            await until(lambda: municipality.question(question)["attempts"] == tries, "tried")  # noqa: B023
            young = municipality.question(question)["state"]
            clock.forward(days=7)  # less than a day each, and three are needed
        clock.forward(days=14)
        await until(lambda: municipality.question(question)["state"] == "failed", "given up")

    assert young == "ready"
    assert municipality.question(question)["reason"] == "exhausted"


async def test_an_answer_is_not_late_while_the_counterpart_is_closed(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, counterparts={"open": open_in(0)})
    clock = Clock()
    question = await municipality.ask()

    async with running(municipality, now=clock):
        await until_accepted(municipality, question)
        clock.forward(days=7)  # less than a day, and two are needed
        listed = len(node.paths)
        await until(lambda: len(node.paths) > listed + 2, "listed")
        waiting = municipality.question(question)["state"]
        clock.forward(days=14)
        await until(lambda: municipality.question(question)["state"] == "failed", "given up")

    assert waiting == "accepted"
    assert municipality.question(question)["reason"] == "timed-out"
