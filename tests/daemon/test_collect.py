"""The mailbox: what is taken, what is left, and what becomes of a message that will not come."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web

from shs_adapter.config import Database
from shs_adapter.sandbox.letters import Letter, litter
from shs_adapter.shs import names
from shs_adapter.shs.label import Status
from tests.daemon.daemons import Clock, operator, running, until
from tests.daemon.municipality import CLIENT, Municipality, found
from tests.daemon.scripted import (
    Say,
    ScriptedNode,
    answer_of,
    confirm_of,
    error_of,
    letter_of_others,
    received_as,
    says,
    under,
)

_OF_TWO = {"one": {"from": "2120002411"}, "two": {"from": "2120002411"}}


def rubbish() -> tuple[Letter, Letter, Letter]:
    """A message cut off, an answer to nothing, and another product's message."""
    return litter(CLIENT, datetime.now(UTC))


async def sent(municipality: Municipality, node: ScriptedNode) -> tuple[int, bytes]:
    """A question that the node has accepted, and its bytes."""
    before = len(node.received)
    question = await municipality.ask()
    await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")
    return question, node.received[before]


def states(municipality: Municipality) -> dict[str, str]:
    """Of every notice."""
    return {row["tx_id"]: row["state"] for row in municipality.rows("SELECT tx_id, state FROM notice")}


# What is taken, and what is left


