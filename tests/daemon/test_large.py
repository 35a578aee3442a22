"""Large messages: what is over the limit is refused early, shown, and had later; the rest goes through."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from shs_adapter.config import Database
from shs_adapter.sandbox import replies
from shs_adapter.sandbox.letters import Letter
from shs_adapter.shs import message
from tests.daemon.daemons import Clock, operator, running, until
from tests.daemon.municipality import Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, long_answer_of

LIMIT = 8 << 20  # the least there may be
LARGER = 9 << 20
PIECES = 5 << 19  # bytes: two pieces and a half

Response = Callable[[Letter], web.Response]


async def sent(municipality: Municipality, node: ScriptedNode) -> tuple[int, bytes]:
    count = len(node.received)
    question = await municipality.ask()
    await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")
    return question, node.received[count]


def raised(municipality: Municipality) -> None:
    text = municipality.config.read_text()
    municipality.config.write_text(text.replace(f"message_bytes = {LIMIT}", f"message_bytes = {LARGER * 2}"))


def whole(letter: Letter) -> web.Response:
    return web.Response(body=letter.raw)


def in_chunks(letter: Letter) -> web.Response:
    response = whole(letter)
    response.enable_chunked_encoding()
    return response


def length_alone(letter: Letter) -> Any:
    """A reply whose body never comes: whoever waits for it does so in vain."""
    response = web.StreamResponse()
    response.content_length = len(letter.raw)
    return response


def telling_sizes(waiting: list[Letter]) -> web.Response:
    plain = replies.message_list(letter.label for letter in waiting).body
    assert isinstance(plain, bytes)
    return web.Response(body=plain.replace(b"<message ", b'<message size="%d" ' % LARGER))


@pytest.mark.parametrize("response", [whole, in_chunks, length_alone])
async def test_an_answer_over_the_limit_is_shown_and_had_once_the_limit_is_raised(
    tmp_path: Path, stead: Database, node: ScriptedNode, response: Response
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"message_bytes": LIMIT})
    async with running(municipality):
        question, raw = await sent(municipality, node)
        large = long_answer_of(raw, LARGER)
        node.on_fetch[large.label.tx_id] = lambda: response(large)
        node.letters = [large]
        await until(lambda: municipality.alarms("unfetchable"), "alarmed")
        other, raw = await sent(municipality, node)
        node.letters.append(answer_of(raw))
        await until(lambda: municipality.is_done(other), "the other answered")
        status = json.loads(await operator(municipality, "status", "--json"))
    shown = [(one["tx_id"], one["state"], one["code"]) for one in status["troubled_notices"]]
    waiting = municipality.question(question)

    node.on_fetch.clear()
    raised(municipality)
    async with running(municipality):
        await until(lambda: municipality.is_done(question), "answered")
        await until(lambda: municipality.are_closed(2), "acknowledged")

    assert shown == [(large.label.tx_id, "unfetchable", "too_large")]
    assert (waiting["state"], waiting["outcome"]) == ("accepted", "PENDING")
    assert node.fetched.count(large.label.tx_id) == 2  # a third would have locked it at some nodes
    assert municipality.alarms("unfetchable") == [large.label.tx_id]
    assert municipality.question(question)["outcome"] == "COMPLETE"


async def test_an_answer_that_the_list_says_to_be_over_the_limit_is_not_asked_for(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"message_bytes": LIMIT})
    async with running(municipality):
        question, raw = await sent(municipality, node)
        large = long_answer_of(raw, LARGER)
        node.letters = [large]
        node.on_list = lambda: telling_sizes(node.letters)
        await until(lambda: municipality.alarms("unfetchable"), "alarmed")
    fetched = list(node.fetched)
    raised(municipality)
    async with running(municipality):
        await until(lambda: municipality.is_done(question), "answered")

    assert (fetched, node.fetched) == ([], [large.label.tx_id])


async def test_a_question_whose_answer_cannot_be_fetched_does_not_fail_as_unanswered(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"message_bytes": LIMIT})
    clock = Clock()

    async with running(municipality, now=clock):
        question, raw = await sent(municipality, node)
        large = long_answer_of(raw, LARGER)
        node.letters = [large]
        node.on_fetch[large.label.tx_id] = lambda: whole(large)
        await until(lambda: municipality.alarms("unfetchable"), "alarmed")
        clock.forward(days=3)
        await until(lambda: municipality.question(question)["state"] == "failed", "failed")
    failed = municipality.question(question)
    reports = municipality.values("SELECT verdict FROM report_request")
    raised(municipality)
    async with running(municipality, now=clock):
        await until(lambda: municipality.is_done(question), "answered")

    assert (failed["reason"], failed["failure_code"]) == ("timed-out", "unfetchable")
    assert reports == ["FAILED"]
    assert municipality.question(question)["outcome"] == "COMPLETE"


async def test_a_question_over_the_limit_fails_with_the_limit_and_is_neither_kept_nor_sent(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"message_bytes": LIMIT})
    lengthen(municipality, LARGER)

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: municipality.question(question)["state"] == "failed", "failed")

    row = municipality.question(question)
    assert (row["reason"], row["failure_code"]) == ("malformed", "message_too_large")
    assert f"[limits] message_bytes allows {LIMIT}" in row["failure_text"]
    assert (municipality.attempts(question), node.received) == ([], [])


def lengthen(municipality: Municipality, size: int) -> None:
    """Make every question larger than *size* bytes."""
    text = municipality.config.read_text()
    municipality.config.write_text(text.replace('"Provlagen"', f'"{"x" * size}"'))


@pytest.mark.parametrize("encoding", ["binary", "base64"])
async def test_a_large_question_and_its_large_answer_go_through_in_pieces(
    tmp_path: Path, stead: Database, node: ScriptedNode, encoding: str
) -> None:
    municipality = found(tmp_path, stead, node.url)
    lengthen(municipality, PIECES)

    async with running(municipality):
        question, raw = await sent(municipality, node)
        letter = long_answer_of(raw, PIECES, encoding)
        node.letters = [letter]
        await until(lambda: municipality.is_done(question), "answered")
        await until(lambda: municipality.are_closed(1), "acknowledged")
    shown = await operator(municipality, "show", question, "--answer")

    (kept,) = municipality.attempts(question)
    assert (len(raw) > PIECES, kept["sends"]) == (True, 1)
    assert municipality.question(question)["outcome"] == "COMPLETE"
    assert shown.encode() == message.read(letter.raw).parts[0].content
    assert municipality.values("SELECT length(body_sealed) FROM inbox") == [0]
    assert municipality.values("SELECT count(DISTINCT place) FROM piece") == [2]
