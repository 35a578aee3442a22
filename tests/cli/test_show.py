"""`show`: the story of a question, and what SSBTEK answered."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.sandbox.cast import CAST
from shs_adapter.sandbox.faults import Fault
from tests.cli.conftest import Command
from tests.cli.test_commands import one_line
from tests.client import Client
from tests.daemon.answering import desk
from tests.daemon.municipality import Municipality

ADA = "197701172392"
CASE = {"case_id": "EB-1"}
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # may have any four digits in it
REPEATED = (
    "Frågan ställdes inte: samma fråga ställdes nyss. Person, ärende, period och myndigheter är desamma som"
    " i en fråga strax före. Handläggaren använder det första svaret, eller anger skäl"
    " att fråga ändå (ask_anyway_reason)."
)


async def asked(
    place: Path, stead: Database, *faults: Fault, answer: bool = True, again: bool = False
) -> bytes:
    """A question with id 1 and its answer, which is returned; the same *again* has id 2."""
    async with desk(Municipality(place, stead)) as at:
        question = await at.ask(ADA, **CASE)
        answers = await at.answer(question, *faults) if answer else []
        if again:
            await at.ask(ADA, **CASE)
    return answers[0] if answers else b""


def shown(command: Command, *arguments: str) -> str:
    done = command("show", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def assert_tells_nothing_of_a_person(text: str) -> None:
    digits = text.replace("-", "")
    assert not any(person.number in digits or person.number[2:] in digits for person in CAST)
    assert not any(word in text for word in ("Ada Exempel", "Barnbidrag", "Bostadsbidrag"))
    assert not re.search(r"\b(1250|4080)\b", re.sub(_UUID, "", text))


def test_each_step_is_told_with_its_time_in_order(place: Path, client: Client, command: Command) -> None:
    asyncio.run(asked(place, client.stead))

    told = shown(command, "1")

    story = told.partition("\nstory:\n")[2].partition("\n\n")[0].splitlines()
    steps = [line.split("  ")[2].strip().split(" ")[0] for line in story]
    times = [line.strip().split("  ")[0] for line in story]
    assert steps == ["inserted", "built", "sent", "fetched", "completed", "decoded"]
    assert times == sorted(times)
    assert all(time[:4].isdigit() and len(time) == len("2026-11-23 08:00:00+00:00") for time in times)
    assert "new → ready" in story[1]
    assert "code COMPLETE" in story[5]


def test_what_each_agency_said_is_told_in_swedish(place: Path, client: Client, command: Command) -> None:
    asyncio.run(asked(place, client.stead, Fault.SSBT_TIMEOUT))

    agencies = shown(command, "1").partition("\nagency:\n")[2].partition("\n\n")[0]

    lines = {line.partition("agency ")[2][:3].strip(","): line for line in agencies.splitlines()}
    assert lines["AF"].strip().startswith("Kunde inte kontrolleras: fel hos SSBTEK.")
    assert "Ingen, så länge frågan ställs igen (rapporten outstanding visar det)." in lines["AF"]
    assert lines["SO"].strip().startswith("Svarade: uppgifter finns.")
    assert lines["CSN"].strip().startswith("Svarade: inget finns.")


def test_why_a_question_failed_is_told_in_swedish(place: Path, client: Client, command: Command) -> None:
    asyncio.run(asked(place, client.stead, again=True))

    told = shown(command, "2")

    assert REPEATED in told
    assert "failure_code: repeated" in told
    assert REPEATED not in shown(command, "1")


def test_the_answer_is_printed_as_it_came_and_who_looked_is_journalled(
    place: Path, client: Client, command: Command
) -> None:
    answer = asyncio.run(asked(place, client.stead))
    arguments = ("--config", str(place / "adapter.toml"), "show", "1", "--answer")

    done = subprocess.run(
        [sys.executable, "-m", "shs_adapter.cli", *arguments], capture_output=True, timeout=60, check=True
    )

    assert done.stdout == answer
    assert done.stderr == b""
    looked = client.rows("SELECT outbox_id, actor FROM journal WHERE event = 'answer-shown'")
    assert [(number, str(actor).partition(":")[0]) for number, actor in looked] == [(1, "operator")]
    assert "answer-shown" in shown(command, "1")


def test_telling_the_story_is_not_looking_at_the_answer(
    place: Path, client: Client, command: Command
) -> None:
    asyncio.run(asked(place, client.stead))

    shown(command, "1")
    shown(command, "1", "--json")

    assert client.rows("SELECT 1 FROM journal WHERE event = 'answer-shown'") == []


@pytest.mark.parametrize("number", ["1", "17"])
def test_an_answer_that_there_is_not_is_one_clear_line(
    place: Path, client: Client, command: Command, number: str
) -> None:
    asyncio.run(asked(place, client.stead, answer=False))

    missing = command("show", number, "--answer")

    assert (missing.returncode, missing.stdout) == (1, "")
    expected = "no answer to question 1 has come" if number == "1" else "there is no question with id 17"
    assert expected in one_line(missing.stderr)
    assert client.rows("SELECT 1 FROM journal WHERE event = 'answer-shown'") == []


def test_a_program_is_told_the_same_story(place: Path, client: Client, command: Command) -> None:
    asyncio.run(asked(place, client.stead, Fault.SSBT_TIMEOUT))

    record = json.loads(shown(command, "1", "--json"))

    steps = [step["what"] for step in record["story"]]
    assert steps[:5] == ["inserted", "built", "sent", "fetched", "completed"]
    assert set(steps[5:]) == {"decoded", "asked-again", "inserted"}
    assert {step["what"] for step in record["story"] if step.get("question") == 2} == {
        "inserted",
        "asked-again",
    }
    assert record["verdict"] == "INCOMPLETE"
    assert {agency["agency"]: agency["outcome"] for agency in record["agency"]}["AF"] == "ERROR"
    built = record["story"][1]
    assert (built["envelope"], built["contract"], built["moved"]) == (1, 10, "new → ready")


@pytest.mark.parametrize("arguments", [("1",), ("1", "--json"), ("2",), ("2", "--json")])
def test_nothing_of_a_person_is_in_a_story(
    place: Path, client: Client, command: Command, arguments: tuple[str, ...]
) -> None:
    asyncio.run(asked(place, client.stead, Fault.LEFI_SUPPLIER_DOWN, again=True))

    assert_tells_nothing_of_a_person(shown(command, *arguments))


def test_numbers_in_what_was_typed_are_masked_wherever_they_are_told(
    place: Path, client: Client, command: Command
) -> None:
    client.execute(
        "INSERT INTO outbox (case_id, officer, created_by) VALUES (?, ?, ?)",
        *("EB 2026-19770117-2392", "Anna 197701172392", "19770117-2392"),
    )

    for arguments in (("show", "1"), ("show", "1", "--json")):
        told = command(*arguments)
        assert told.returncode == 0
        assert "***" in told.stdout
        assert "2392" not in told.stdout


@pytest.mark.parametrize("between", ["\u200b", "\u2060", "\x1b", "\n"])
def test_a_number_is_masked_whatever_that_shows_nothing_parts_it(
    place: Path, client: Client, command: Command, between: str
) -> None:
    client.execute("INSERT INTO outbox (officer) VALUES (?)", f"19770117{between}2392")

    for form in ((), ("--json",)):
        assert "2392" not in shown(command, "1", *form)


def test_an_answer_is_printed_as_it_came_or_not_at_all(place: Path, client: Client, command: Command) -> None:
    refused = command("show", "1", "--answer", "--json")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "takes no --json" in refused.stderr


def test_a_question_is_found_by_its_id_or_its_case_and_told_in_one_sentence(
    place: Path, client: Client, command: Command
) -> None:
    asyncio.run(asked(place, client.stead))

    by_id, by_case = shown(command, "1"), shown(command, "EB-1")

    assert by_case == by_id
    sentence = by_id.splitlines()[0]
    assert re.fullmatch(
        r"Fråga 1 \(([^()]+, )?EB-1\): (alla tillfrågade har svarat|en del kunde inte).*\.", sentence
    )


def test_a_case_with_several_questions_leads_to_their_ids(
    place: Path, client: Client, command: Command
) -> None:
    asyncio.run(asked(place, client.stead, again=True))

    refused = command("show", "EB-1")

    assert refused.returncode == 1
    assert "give an id: 1, 2" in one_line(refused.stderr)


@pytest.mark.parametrize("name", ["0", "9" * 19, "9" * 30, "9" * 5000, "197701172392", "no such"])
def test_a_name_of_no_question_is_refused_in_one_line(
    place: Path, client: Client, command: Command, name: str
) -> None:
    asyncio.run(asked(place, client.stead, answer=False))

    refused = command("show", name)

    assert refused.returncode == 1
    assert "Traceback" not in one_line(refused.stderr)


@pytest.mark.parametrize("call", [("resend",), ("rebuild",), ("decode", "--again")])
def test_an_id_out_of_range_is_no_traceback(client: Client, command: Command, call: tuple[str, ...]) -> None:
    refused = command(*call, "9" * 30)

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
