"""The crash table of the architecture, line by line: a daemon dies by SIGKILL and is started again."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shs_adapter.config import Database
from shs_adapter.store import attempts, vault
from tests.daemon.daemons import die, logged, operator, process, until
from tests.daemon.municipality import Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of, says
from tests.sandbox.harness import serving

_ROUND = 2  # notices of one question: its confirm, then its answer


def witnessed(directory: Path, what: str) -> list[dict[str, Any]]:
    lines = map(json.loads, (directory / "node.jsonl").read_bytes().splitlines())
    return [line for line in lines if line["what"] == what]


def times(directory: Path, what: str) -> Counter[str]:
    """How often the node saw *what* of each tx.id."""
    return Counter(line["tx_id"] for line in witnessed(directory, what))


async def until_done(municipality: Municipality, questions: list[int]) -> None:
    await until(lambda: all(map(municipality.is_done, questions)), "every question answered")


async def finish(municipality: Municipality, questions: list[int], notices: int) -> None:
    """Start the daemon again, and let it end all that is under way."""
    async with process(municipality):
        await until_done(municipality, questions)
        await until(lambda: municipality.are_closed(notices), "every notice closed")


def assert_asked_once(municipality: Municipality, questions: list[int]) -> None:
    """Each question has one envelope, and one answer that counts."""
    for question in questions:
        assert len(municipality.attempts(question)) == 1
        assert municipality.question(question)["outcome"] == "COMPLETE"
        assert municipality.question(question)["answer_version"] == 1


async def test_a_question_that_was_being_built_is_built_again(tmp_path: Path, stead: Database) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        questions = await municipality.ask_all(3)

        await die(municipality, "building")
        states = municipality.values("SELECT state FROM outbox")
        clear = municipality.values("SELECT person_id FROM outbox WHERE person_id IS NOT NULL")
        envelopes = municipality.values("SELECT tx_id FROM attempt")
        sent = witnessed(tmp_path, "received")
        await finish(municipality, questions, 3 * _ROUND)

        assert states == ["new"] * 3
        assert (clear, envelopes, sent) == ([], [], [])
        assert_asked_once(municipality, questions)
        assert set(times(tmp_path, "received").values()) == {1}


async def test_a_frozen_envelope_is_sent_after_a_crash(tmp_path: Path, stead: Database) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()

        await die(municipality, "frozen")
        state, (frozen,) = municipality.question(question)["state"], municipality.attempts(question)
        sent = witnessed(tmp_path, "received")
        await finish(municipality, [question], _ROUND)

        assert (state, frozen["first_sent_at"], sent) == ("ready", None, [])
        assert times(tmp_path, "received") == {frozen["tx_id"]: 1}
        assert_asked_once(municipality, [question])


async def test_what_may_have_been_sent_goes_out_under_its_tx_id_and_the_node_knows_it(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        questions = await municipality.ask_all(3)

        await die(municipality, "sent")
        unrecorded = municipality.values("SELECT tx_id FROM outbox WHERE state = 'ready'")
        arrived = times(tmp_path, "received")
        await finish(municipality, questions, 3 * _ROUND)

        received = times(tmp_path, "received")
        twice = {tx_id for tx_id in unrecorded if arrived[tx_id]}
        assert twice
        assert received == dict.fromkeys(map(municipality.tx_id, questions), 1) | dict.fromkeys(twice, 2)
        repeated = {line["tx_id"] for line in witnessed(tmp_path, "received") if line["duplicate"]}
        assert repeated == twice
        assert set(municipality.values("SELECT tx_id FROM attempt WHERE duplicate")) == twice
        assert_asked_once(municipality, questions)


async def test_a_node_that_detects_no_duplicates_answers_twice_and_the_question_is_done_once(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path, detect_duplicates=False) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()

        await die(municipality, "sent")
        await finish(municipality, [question], 2 * _ROUND)

        tx_id = municipality.tx_id(question)
        assert times(tmp_path, "received") == {tx_id: 2}
        assert [line["duplicate"] for line in witnessed(tmp_path, "received")] == [False, False]
        assert municipality.events(question).count("completed") == 2
        outcomes = municipality.values("SELECT outcome FROM inbox WHERE kind = 'answer'")
        assert outcomes == ["COMPLETE", "COMPLETE"]
        assert_asked_once(municipality, [question])


async def test_the_same_bytes_go_out_however_often_we_die(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    question = await municipality.ask()

    await die(municipality, "sent")
    await die(municipality, "sent")
    async with process(municipality):
        await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")

    (attempt,) = municipality.attempts(question)
    keys = vault.load(tmp_path / "keys.toml")
    frozen = keys.open(attempt["envelope_sealed"], attempts.place(attempt["tx_id"]))
    assert node.received == [frozen] * 3
    assert attempt["sends"] == 3


async def test_an_answer_that_outruns_our_bookkeeping_is_kept(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    question = await municipality.ask()

    await die(municipality, "sent")
    node.refusal = lambda label: says(503)()
    node.letters = [confirm_of(node.received[0]), answer_of(node.received[0])]
    await finish(municipality, [question], _ROUND)

    events = municipality.events(question)
    assert "accepted" not in events
    assert events.index("confirmed") < events.index("completed")
    assert_asked_once(municipality, [question])


async def test_what_was_listed_is_fetched_after_a_crash(tmp_path: Path, stead: Database) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()
        await die(municipality, "sent")
        await until(lambda: witnessed(tmp_path, "answer"), "answered")

        await die(municipality, "listed")
        noted = municipality.values("SELECT state FROM notice")
        fetched = witnessed(tmp_path, "fetched")
        await finish(municipality, [question], _ROUND)

        assert (noted, fetched) == (["listed", "listed"], [])
        assert set(times(tmp_path, "fetched").values()) == {1}
        assert_asked_once(municipality, [question])


async def test_what_a_consuming_fetch_took_is_one_lost_notice_and_the_rest_goes_on(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path) as url:
        limits = {"answer_timeout": 2, "lost_after": 1}
        municipality = found(tmp_path, stead, url, limits=limits)
        unlucky = await municipality.ask()

        await die(municipality, "fetched", nth=_ROUND)
        (answer,) = witnessed(tmp_path, "answer")
        async with process(municipality):
            lucky = await municipality.ask()
            await until(lambda: municipality.question(unlucky)["state"] == "failed", "timed out")
            await until(lambda: municipality.alarms("lost"), "lost")
            await until_done(municipality, [lucky])

        row = municipality.question(unlucky)
        assert (row["reason"], row["failure_code"]) == ("timed-out", "no_answer")
        states = municipality.rows("SELECT tx_id FROM notice WHERE state = 'lost'")
        assert [lost["tx_id"] for lost in states] == [answer["tx_id"]]
        assert municipality.alarms("lost") == [answer["tx_id"]]
        assert logged(municipality).count('"event": "lost"') == 1
        assert await status(municipality) == [("lost", answer["tx_id"], unlucky)]
        assert times(tmp_path, "fetched")[answer["tx_id"]] == 1


async def status(municipality: Municipality) -> list[tuple[str, str, int]]:
    """The notices that `status` shows to the operator."""
    shown = json.loads(await operator(municipality, "status", "--json"))["troubled_notices"]
    return [(notice["state"], notice["tx_id"], notice["outbox_id"]) for notice in shown]


async def test_what_was_fetched_is_fetched_again_where_the_node_keeps_it(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path, consume=False) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()

        await die(municipality, "fetched", nth=_ROUND)
        await finish(municipality, [question], _ROUND)

        (answer,) = witnessed(tmp_path, "answer")
        assert times(tmp_path, "fetched")[answer["tx_id"]] == 2
        assert len(municipality.rows("SELECT 1 FROM inbox")) == _ROUND
        assert municipality.alarms("lost") == []
        assert_asked_once(municipality, [question])


async def test_what_was_stored_is_acknowledged_after_a_crash(tmp_path: Path, stead: Database) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()

        await die(municipality, "stored", nth=_ROUND)
        (answer,) = witnessed(tmp_path, "answer")
        before = times(tmp_path, "acknowledged")[answer["tx_id"]]
        stored = municipality.values("SELECT state FROM notice WHERE tx_id = ?", answer["tx_id"])
        await finish(municipality, [question], _ROUND)

        assert (before, stored) == (0, ["stored"])
        assert times(tmp_path, "acknowledged")[answer["tx_id"]] == 1
        assert set(times(tmp_path, "fetched").values()) == {1}
        assert_asked_once(municipality, [question])


async def test_an_acknowledgement_that_was_not_recorded_is_given_again(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()

        await die(municipality, "acked", nth=_ROUND)
        (answer,) = witnessed(tmp_path, "answer")
        stored = municipality.values("SELECT state FROM notice WHERE tx_id = ?", answer["tx_id"])
        await finish(municipality, [question], _ROUND)

        assert stored == ["stored"]
        assert times(tmp_path, "acknowledged")[answer["tx_id"]] == 2
        assert set(times(tmp_path, "fetched").values()) == {1}
        assert municipality.alarms("unacknowledged") == []
        assert_asked_once(municipality, [question])


async def test_an_answer_that_was_being_judged_is_judged_again(tmp_path: Path, stead: Database) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()

        await die(municipality, "decoding")
        row = municipality.question(question)
        await finish(municipality, [question], _ROUND)

        assert (row["state"], row["outcome"], row["answer_version"]) == ("done", "PENDING", 0)
        assert set(times(tmp_path, "fetched").values()) == {1}
        assert_asked_once(municipality, [question])


async def test_a_restarted_daemon_takes_its_leases_back_at_once(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    # One lease a request: they outlast this test, as `until` waits for 30 seconds and they for 50.
    municipality = found(tmp_path, stead, node.url)
    questions = await municipality.ask_all(8)

    await die(municipality, "sent")
    leased = municipality.rows("SELECT 1 FROM outbox WHERE lease_token IS NOT NULL")
    async with process(municipality):
        states = "SELECT 1 FROM outbox WHERE state = 'accepted' AND lease_token IS NULL"
        await until(lambda: len(municipality.rows(states)) == len(questions), "all accepted")

    assert leased
    started = [json.loads(line) for line in logged(municipality).splitlines() if '"started"' in line]
    assert [line["taken_back"] for line in started] == [0, len(leased)]
    assert set(node.accepted()) == set(map(municipality.tx_id, questions))


# Fetching goes on beside all else: one message may be under way whenever we die, and is fetched again.
@pytest.mark.parametrize(
    ("steps", "count"),
    [(("building", "sent"), 2), (("put", "stored"), 2), (("stored", "acked"), 2), (("acked", "decoding"), 1)],
)
async def test_two_crashes_in_a_row_cost_no_more_than_one(
    tmp_path: Path, stead: Database, steps: tuple[str, str], count: int
) -> None:
    async with serving(tmp_path, consume=False) as url:
        municipality = found(tmp_path, stead, url)
        questions = await municipality.ask_all(count)

        for step in steps:
            await die(municipality, step)
        await finish(municipality, questions, count * _ROUND)

        assert set(times(tmp_path, "received")) == set(map(municipality.tx_id, questions))
        again = sum(times(tmp_path, "fetched").values()) - count * _ROUND
        assert again <= len(steps)
        assert_asked_once(municipality, questions)


async def test_what_was_put_into_the_inbox_is_never_fetched_again(tmp_path: Path, stead: Database) -> None:
    async with serving(tmp_path) as url:
        municipality = found(tmp_path, stead, url)
        question = await municipality.ask()

        await die(municipality, "put", nth=_ROUND)
        kinds = municipality.values("SELECT kind FROM inbox ORDER BY received_at")
        await finish(municipality, [question], _ROUND)

        assert kinds[-1] == "fetched"
        assert set(times(tmp_path, "fetched").values()) == {1}
        assert_asked_once(municipality, [question])


async def test_what_was_put_and_does_not_open_is_fetched_anew_and_holds_up_no_other(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path, consume=False) as url:
        municipality = found(tmp_path, stead, url)
        unlucky = await municipality.ask()

        await die(municipality, "put", nth=_ROUND)
        (answer,) = witnessed(tmp_path, "answer")
        damage = "UPDATE inbox SET body_sealed = ? WHERE kind = 'fetched' AND tx_id = ?"
        await municipality.execute(damage, b"damaged", answer["tx_id"])
        async with process(municipality):
            lucky = await municipality.ask()
            await until_done(municipality, [lucky, unlucky])

        assert municipality.alarms("unfetchable") == [answer["tx_id"]]
