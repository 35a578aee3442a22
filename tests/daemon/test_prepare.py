"""What a business system writes, from the first sight of the row to its envelope, or back from it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from shs_adapter.config import Database
from shs_adapter.daemon import prepare
from shs_adapter.daemon.prepare import Prepare
from shs_adapter.lifecycle import Event
from shs_adapter.sandbox.faults import Fault
from shs_adapter.shs import message
from shs_adapter.store import outbox
from tests.daemon.answering import Desk, desk, whole
from tests.daemon.daemons import Clock, running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, says
from tests.daemon.test_schemas import schema
from tests.ssbtek.samples import NAMESPACE, NAMESPACE_11


def state(municipality: Municipality, question: int) -> str:
    (found_state,) = municipality.values("SELECT state FROM outbox WHERE id = ?", question)
    return str(found_state)


async def withdraw(municipality: Municipality, question: int) -> None:
    await municipality.execute("UPDATE outbox SET withdraw_reason = 'error' WHERE id = ?", question)


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
        pytest.param({"case_id": "E" * 129}, "case_id_length", id="case too long"),
        pytest.param({"case_id": "E\x01"}, "case_id_characters", id="a control character"),
        pytest.param({"case_id": "E\N{REPLACEMENT CHARACTER}"}, "case_id_characters", id="not UTF-8 once"),
        pytest.param({"from_date": "yesterday"}, "from_date", id="no date"),
        pytest.param({"agencies": "AF"}, "no_legal_basis", id="an agency without legal basis"),
        pytest.param({"not_before": "soon"}, "not_before", id="no time"),
        pytest.param({"give_up_at": "9999-12-31T23:59:59-23:59"}, "give_up_at", id="a time beyond time"),
    ],
)
async def test_a_bad_row_fails_with_its_code_and_harms_no_other(
    tmp_path: Path, stead: Database, node: ScriptedNode, columns: dict[str, object], code: str
) -> None:
    await assert_fails_alone(tmp_path, stead, node, columns, code)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        pytest.param({"person_id": b"\xff\xfe"}, "person_format", id="bytes for a number"),
        pytest.param({"case_id": "E\x00"}, "case_id_characters", id="a zero character"),
        pytest.param({"priority": "high"}, "priority", id="no number for a priority"),
    ],
)
async def test_a_row_that_only_sqlite_takes_fails_with_its_code_and_harms_no_other(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode, columns: dict[str, object], code: str
) -> None:
    await assert_fails_alone(tmp_path, stead, node, columns, code)


async def assert_fails_alone(
    tmp_path: Path, stead: Database, node: ScriptedNode, columns: dict[str, object], code: str
) -> None:
    municipality = found(tmp_path, stead, node.url)
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
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    """SQLite takes any bytes for a text."""
    municipality = found(tmp_path, stead, node.url)
    bad = await municipality.ask()
    await municipality.execute("UPDATE outbox SET officer = CAST(x'e56b65' AS TEXT) WHERE id = ?", bad)
    good = await municipality.ask()

    async with running(municipality):
        await until(lambda: state(municipality, good) == "accepted", "accepted")
        await until(lambda: state(municipality, bad) != "new", "dealt with")


async def test_rows_that_come_in_at_any_moment_are_sealed_before_they_are_read(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, polling={"idle": 0.001})

    async with running(municipality):
        questions = await asyncio.gather(*(municipality.ask() for _ in range(40)))
        await until(lambda: all(state(municipality, one) == "accepted" for one in questions), "accepted")

    assert municipality.values("SELECT id FROM outbox WHERE person_id IS NOT NULL") == []


async def test_more_rows_than_a_batch_are_all_sealed_before_the_most_urgent_is_read(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    questions = [await municipality.ask() for _ in range(60)]
    urgent = await municipality.ask(priority=1)

    async with running(municipality):
        await until(lambda: state(municipality, questions[-1]) == "accepted", "accepted")

    built = municipality.values("SELECT outbox_id FROM journal WHERE event = 'built' ORDER BY id")
    assert built[0] == urgent
    assert municipality.tx_id(urgent) in node.accepted()[:8]  # of so many under way none is the first


async def test_a_batch_of_rows_leaves_no_number_in_the_files(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    bad = await municipality.ask(tenant="nobody")
    questions = await municipality.ask_all(8)

    def held() -> set[str]:
        content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
        return {person for person in PERSONS if person.encode() in content}

    before = held()
    async with running(municipality):
        await until(lambda: all(state(municipality, one) == "accepted" for one in questions), "accepted")
        await until(lambda: state(municipality, bad) == "failed", "failed")
        await until(lambda: not held(), "numbers gone, while the daemon goes on")

    assert len(before) == 8
    assert held() == set()


# When


async def test_a_question_waits_until_not_before(tmp_path: Path, stead: Database, node: ScriptedNode) -> None:
    municipality = found(tmp_path, stead, node.url)
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
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    late = await municipality.ask(give_up_at=ahead(hours=-1))

    async with running(municipality):
        await until(lambda: state(municipality, late) == "failed", "given up")

    row = municipality.question(late)
    assert (row["reason"], row["failure_code"]) == ("exhausted", "give_up_at")
    assert row["settled_at"]
    assert node.received == []


async def test_a_question_is_given_up_when_its_time_passes_and_an_answer_is_still_taken(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
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
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
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
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
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
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
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
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
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
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, retry={"give_up_after": 0.5})
    question = await municipality.ask(not_before=ahead(seconds=1))

    async with running(municipality):
        await until(lambda: municipality.events(question), "put off")
        await municipality.execute("UPDATE outbox SET person_sealed = ? WHERE id = ?", bytes(60), question)
        await until(lambda: state(municipality, question) == "failed", "given up")

    row = municipality.question(question)
    assert (row["reason"], row["failure_code"]) == ("exhausted", "unexpected")
    assert municipality.events(question).count("deferred") >= 2


async def test_a_withdrawal_that_meets_a_surprise_holds_up_no_other_row(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    odd, other = await municipality.ask_all(2)
    await municipality.execute("UPDATE outbox SET state = 'odd' WHERE id = ?", odd)
    for question in (odd, other):
        await withdraw(municipality, question)

    async with running(municipality):
        await until(lambda: state(municipality, other) == "failed", "the other withdrawn")
        last = await municipality.ask()
        await until(lambda: state(municipality, last) == "accepted", "the next accepted")


# Asked twice


def failure(municipality: Municipality, question: int) -> tuple[object, ...]:
    row = municipality.question(question)
    return row["state"], row["reason"], row["failure_code"]


SAME: dict[str, object] = {"case_id": "E-1", "agencies": "AF,SO"}
REPEATED = ("failed", "malformed", "repeated")


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="in the same words"),
        pytest.param({"agencies": " so,AF "}, id="agencies in another order"),
        pytest.param({"person": "19770117-2392"}, id="the person with a hyphen"),
        pytest.param({"case_id": " E-1 "}, id="blanks around the case"),
        pytest.param({"officer": "else", "household_role": "APPLICANT"}, id="by another officer"),
        pytest.param({"contract": "11"}, id="by another version"),
        pytest.param({"ask_anyway_reason": " "}, id="with a blank for a reason"),
        pytest.param({"lefi_profile": "benefits"}, id="more of Försäkringskassan, which is not asked"),
    ],
)
async def test_the_same_question_asked_again_at_once_fails_and_names_the_first(
    tmp_path: Path, stead: Database, columns: dict[str, object]
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        await at.ask(PERSONS[1], **SAME)
        first = await at.ask(PERSONS[0], **SAME)
        second = await at.ask(**{"person": PERSONS[0], **SAME, **columns})  # type: ignore[arg-type]  # on purpose

    assert failure(municipality, second) == REPEATED
    assert f"question {first} " in municipality.question(second)["failure_text"]
    assert municipality.attempts(second) == []
    assert municipality.question(first)["state"] == "ready"


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"agencies": "AF"}, id="fewer agencies"),
        pytest.param({"agencies": "AF,SO,TNS"}, id="more agencies"),
        pytest.param(
            {"from_date": str(datetime.now(UTC).date() - timedelta(days=41))}, id="another first day"
        ),
        pytest.param({"to_date": str(datetime.now(UTC).date() - timedelta(days=9))}, id="another last day"),
        pytest.param({"case_id": "E-2"}, id="another case"),
        pytest.param({"person": PERSONS[1]}, id="another person"),
        pytest.param({"ask_anyway_reason": "nytt underlag"}, id="with a reason"),
    ],
)
async def test_another_question_or_the_same_with_a_reason_is_asked(
    tmp_path: Path, stead: Database, columns: dict[str, object]
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        await at.ask(PERSONS[0], **SAME)
        second = await at.ask(**{"person": PERSONS[0], **SAME, **columns})  # type: ignore[arg-type]  # on purpose

    assert state(municipality, second) == "ready"


@pytest.mark.parametrize(
    ("profile", "became"), [("benefits", "ready"), ("payments", "failed"), (" ", "failed")]
)
async def test_more_of_forsakringskassan_is_another_question(
    tmp_path: Path, stead: Database, profile: str, became: str
) -> None:
    municipality = whole(tmp_path, stead)
    same = SAME | {"agencies": "AF,FK"}

    async with desk(municipality) as at:
        await at.ask(PERSONS[0], **same)
        second = await at.ask(PERSONS[0], **same, lefi_profile=profile)

    assert state(municipality, second) == became


@pytest.mark.parametrize(("minutes", "expected"), [(9.9, "failed"), (10.1, "ready")])
async def test_the_same_question_is_asked_again_when_the_window_is_over(
    tmp_path: Path, stead: Database, minutes: float, expected: str
) -> None:
    municipality = whole(tmp_path, stead)
    clock = Clock()

    async with desk(municipality, clock) as at:
        await at.ask(PERSONS[0], **SAME)
        clock.forward(minutes=minutes)
        second = await at.ask(PERSONS[0], **SAME)

    assert state(municipality, second) == expected


async def refuse(at: Desk, question: int) -> None:
    async with at.context.engine.begin() as connection:
        await outbox.record(connection, question, Event.REFUSED, at=at.context.now(), actor="prov")


async def take_back(at: Desk, question: int) -> None:
    await withdraw(at.municipality, question)


async def fault(at: Desk, question: int) -> None:
    await at.answer(question, Fault.SOAP_FAULT)


@pytest.mark.parametrize(
    "end", [refuse, take_back, fault], ids=["failed", "withdrawn", "answered with a fault"]
)
async def test_a_question_that_came_to_nothing_is_no_earlier_one(
    tmp_path: Path, stead: Database, end: Callable[[Desk, int], Awaitable[None]]
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        await end(at, await at.ask(PERSONS[0], **SAME))
        second = await at.ask(PERSONS[0], **SAME)

    assert state(municipality, second) == "ready"


async def test_a_question_that_failed_as_repeated_puts_off_no_other(tmp_path: Path, stead: Database) -> None:
    municipality = whole(tmp_path, stead)
    clock = Clock()

    async with desk(municipality, clock) as at:
        await at.ask(PERSONS[0], **SAME)
        clock.forward(minutes=9)
        repeated = await at.ask(PERSONS[0], **SAME)
        clock.forward(minutes=2)
        third = await at.ask(PERSONS[0], **SAME)

    assert [state(municipality, one) for one in (repeated, third)] == ["failed", "ready"]


async def test_what_is_asked_again_by_policy_is_not_held_for_repeated(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)
    clock = Clock()

    async with desk(municipality, clock) as at:
        first = await at.ask(PERSONS[0], **SAME | {"agencies": "AF"})
        await at.answer(first, Fault.SSBT_TIMEOUT)
        clock.forward(minutes=1)
        await Prepare(at.context).turn()

    (again,) = municipality.rows("SELECT state, agencies FROM outbox WHERE parent_id = ?", first)
    assert tuple(again) == ("ready", "AF")


async def test_of_two_in_one_batch_the_second_is_repeated(tmp_path: Path, stead: Database) -> None:
    municipality = whole(tmp_path, stead)
    questions = [await municipality.ask(PERSONS[0], **SAME) for _ in range(2)]

    async with desk(municipality) as at:
        await Prepare(at.context).turn()

    assert [state(municipality, one) for one in questions] == ["ready", "failed"]


async def test_of_two_that_two_daemons_prepare_at_once_one_is_asked(
    tmp_path: Path, stead: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    municipality = whole(tmp_path, stead)
    monkeypatch.setattr(prepare, "_BATCH", 1)  # so that neither takes both
    pairs = [[await municipality.ask(person, **SAME) for _ in range(2)] for person in PERSONS]

    async def work(at: Desk) -> None:
        while await Prepare(at.context).turn():
            pass

    async with desk(municipality) as one, desk(municipality) as other:
        await asyncio.gather(work(one), work(other))

    states = [sorted(state(municipality, question) for question in pair) for pair in pairs]
    assert states == [["failed", "ready"]] * len(PERSONS)
    assert set(municipality.values("SELECT failure_code FROM outbox WHERE state = 'failed'")) == {"repeated"}


# By which version of the contract

CONTRACTS = """\
[[tenants.default.contract]]
version = 10
valid_from = 2025-07-01
valid_to = {last}