async def test_invalid_and_unsolicited_messages_are_kept_and_alarmed_and_block_nothing(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    cut_off, unsolicited, foreign = node.letters = [*rubbish()]

    async with running(municipality):
        question, raw = await sent(municipality, node)
        node.letters += [confirm_of(raw), answer_of(raw)]
        await until(lambda: municipality.is_done(question), "answered")

    ids = [letter.label.tx_id for letter in (cut_off, unsolicited, foreign)]
    assert [states(municipality)[tx_id] for tx_id in ids[1:]] == ["acked", "left"]
    assert states(municipality)[ids[0]] in ("unfetchable", "locked")  # the node has it no more
    kinds = dict(map(tuple, municipality.rows("SELECT tx_id, kind FROM inbox WHERE outbox_id IS NULL")))
    assert kinds == {ids[0]: "invalid", ids[1]: "unsolicited"}
    assert municipality.alarms("unfetchable") == ids[:1]
    assert municipality.alarms("unsolicited") == ids[1:2]
    assert ids[0] not in node.acknowledged
    assert ids[2] not in node.fetched + node.acknowledged


async def test_an_exclusive_mailbox_is_emptied(tmp_path: Path, stead: Database, node: ScriptedNode) -> None:
    municipality = found(tmp_path, stead, node.url, tenants={"default": {"mailbox": "exclusive"}})
    node.letters = [*rubbish()[1:], letter_of_others(names.CONFIRM)]
    ids = {letter.label.tx_id for letter in node.letters}

    async with running(municipality):
        await until(lambda: municipality.are_closed(3), "taken")

    assert set(node.acknowledged) == ids
    assert len(municipality.alarms("unsolicited")) == 3


async def test_confirms_and_errors_of_others_are_left_where_they_are(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    node.letters = [letter_of_others(names.CONFIRM), letter_of_others(names.ERROR)]

    async with running(municipality):
        question, raw = await sent(municipality, node)
        node.letters += [confirm_of(raw), answer_of(raw)]
        await until(lambda: municipality.are_closed(4), "the others taken")

    assert sorted(states(municipality).values()) == ["acked", "acked", "left", "left"]
    assert len(node.letters) == 2
    assert municipality.question(question)["state"] == "done"


async def test_a_mailbox_full_of_others_messages_hides_none_of_ours(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, polling={"mailbox": 60})
    question = await municipality.ask()
    async with running(municipality):
        await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")
    foreign = rubbish()[2]
    node.letters = [under(str(uuid4()), foreign) for _ in range(450)] + [answer_of(node.received[0])]

    async with running(municipality):
        await until(lambda: municipality.is_done(question), "answered, in one go")

    assert len(node.fetched) == 1
    assert len(node.letters) == 450


async def test_a_message_of_the_other_status_is_left_although_the_node_lists_it(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    node.letters = [received_as(Status.PRODUCTION, rubbish()[1])]

    async with running(municipality):
        await until(lambda: states(municipality), "listed")

    assert [*states(municipality).values()] == ["left"]
    assert node.fetched == []


async def test_tenants_that_share_a_mailbox_poll_it_once_and_each_gets_its_own_answers(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, tenants=_OF_TWO)
    questions = [await municipality.ask(tenant="two"), await municipality.ask(tenant="one")]

    async with running(municipality):
        await until(lambda: len(node.received) == 2, "asked")
        node.letters = [answer_of(raw) for raw in node.received]
        await until(lambda: all(map(municipality.is_done, questions)), "answered")

    assert len(node.fetched) == 2
    assert {municipality.question(question)["outcome"] for question in questions} == {"COMPLETE"}


# What comes twice, or otherwise than it should


async def test_a_repeated_tx_id_with_another_body_is_kept_beside_the_first_and_alarmed(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        first = answer_of(raw)
        node.letters = [first]
        await until(lambda: municipality.is_done(question), "answered")
        await until(lambda: municipality.are_closed(1), "acknowledged")
        node.letters = [under(first.label.tx_id, answer_of(raw))]
        await until(lambda: municipality.alarms("tx_id_repeated"), "alarmed")
        await until(lambda: not node.letters and municipality.are_closed(1), "acknowledged again")

    assert municipality.alarms("tx_id_repeated") == [first.label.tx_id]
    assert municipality.values("SELECT tx_id FROM inbox") == [first.label.tx_id] * 2
    assert municipality.question(question)["answer_version"] == 1


async def test_the_same_message_twice_is_kept_once_without_an_alarm(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        node.letters = [letter]
        await until(lambda: municipality.is_done(question) and municipality.are_closed(1), "answered")
        node.letters = [letter]
        await until(lambda: len(node.acknowledged) == 2 and municipality.are_closed(1), "taken again")

    assert len(municipality.rows("SELECT 1 FROM inbox")) == 1
    assert municipality.alarms("tx_id_repeated") == []


@pytest.mark.parametrize("tx_id", ["../../../etc/passwd", "a b", "..", "a?action=ack", "a/b", "%2e%2e"])
async def test_a_tx_id_that_is_no_plain_word_is_never_used_as_a_path(
    tmp_path: Path, stead: Database, node: ScriptedNode, tx_id: str
) -> None:
    municipality = found(tmp_path, stead, node.url)
    listed = f'<message tx.id="{tx_id}" timestamp="2026-11-23T08:30:00" sequence-type="reply" status="test" '
    listed += f'product="urn:X-shs:{rubbish()[1].label.product}"/>'
    node.on_list = lambda: web.Response(
        text=f"<shs.message-list>{listed}</shs.message-list>", content_type="application/xml"
    )

    async with running(municipality):
        await until(lambda: municipality.alarms("unfetchable"), "alarmed")

    assert (states(municipality), node.fetched) == ({tx_id: "unfetchable"}, [])
    assert set(node.paths) == {f"/shs/ds/{CLIENT}"}


async def test_a_message_whose_news_meet_a_surprise_is_kept_all_the_same(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        await municipality.execute("UPDATE outbox SET state = 'odd' WHERE id = ?", question)
        letter = answer_of(raw)
        node.letters = [letter]
        await until(lambda: municipality.alarms("unreadable"), "alarmed")
        await until(lambda: municipality.are_closed(1), "acknowledged")

    assert [tuple(row) for row in municipality.rows("SELECT tx_id, kind, code FROM inbox")] == [
        (letter.label.tx_id, "unreadable", "unexpected")
    ]
    assert node.fetched == [letter.label.tx_id]


# What will not come


async def test_a_listed_message_that_is_missing_is_locked_and_lost_only_after_two_hours(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    clock = Clock()

    async with running(municipality, now=clock):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        tx_id = letter.label.tx_id
        node.on_fetch[tx_id] = says(404)
        node.letters = [letter]
        await until(lambda: states(municipality) == {tx_id: "locked"}, "locked")
        clock.forward(minutes=115)
        tried = len(node.fetched)
        await until(lambda: len(node.fetched) > tried + 1, "tried again")
        after_115_minutes = states(municipality)
        node.letters = []
        clock.forward(minutes=10)
        await until(lambda: states(municipality) == {tx_id: "lost"}, "lost")
        meanwhile = municipality.question(question)["state"]
        node.on_fetch.clear()
        node.letters = [letter]  # the node's operator has found it
        await until(lambda: municipality.is_done(question), "answered")

    assert (after_115_minutes, meanwhile) == ({tx_id: "locked"}, "accepted")
    assert municipality.alarms("lost") == [tx_id]


async def test_a_message_that_was_locked_is_taken_when_the_lock_is_gone(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        node.on_fetch[letter.label.tx_id] = says(404)
        node.letters = [letter]
        await until(lambda: "locked" in states(municipality).values(), "locked")
        node.on_fetch.clear()
        await until(lambda: municipality.is_done(question), "answered")

    assert municipality.alarms("lost") == []


async def test_a_message_that_cannot_be_fetched_is_alarmed_once_and_the_others_go_on(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    stuck = rubbish()[1]
    node.letters = [stuck]
    node.on_fetch[stuck.label.tx_id] = says(500)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        node.letters.append(answer_of(raw))
        await until(lambda: municipality.is_done(question), "the other answered")
        await until(lambda: node.fetched.count(stuck.label.tx_id) > 2, "tried again")

    assert states(municipality)[stuck.label.tx_id] == "unfetchable"
    assert municipality.alarms("unfetchable") == [stuck.label.tx_id]
    assert municipality.values("SELECT code FROM notice WHERE state = 'unfetchable'") == ["http_500"]


async def test_a_message_that_breaks_the_connection_does_not_keep_the_others_from_coming(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    stuck = rubbish()[1]
    node.letters = [stuck]
    node.on_fetch[stuck.label.tx_id] = None

    async with running(municipality):
        question, raw = await sent(municipality, node)
        node.letters.append(answer_of(raw))
        await until(lambda: municipality.is_done(question), "the other answered")

    assert states(municipality)[stuck.label.tx_id] == "listed"
    assert stuck.label.tx_id in node.fetched


async def test_a_message_that_the_node_does_not_know_when_acknowledged_is_kept_and_shown(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        node.on_acknowledge[letter.label.tx_id] = says(404)
        node.letters = [letter]
        await until(lambda: municipality.is_done(question), "answered")
        await until(lambda: municipality.alarms("unacknowledged"), "alarmed")

    assert states(municipality) == {letter.label.tx_id: "unacknowledged"}
    assert municipality.alarms("unacknowledged") == [letter.label.tx_id]
    assert node.acknowledged == [letter.label.tx_id]


async def test_an_acknowledgement_that_fails_is_given_again_and_nothing_is_fetched_twice(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        node.on_acknowledge[letter.label.tx_id] = says(500)
        node.letters = [letter]
        await until(lambda: len(node.acknowledged) > 1, "tried again")
        node.on_acknowledge.clear()
        await until(lambda: municipality.are_closed(1), "acknowledged")

    assert states(municipality) == {letter.label.tx_id: "acked"}
    assert node.fetched == [letter.label.tx_id]
    assert municipality.is_done(question)


@pytest.mark.parametrize(
    ("say", "code"), [(says(500), "http_500"), (says(200, b"<html>Welcome</html>"), "xml_root")]
)
async def test_no_question_times_out_while_its_mailbox_cannot_be_read(
    tmp_path: Path, stead: Database, node: ScriptedNode, say: Say, code: str
) -> None:
    municipality = found(tmp_path, stead, node.url)
    clock = Clock()
    node.on_list = say

    async with running(municipality, now=clock):
        question, raw = await sent(municipality, node)
        await until(municipality.links_down, "the mailbox down")
        clock.forward(days=5)
        asked = len(node.paths)
        await until(lambda: len(node.paths) > asked + 1, "polled some times")
        down = municipality.links_down()
        node.letters = [answer_of(raw)]
        node.on_list = None
        await until(lambda: municipality.is_done(question), "answered")

    assert down == {"mailbox": code}
    assert municipality.links_down() == {}
    assert "timed-out" not in municipality.events(question)


# What comes late


async def test_a_late_answer_wins_over_our_impatience(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    clock = Clock()

    async with running(municipality, now=clock):
        question, raw = await sent(municipality, node)
        clock.forward(hours=47)
        asked = len(node.paths)
        await until(lambda: len(node.paths) > asked + 3, "polled some times")
        patient = municipality.question(question)["state"]
        clock.forward(hours=2)
        await until(lambda: municipality.question(question)["state"] == "failed", "timed out")
        impatient = municipality.question(question)
        node.letters = [answer_of(raw)]
        await until(lambda: municipality.is_done(question), "answered")

    row = municipality.question(question)
    assert patient == "accepted"
    assert (impatient["reason"], impatient["failure_code"]) == ("timed-out", "no_answer")
    assert (row["state"], row["failure_code"], row["outcome"]) == ("done", None, "COMPLETE")


async def test_an_answer_to_an_envelope_that_was_rebuilt_since_finds_its_question(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"answer_timeout": 0.3})

    async with running(municipality):
        question, raw = await sent(municipality, node)
        await until(lambda: municipality.question(question)["state"] == "failed", "timed out")
        node.refusal = lambda label: says(500)()
        await operator(municipality, "rebuild", question)
        await until(lambda: len(municipality.attempts(question)) == 2, "built anew")
        node.letters = [answer_of(raw)]
        await until(lambda: municipality.is_done(question), "answered")

    first, second = municipality.attempts(question)
    assert first["tx_id"] != second["tx_id"]
    assert municipality.values("SELECT attempt_tx_id FROM inbox") == [first["tx_id"]]
    assert municipality.question(question)["outcome"] == "COMPLETE"


@pytest.mark.parametrize("letter_about", [confirm_of, error_of])
async def test_other_news_of_an_envelope_that_was_rebuilt_since_moves_nothing(
    tmp_path: Path, stead: Database, node: ScriptedNode, letter_about: type
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"answer_timeout": 0.3})

    async with running(municipality):
        question, raw = await sent(municipality, node)
        await until(lambda: municipality.question(question)["state"] == "failed", "timed out")
        node.refusal = lambda label: says(500)()
        await operator(municipality, "rebuild", question)
        await until(lambda: len(municipality.attempts(question)) == 2, "built anew")
        node.letters = [letter_about(raw)]
        await until(lambda: municipality.are_closed(1), "taken")
        waiting = municipality.question(question)["state"]
        node.refusal = lambda label: None
        await until(lambda: node.accepted()[-1] == municipality.tx_id(question), "sent")
        node.letters = [answer_of(node.received[-1])]
        await until(lambda: municipality.is_done(question), "answered")

    assert waiting == "ready"
    assert "confirmed" in municipality.events(question) or "errored" in municipality.events(question)


async def test_an_error_message_fails_the_question_with_its_code(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        node.letters = [error_of(raw, "MissingDeliveryExecution")]
        await until(lambda: municipality.question(question)["state"] == "failed", "failed")

    row = municipality.question(question)
    assert (row["reason"], row["failure_code"]) == ("errored", "shs:MissingDeliveryExecution")


async def test_a_question_deleted_while_it_is_asked_stops_nothing_and_its_answer_is_kept(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    """SQLite checks foreign keys only in connections that ask for it."""
    municipality = found(tmp_path, stead, node.url)
    gone, other = await municipality.ask_all(2)

    async with running(municipality):
        await until(lambda: municipality.accepted() == 2, "accepted")
        await municipality.execute("DELETE FROM outbox WHERE id = ?", gone)
        node.letters = [answer_of(raw) for raw in node.received]
        await until(lambda: municipality.is_done(other), "the other answered")
        await until(lambda: municipality.are_closed(2), "both acknowledged")

    kinds = "SELECT kind, outbox_id FROM inbox ORDER BY kind"
    assert [tuple(row) for row in municipality.rows(kinds)] == [("answer", other), ("unsolicited", None)]


# An error stays an error


@pytest.mark.parametrize("receipt_is_late", [False, True])
async def test_an_error_before_the_confirm_and_even_the_receipt_is_final_until_an_answer_comes(
    tmp_path: Path, stead: Database, node: ScriptedNode, receipt_is_late: bool
) -> None:
    municipality = found(tmp_path, stead, node.url)
    if receipt_is_late:
        node.gate.clear()

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: node.received, "sent")
        raw = node.received[0]
        if not receipt_is_late:
            await until(lambda: municipality.accepted() == 1, "accepted")
        node.letters = [error_of(raw), confirm_of(raw)]  # the newest first
        node.gate.set()
        await until(lambda: municipality.are_closed(2) and municipality.accepted() == 1, "all told")
        failed = municipality.question(question)
        node.letters = [answer_of(raw)]
        await until(lambda: municipality.is_done(question), "answered after all")

    assert (failed["state"], failed["reason"]) == ("failed", "errored")
    assert failed["failure_code"] == "shs:MissingDeliveryExecution"
    assert {"errored", "confirmed", "accepted"} <= set(municipality.events(question))
