"""Reading and judging what came: whatever it is, it is kept, and it holds up nothing else."""

import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter.config import Database
from shs_adapter.daemon.reading import read
from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT
from shs_adapter.store.inbox import Kind
from tests.daemon.daemons import running, until
from tests.daemon.municipality import found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of, error_of
from tests.sandbox.harness import label, question

_QUESTION = question(label())
_LETTERS = (_QUESTION, confirm_of(_QUESTION).raw, error_of(_QUESTION).raw)


@settings(max_examples=150)
@given(st.sampled_from(_LETTERS), st.integers(0, 2500), st.integers(0, 40), st.binary(max_size=20))
def test_whatever_the_bytes_reading_them_is_no_surprise(
    letter: bytes, place: int, removed: int, put: bytes
) -> None:
    reading = read(letter[:place] + put + letter[place + removed :])

    assert reading.code != "unexpected"
    told = reading.code is not None and not reading.code.startswith("shs:")
    assert (reading.kind is Kind.UNREADABLE) == told


async def test_a_surprise_in_judging_one_answer_rests_that_one_alone(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        bad, good = await municipality.ask_all(2)
        await until(lambda: len(node.received) == 2, "sent")
        await municipality.execute("UPDATE attempt SET asked = '' WHERE outbox_id = ?", bad)
        node.letters = [answer_of(raw) for raw in node.received]
        await until(lambda: municipality.is_done(good), "the other judged")
        tries = "SELECT 1 FROM inbox WHERE decoded_at IS NULL AND decode_tries > 1"
        await until(lambda: municipality.rows(tries), "tried again")

    row = municipality.question(bad)
    assert (row["state"], row["outcome"]) == ("done", "PENDING")
    assert municipality.is_done(good)


def test_what_a_label_says_of_its_sender_is_read() -> None:
    reading = read(answer_of(_QUESTION).raw)

    assert (reading.kind, reading.sender, reading.status) == (Kind.ANSWER, ORGANISATION, "production")


def test_a_product_is_known_in_capitals() -> None:
    raw = answer_of(_QUESTION).raw.replace(PRODUCT.encode(), PRODUCT.upper().encode())

    assert read(raw).product == PRODUCT


async def test_what_an_answer_leaves_open_is_in_the_journal(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: node.received, "sent")
        letter = answer_of(node.received[0])
        unnamed = re.sub(rb"<([a-z0-9:]*)korrelationsid>.*?</\1korrelationsid>", b"", letter.raw, count=1)
        node.letters = [replace(letter, raw=unnamed)]
        await until(lambda: municipality.is_done(question), "judged")

    assert municipality.values("SELECT code FROM journal WHERE event = 'warned'") == ["korrelationsid_absent"]