[[tenants.default.contract]]
version = 11
valid_from = {first}

[[tenants.default.purpose]]"""
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


def moving(directory: Path, stead: Database, *, last: str, first: str) -> Municipality:
    """A municipality that asks by version 10 until the *last* day, and by 11 from the *first*."""
    municipality = whole(directory, stead)
    before, _, rest = municipality.config.read_text().partition("# The first is asked by")
    after = rest.partition("[[tenants.default.purpose]]")[2]
    municipality.config.write_text(before + CONTRACTS.format(last=last, first=first) + after)
    return municipality


def sent(municipality: Municipality, at: Desk, question: int) -> etree._Element:
    """The document in the envelope of the question."""
    (row,) = municipality.attempts(question)
    raw = at.context.vault.open(row["envelope_sealed"], f"attempt.envelope_sealed:{row['tx_id']}")
    return etree.fromstring(message.read(raw).parts[0].content)


@pytest.mark.parametrize(
    ("last", "first", "named", "version"),
    [
        ("2026-11-23", "2026-11-24", None, 10),
        ("2026-11-22", "2026-11-23", None, 11),
        ("2026-11-30", "2026-11-01", None, 10),  # of two that hold the first
        ("2026-11-30", "2026-11-01", "11", 11),
        ("2026-11-30", "2026-11-01", " 10 ", 10),
    ],
)
async def test_a_question_is_asked_by_the_version_that_holds_or_that_it_names(
    tmp_path: Path, stead: Database, last: str, first: str, named: str | None, version: int
) -> None:
    municipality = moving(tmp_path, stead, last=last, first=first)

    async with desk(municipality, lambda: NOON) as at:
        question = await at.ask(PERSONS[0], contract=named, from_date="2026-10-01", to_date="2026-10-31")
        document = sent(municipality, at, question)

    assert municipality.attempts(question)[0]["contract"] == version
    assert etree.QName(document).namespace == {10: NAMESPACE, 11: NAMESPACE_11}[version]
    assert municipality.values("SELECT contract FROM report_request") == [version]


@pytest.mark.parametrize(
    ("last", "first", "named", "code"),
    [
        ("2026-11-22", "2026-11-01", "10", "contract"),  # no more
        ("2026-11-30", "2026-11-24", "11", "contract"),  # not yet
        ("2026-11-30", "2026-11-01", "12", "contract"),
        ("2026-11-30", "2026-11-01", "v10", "contract"),
        ("2026-11-22", "2026-11-24", None, "no_contract"),
        ("2026-11-22", "2026-11-24", "10", "no_contract"),
    ],
)
async def test_a_version_that_does_not_hold_is_refused(
    tmp_path: Path, stead: Database, last: str, first: str, named: str | None, code: str
) -> None:
    municipality = moving(tmp_path, stead, last=last, first=first)

    async with desk(municipality, lambda: NOON) as at:
        question = await at.ask(PERSONS[0], contract=named)

    assert failure(municipality, question) == ("failed", "malformed", code)
    assert municipality.attempts(question) == []


@pytest.mark.parametrize(
    ("now", "years"),
    [
        (datetime(2026, 11, 23, 11, tzinfo=UTC), ["2024", "2025"]),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), ["2024", "2025"]),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), ["2025", "2026"]),  # the new year in Sweden
    ],
)
async def test_version_11_asks_skatteverket_about_the_two_last_tax_years_that_are_over(
    tmp_path: Path, stead: Database, now: datetime, years: list[str]
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality, lambda: now) as at:
        question = await at.ask(PERSONS[0], contract="11", from_date="2026-12-01", to_date="2026-12-31")
        block = sent(municipality, at, question).find("{*}specifikaFrageparametrar/{*}SKV/{*}fraga")

    assert block is not None
    told = [(etree.QName(one).localname, one.text) for one in block]
    assert [text for name, text in told if name == "ar"] == years
    assert {name: text for name, text in told if name != "ar"} == {
        "foretagsinformation": "true",
        "individuppgifter": "true",
        "skattekonto": "true",
        "skatteuppgifter": "true",
        "beskattningsbilagor": "false",
    }


@pytest.mark.parametrize(("version", "agencies"), [("10", "SKV"), ("11", "AF,SO")])
async def test_skatteverket_has_no_block_in_version_10_or_where_it_is_not_asked(
    tmp_path: Path, stead: Database, version: str, agencies: str
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        question = await at.ask(PERSONS[0], contract=version, agencies=agencies)
        (skv,) = sent(municipality, at, question).iterfind("{*}specifikaFrageparametrar/{*}SKV")

    assert len(skv) == 0


# By the agencies' schemas

NUMBER = '<xs:element name="hamtaBastjanstInformation" type="xs:int"/>'
ANYTHING = '<xs:element name="hamtaBastjanstInformation"/>'


@pytest.mark.parametrize(("content", "expected"), [(NUMBER, "failed"), (ANYTHING, "accepted")])
async def test_a_question_that_breaks_an_installed_schema_fails_and_is_not_sent(
    tmp_path: Path, stead: Database, node: ScriptedNode, content: str, expected: str
) -> None:
    (tmp_path / "xsd").mkdir()
    (tmp_path / "xsd" / "ssbtek.xsd").write_text(schema(content))
    municipality = found(tmp_path, stead, node.url, contracts={"directory": "xsd"})
    question = await municipality.ask()

    async with running(municipality):
        await until(lambda: state(municipality, question) in ("failed", "accepted"), "dealt with")

    row = municipality.question(question)
    assert row["state"] == expected
    assert len(node.received) == (expected == "accepted")
    if expected == "failed":
        assert failure(municipality, question) == ("failed", "malformed", "schema")
        assert not any(text in row["failure_text"] for text in (PERSONS[0], "Prov", "E-1"))


# Personal numbers in case ids


def everywhere(municipality: Municipality) -> str:
    """All that the tables and views say in the clear."""
    names = [*municipality.client.tables(), *municipality.client.views()]
    rows = [tuple(row) for name in names for row in municipality.rows(f"SELECT * FROM {name}")]
    return repr([[value for value in row if not isinstance(value, bytes)] for row in rows])


@pytest.mark.parametrize(
    "case_id",
    ["197701172392", "19770117-2392", "EB-197701172392", "770117-2392", "EB 7701172392/3", "7701172392"],
)
async def test_a_personal_number_in_a_case_id_has_a_stand_in_everywhere(
    tmp_path: Path, stead: Database, case_id: str
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        question = await at.ask(PERSONS[1], case_id=case_id)
        await at.answer(question)
        document = sent(municipality, at, question)

    shown = municipality.question(question)["case_id"]
    assert "7701172392" not in everywhere(municipality).replace("-", "")
    assert shown != case_id
    assert [shown] == municipality.values("SELECT case_sent FROM attempt")
    assert [shown] == municipality.values("SELECT case_id FROM subject")
    for view in ("report_request", "report_agency", "report_income_month", "report_household"):
        assert set(municipality.values(f"SELECT case_id FROM {view}")) == {shown}
    assert document.findtext("{*}generellaFrageparametrar/{*}arendeidentitet") == shown
    assert municipality.values("SELECT verdict FROM report_request") == ["COMPLETE"]  # it came back so


async def test_a_personal_number_in_the_case_id_of_a_row_that_names_no_person_has_a_stand_in_too(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        question = await at.ask(None, case_id="EB-19770117-2392")  # type: ignore[arg-type]  # on purpose

    assert failure(municipality, question) == ("failed", "malformed", "person_missing")
    assert "7701172392" not in everywhere(municipality).replace("-", "")


async def test_the_same_number_in_a_case_id_has_the_same_stand_in_and_another_another(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        cases = ["EB-197701172392", "EB-19770117-2392", "EB-199001012385"]
        questions = [await at.ask(person, case_id=case) for person, case in zip(PERSONS, cases, strict=False)]

    first, second, other = (municipality.question(question)["case_id"] for question in questions)
    assert first == second != other
    assert first.startswith("EB-X")
    assert len({row["case_id"] for row in municipality.rows("SELECT case_id FROM subject")}) == 2


@pytest.mark.parametrize("case_id", ["EB-2026-000123", "197701172393", "9197701172392", "A-197713452392"])
async def test_a_case_id_that_holds_no_personal_number_is_kept(
    tmp_path: Path, stead: Database, case_id: str
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality) as at:
        question = await at.ask(PERSONS[1], case_id=case_id)

    assert municipality.question(question)["case_id"] == case_id
    assert municipality.attempts(question)[0]["case_sent"] == case_id
