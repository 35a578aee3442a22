"""What a business system writes, from the first sight of the row to its envelope, or back from it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon.daemons import Clock, running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, says


def state(municipality: Municipality, question: int) -> str:
    (found_state,) = municipality.values("SELECT state FROM outbox WHERE id = ?", question)
    return str(found_state)


async def withdraw(municipality: Municipality, question: int) -> None:
    await municipality.execute("UPDATE outbox SET withdraw_reason = 'error' WHERE id = ?", question)


def contents(municipality: Municipality) -> bytes:
    """Of the database and of what lies beside it."""
    return b"".join(file.read_bytes() for file in municipality.directory.glob("adapter.db*"))


def ahead(**duration: float) -> str:
    return (datetime.now(UTC) + timedelta(**duration)).isoformat()


# Whatever is in the row


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        pytest.param({"tenant": "nobody"}, "unknown_tenant", id="unknown tenant"),
        pytest.param({"tenant": None}, "unknown_tenant", id="no tenant"),
        pytest.param({"person_id": None}, "person_missing", id="no person"),
        pytest.param({"person_id": "19770117239x"}, "person_format", id="no number"),
        pytest.param({"person_id": b"\xff\xfe"}, "person_format", id="bytes for a number"),
        pytest.param({"case_id": "E" * 129}, "case_id_length", id="case too long"),
        pytest.param({"case_id": "E\x00"}, "case_id_characters", id="a control character"),
        pytest.param({"case_id": "E\N{REPLACEMENT CHARACTER}"}, "case_id_characters", id="not UTF-8 once"),
        pytest.param({"from_date": "yesterday"}, "from_date", id="no date"),
        pytest.param({"agencies": "AF"}, "no_legal_basis", id="an agency without legal basis"),
        pytest.param({"priority": "high"}, "priority", id="no number for a priority"),
        pytest.param({"not_before": "soon"}, "not_before", id="no time"),
        pytest.param({"give_up_at": "9999-12-31T23:59:59-23:59"}, "give_up_at", id="a time beyond time"),
    ],
)
async def test_a_bad_row_fails_with_its_code_and_harms_no_other(
    tmp_path: Path, empty: Path, node: ScriptedNode, columns: dict[str, object], code: str
) -> None:
    municipality = found(tmp_path, empty, node.url)
    before = await municipality.ask()
    bad = await municipality.ask(**{"person": PERSONS[1], **columns})  # type: ignore[arg-type]  # on purpose
    after = await municipality.ask()

    async with running(municipality):
        await until(lambda: state(municipality, bad) == "failed", "failed")
        await until(lambda: {state(municipality, one) for one in (before, after)} == {"accepted"}, "accepted")

    row = municipality.question(bad)
    assert (row["reason"], row["failure_code"]) == ("malformed", code)
    assert row["settled_at"]
    assert municipality.attempts(bad) == []


async def test_text_that_is_no_utf8_harms_no_other_row(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    bad = await municipality.ask()
    await municipality.execute("UPDATE outbox SET officer = CAST(x'e56b65' AS TEXT) WHERE id = ?", bad)
    good = await municipality.ask()

    async with running(municipality):
        await until(lambda: state(municipality, good) == "accepted", "accepted")
        await until(lambda: state(municipality, bad) != "new", "dealt with")


async def test_rows_that_come_in_at_any_moment_are_sealed_before_they_are_read(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url, polling={"outbox": 0.001})

    async with running(municipality):
        questions = await asyncio.gather(*(municipality.ask() for _ in range(40)))
        await until(lambda: all(state(municipality, one) == "accepted" for one in questions), "accepted")

    assert municipality.values("SELECT id FROM outbox WHERE person_id IS NOT NULL") == []


async def test_more_rows_than_a_batch_are_all_sealed_before_the_most_urgent_is_read(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    questions = [await municipality.ask() for _ in range(60)]
    urgent = await municipality.ask(priority=1)

    async with running(municipality):
        await until(lambda: state(municipality, questions[-1]) == "accepted", "accepted")

    assert state(municipality, urgent) == "accepted"
    assert node.accepted()[0] == municipality.tx_id(urgent)


async def test_a_batch_of_rows_leaves_no_number_in_the_files(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    bad = await municipality.ask(tenant="nobody")
    questions = await municipality.ask_all(8)

    async with running(municipality):
        await until(lambda: all(state(municipality, one) == "accepted" for one in questions), "accepted")
        await until(lambda: state(municipality, bad) == "failed", "failed")

    held = contents(municipality)
    assert not any(person.encode() in held for person in PERSONS)


# When


async def test_a_question_waits_until_not_before(tmp_path: Path, empty: Path, node: ScriptedNode) -> None:
    municipality = found(tmp_path, empty, node.url)
    clock = Clock()
    later = await municipality.ask(not_before=ahead(hours=1))

    async with running(municipality, now=clock):
        await until(lambda: "deferred" in municipality.events(later), "put off")
        now = await municipality.ask()
        await until(lambda: state(municipality, now) == "accepted", "the other accepted")
        put_off = municipality.question(later)
        clock.forward(minutes=61)
        await until(lambda: state(municipality, later) == "accepted", "accepted")

    assert (put_off["state"], put_off["attempts"]) == ("new", 0)
    assert municipality.events(later).count("deferred") == 1


async def test_a_question_whose_time_to_give_up_has_passed_is_never_sent(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    late = await municipality.ask(give_up_at=ahead(hours=-1))

    async with running(municipality):
        await until(lambda: state(municipality, late) == "failed", "given up")

    row = municipality.question(late)
    assert (row["reason"], row["failure_code"]) == ("exhausted", "give_up_at")
    assert row["settled_at"]
    assert node.received == []


async def test_a_question_is_given_up_when_its_time_passes_and_an_answer_is_still_taken(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    node.refusal = lambda label: says(503)()
    clock = Clock()
    question = await municipality.ask(give_up_at=ahead(hours=1))

    async with running(municipality, now=clock):
        await until(lambda: municipality.question(question)["attempts"], "tried")
        clock.forward(minutes=61)
        await until(lambda: state(municipality, question) == "failed", "given up")
        given_up = municipality.question(question)
        node.letters = [answer_of(node.received[0])]
        await until(lambda: municipality.is_done(question), "answered")

    assert (given_up["failure_code"], given_up["settled_at"]) == ("give_up_at", None)


# Withdrawn


async def test_a_question_withdrawn_before_it_was_sent_is_never_sent(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    new = await municipality.ask()
    await withdraw(municipality, new)
    put_off = await municipality.ask(not_before=ahead(hours=1))

    async with running(municipality):
        await until(lambda: "deferred" in municipality.events(put_off), "put off")
        await withdraw(municipality, put_off)
        await until(lambda: {state(municipality, one) for one in (new, put_off)} == {"failed"}, "withdrawn")

    rows = [municipality.question(one) for one in (new, put_off)]
    assert {(row["reason"], row["failure_code"]) for row in rows} == {("withdrawn", "withdrawn")}
    assert all(row["settled_at"] for row in rows)
    assert node.received == []


async def test_a_question_withdrawn_while_ready_is_sent_no_more(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    node.refusal = lambda label: says(503)()
    question = await municipality.ask()

    async with running(municipality):
        await until(lambda: municipality.question(question)["attempts"], "tried")
        await withdraw(municipality, question)
        await until(lambda: state(municipality, question) == "failed", "withdrawn")
        tried = len(node.received)
        node.refusal = lambda label: None
        other = await municipality.ask()
        await until(lambda: state(municipality, other) == "accepted", "the other accepted")

    assert len(node.received) - tried <= 2  # the other, and what was under way
    assert node.accepted()[-1] == municipality.tx_id(other)


async def test_the_answer_to_a_question_withdrawn_after_sending_is_kept_and_counts_for_nothing(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    question = await municipality.ask()

    async with running(municipality):
        await until(lambda: state(municipality, question) == "accepted", "accepted")
        await withdraw(municipality, question)
        await until(lambda: municipality.question(question)["withdrawn_at"], "withdrawn")
        after = municipality.question(question)
        node.letters = [answer_of(node.received[0])]
        await until(lambda: municipality.are_closed(1), "taken and judged")

    row = municipality.question(question)
    assert (after["state"], after["reason"]) == ("accepted", "withdrawn")
    assert (row["state"], row["outcome"], row["answer_version"]) == ("done", "PENDING", 0)
    assert municipality.values("SELECT outcome FROM inbox") == ["COMPLETE"]
    assert municipality.rows("SELECT 1 FROM agency_result") == []


async def test_a_question_withdrawn_after_its_answer_counts_for_nothing_any_more(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    question = await municipality.ask()

    async with running(municipality):
        await until(lambda: node.received, "sent")
        node.letters = [answer_of(node.received[0])]
        await until(lambda: municipality.is_done(question), "answered")
        before = municipality.rows("SELECT 1 FROM agency_result")
        await withdraw(municipality, question)
        await until(lambda: municipality.question(question)["withdrawn_at"], "withdrawn")

    query = "SELECT verdict, agencies_answered, agencies_unverified, settled FROM report_request"
    assert before
    assert municipality.question(question)["answer_version"] == 2  # the answer is another: none
    assert [tuple(row) for row in municipality.rows(query)] == [("WITHDRAWN", None, None, 1)]
    assert municipality.rows("SELECT 1 FROM agency_result") == []
    assert len(municipality.rows("SELECT 1 FROM inbox")) == 1


async def test_a_row_that_can_never_be_prepared_is_given_up_by_age(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url, retry={"give_up_after": 0.5})
    question = await municipality.ask(not_before=ahead(seconds=1))

    async with running(municipality):
        await until(lambda: municipality.events(question), "put off")
        await municipality.execute("UPDATE outbox SET person_sealed = zeroblob(60) WHERE id = ?", question)
        await until(lambda: state(municipality, question) == "failed", "given up")

    row = municipality.question(question)
    assert (row["reason"], row["failure_code"]) == ("exhausted", "unexpected")
    assert municipality.events(question).count("deferred") >= 2


async def test_a_withdrawal_that_meets_a_surprise_holds_up_no_other_row(
    tmp_path: Path, empty: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, empty, node.url)
    odd, other = await municipality.ask_all(2)
    await municipality.execute("UPDATE outbox SET state = 'odd' WHERE id = ?", odd)
    for question in (odd, other):
        await withdraw(municipality, question)

    async with running(municipality):
        await until(lambda: state(municipality, other) == "failed", "the other withdrawn")
        last = await municipality.ask()
        await until(lambda: state(municipality, last) == "accepted", "the next accepted")
