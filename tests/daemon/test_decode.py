"""Reading and judging what came: whatever it is, it is kept, and it holds up nothing else."""

import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter.config import Database
from shs_adapter.daemon.reading import read
from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT
from shs_adapter.shs.message import scan
from shs_adapter.store.inbox import Kind
from tests.daemon.daemons import operator, running, until
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
    reading = read(letter[:place] + put + letter[place + removed :], scan(letter).tx_id)

    assert reading.code != "unexpected"
    told = reading.code is not None and not reading.code.startswith("shs:")
    assert (reading.kind is Kind.INVALID) == told


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


# What every answer meets that is written with payments, until it is mended.
_REFUSING = {
    "sqlite": (
        "CREATE TRIGGER refuse BEFORE INSERT ON payment BEGIN SELECT RAISE(ABORT, 'refused'); END",
        "DROP TRIGGER refuse",
    ),
    "postgresql": (
        "ALTER TABLE payment ADD CONSTRAINT refuse CHECK (agency = 'nobody') NOT VALID",
        "ALTER TABLE payment DROP CONSTRAINT refuse",
    ),
}


async def test_an_answer_that_meets_a_surprise_every_time_is_undecodable_in_the_end_and_may_be_read_again(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, retry={"first": 0.01, "most": 0.02})
    refuse, let = _REFUSING[municipality.client.engine]
    await municipality.execute(refuse)

    async with running(municipality):
        bad, good = await municipality.ask("197701172392"), await municipality.ask()
        await municipality.execute("UPDATE outbox SET agencies = 'TNS' WHERE id = ?", good)
        await until(lambda: len(node.received) == 2, "sent")
        node.letters = [answer_of(raw) for raw in node.received]
        await until(lambda: municipality.is_done(bad), "given up")

    (row,) = municipality.rows("SELECT * FROM report_request WHERE id = ?", bad)
    assert (row["state"], row["verdict"], row["failure_code"]) == ("done", "FAILED", "undecodable")
    (message,) = municipality.rows("SELECT * FROM inbox WHERE outbox_id = ? AND kind = 'answer'", bad)
    assert (message["outcome"], message["outcome_code"]) == ("UNDECODABLE", "surprise")
    assert "UNDECODABLE" in municipality.values("SELECT code FROM journal WHERE event = 'decoded'")

    await municipality.execute(let)
    await operator(municipality, "decode", "--again", str(bad))

    assert municipality.question(bad)["outcome"] == "COMPLETE"
    assert municipality.values("SELECT COUNT(*) FROM payment WHERE counts")[0] > 0


def test_what_a_label_says_of_its_sender_is_read() -> None:
    letter = answer_of(_QUESTION)

    reading = read(letter.raw, letter.label.tx_id)

    assert (reading.kind, reading.sender, reading.status) == (Kind.ANSWER, ORGANISATION, "production")


def test_a_product_is_known_in_capitals() -> None:
    letter = answer_of(_QUESTION)
    raw = letter.raw.replace(PRODUCT.encode(), PRODUCT.upper().encode())

    assert read(raw, letter.label.tx_id.upper()).product == PRODUCT


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
