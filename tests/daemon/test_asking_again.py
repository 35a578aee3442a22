"""Agencies that are asked again by policy: over mutual TLS, by a daemon that runs, or dies at it."""

from pathlib import Path

import pytest
from lxml import etree

from shs_adapter import config
from shs_adapter.config import Database
from shs_adapter.sandbox.cast import CAST
from shs_adapter.sandbox.faults import Fault
from shs_adapter.shs import message
from shs_adapter.store import vault
from tests.client import Row
from tests.daemon.answering import whole
from tests.daemon.daemons import die, operator, running, until
from tests.daemon.municipality import Municipality
from tests.daemon.test_crash import times
from tests.sandbox.harness import serving

NUMBERS = {person.name: person.number for person in CAST}
ADA = NUMBERS["Ada Exempel"]
SECTIONS = """\
[polling]
idle = 0.05
mailbox = 0.05
[retry]
first = 0.05
most = 0.2
[reask]
rounds = {rounds}
doubtful_rounds = 1
first = {rest}
"""


def place(directory: Path, stead: Database, url: str, *, rounds: int = 2, rest: float = 0.05) -> Municipality:
    return whole(directory, stead, url, SECTIONS.format(rounds=rounds, rest=rest))


def request(municipality: Municipality, question: int) -> Row:
    (row,) = municipality.rows("SELECT * FROM report_request WHERE id = ?", question)
    return row


def family(municipality: Municipality, question: int) -> list[Row]:
    """The question and all that asked again for it, in order."""
    return municipality.rows("SELECT * FROM report_request WHERE root_id = ? ORDER BY id", question)


def envelope(municipality: Municipality, question: int) -> etree._Element:
    """The question to SSBTEK in the one envelope that was built."""
    (row,) = municipality.attempts(question)
    keys = vault.load(config.load(municipality.config).keys.file)
    raw = keys.open(row["envelope_sealed"], f"attempt.envelope_sealed:{row['tx_id']}")
    return etree.fromstring(message.read(raw).parts[0].content)


def included(document: etree._Element) -> list[str]:
    return [
        etree.QName(agency).localname
        for agency in document.iterfind("{*}specifikaFrageparametrar/*")
        if agency.get("inkludera") in ("true", "1")
    ]


def said(municipality: Municipality, question: int, event: str) -> list[str]:
    return municipality.values("SELECT code FROM journal WHERE outbox_id = ? AND event = ?", question, event)


async def settled(municipality: Municipality, question: int) -> None:
    await until(lambda: request(municipality, question)["settled"], "settled")


@pytest.mark.parametrize("version", [10, 11])
async def test_an_agency_that_answers_when_asked_again_makes_the_question_complete(
    tmp_path: Path, stead: Database, version: int
) -> None:
    async with serving(tmp_path, faults=(Fault.PASSING,)) as url:
        municipality = place(tmp_path, stead, url)
        async with running(municipality):
            first = await municipality.ask(ADA, contract=str(version), reference="r1")
            await settled(municipality, first)

    one, again = family(municipality, first)
    assert (one["verdict"], one["agencies_unverified"]) == ("COMPLETE", "")
    assert (again["verdict"], again["agencies"], again["round"]) == ("COMPLETE", "AF", 1)
    assert (again["reference"], again["contract"]) == (None, version)
    before, after = envelope(municipality, first), envelope(municipality, again["id"])
    assert included(before) == ["AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV"]
    assert included(after) == ["AF"]
    for name, same in (("korrelationsid", False), ("arendeidentitet", True), ("personidentitet", True)):
        path = f"{{*}}generellaFrageparametrar/{{*}}{name}"
        assert (before.findtext(path) == after.findtext(path)) == same
    received = times(tmp_path, "received")
    assert received == {one["tx_id"]: 1, again["tx_id"]: 1}
    outcome = municipality.values("SELECT outcome FROM report_agency WHERE agency = 'AF'")
    assert outcome == ["DATA"]
    assert municipality.rows("SELECT 1 FROM report_unverified") == []


async def test_asking_again_is_a_disclosure_in_the_journal_and_in_the_statistics(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path, faults=(Fault.PASSING,)) as url:
        municipality = place(tmp_path, stead, url)
        async with running(municipality):
            first = await municipality.ask(ADA)
            await settled(municipality, first)

    _, again = family(municipality, first)
    assert said(municipality, first, "asked-again") == [f"{again['id']}:AF"]
    assert said(municipality, again["id"], "asked-again") == ["AF"]
    told = municipality.rows(
        "SELECT o.id, o.round, d.outcome, a.day FROM disclosure d JOIN attempt a ON a.tx_id = d.tx_id"
        " JOIN outbox o ON o.id = a.outbox_id WHERE d.agency = 'AF' ORDER BY o.id"
    )
    assert [(row["id"], row["round"], row["outcome"]) for row in told] == [
        (first, 0, "ERROR"),
        (again["id"], 1, "DATA"),
    ]
    assert all(row["day"] for row in told)
    query = "SELECT SUM(asked), SUM(asked_again), SUM(answered) FROM report_volume WHERE agency = ?"
    assert [tuple(municipality.rows(query, agency)[0]) for agency in ("AF", "SO")] == [(2, 1, 1), (1, 0, 1)]


@pytest.mark.parametrize("rounds", [1, 2])
async def test_an_agency_that_goes_on_failing_is_asked_as_often_as_configured_and_no_more(
    tmp_path: Path, stead: Database, rounds: int
) -> None:
    async with serving(tmp_path, faults=(Fault.SSBT_TIMEOUT,)) as url:
        municipality = place(tmp_path, stead, url, rounds=rounds)
        async with running(municipality):
            first = await municipality.ask(ADA)
            await settled(municipality, first)

    members = family(municipality, first)
    assert [row["round"] for row in members] == list(range(rounds + 1))
    assert {row["verdict"] for row in members} == {"INCOMPLETE"}
    assert {row["settled"] for row in members} == {1}
    assert request(municipality, first)["agencies_unverified"] == "AF"
    assert len(times(tmp_path, "received")) == rounds + 1
    (gap,) = municipality.rows("SELECT agency, outcome, kalla, felkod FROM report_unverified")
    assert tuple(gap) == ("AF", "ERROR", "SSBT", "SANDBOX-TIMEOUT")


async def test_a_question_is_not_settled_while_one_that_asks_again_for_it_is_under_way(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path, faults=(Fault.PASSING,)) as url:
        municipality = place(tmp_path, stead, url, rest=60)
        async with running(municipality):
            first = await municipality.ask(ADA)
            await until(lambda: len(family(municipality, first)) == 2, "asked again")
            row, again = family(municipality, first)

    assert (row["verdict"], row["settled"]) == ("INCOMPLETE", 0)
    assert (again["verdict"], again["state"]) == ("WAITING", "new")
    awaited = municipality.rows("SELECT * FROM report_outstanding WHERE kind = 'QUESTION'")
    assert [(one["question_id"], one["round"], one["agencies"]) for one in awaited] == [(first, 1, "AF")]


@pytest.mark.parametrize("fault", [Fault.SOAP_FAULT, Fault.WRONG_PERSON, Fault.LEFI_UNAUTHORISED])
async def test_what_does_not_pass_is_not_asked_again(tmp_path: Path, stead: Database, fault: Fault) -> None:
    async with serving(tmp_path, faults=(fault,)) as url:
        municipality = place(tmp_path, stead, url)
        async with running(municipality):
            first = await municipality.ask(ADA)
            await settled(municipality, first)

    assert len(family(municipality, first)) == 1
    assert request(municipality, first)["verdict"] in ("FAILED", "INCOMPLETE")


async def test_a_question_withdrawn_while_it_is_asked_again_is_asked_no_further(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path, faults=(Fault.SSBT_TIMEOUT,)) as url:
        municipality = place(tmp_path, stead, url, rest=60)
        async with running(municipality):
            first = await municipality.ask(ADA)
            await until(lambda: len(family(municipality, first)) == 2, "asked again")
            await municipality.execute("UPDATE outbox SET withdraw_reason = 'error' WHERE id = ?", first)
            await until(
                lambda: {row["verdict"] for row in family(municipality, first)} == {"WITHDRAWN"}, "withdrawn"
            )

    assert len(times(tmp_path, "received")) == 1


async def test_a_daemon_that_dies_between_decoding_and_commit_asks_again_once(
    tmp_path: Path, stead: Database
) -> None:
    async with serving(tmp_path, faults=(Fault.PASSING,)) as url:
        municipality = place(tmp_path, stead, url)
        first = await municipality.ask(ADA)

        await die(municipality, "decoding")
        after_one = len(family(municipality, first))
        await die(municipality, "decoding")
        after_two = len(family(municipality, first))
        async with running(municipality):
            await settled(municipality, first)

    assert (after_one, after_two) == (1, 1)
    assert [row["round"] for row in family(municipality, first)] == [0, 1]
    assert request(municipality, first)["verdict"] == "COMPLETE"
    assert set(times(tmp_path, "received").values()) == {1}
    assert len(said(municipality, first, "asked-again")) == 1


async def test_decoding_again_while_the_daemon_runs_asks_nobody(tmp_path: Path, stead: Database) -> None:
    async with serving(tmp_path, faults=(Fault.SSBT_TIMEOUT,)) as url:
        municipality = place(tmp_path, stead, url, rounds=1)
        async with running(municipality):
            first = await municipality.ask(ADA)
            await settled(municipality, first)
            before = [*map(dict, family(municipality, first))]
            told = await operator(municipality, "decode", "--again", first)
            await operator(municipality, "decode", "--again")

    assert told == "1 answers decoded again\n"
    assert [*map(dict, family(municipality, first))] == before
    assert len(before) == len(times(tmp_path, "received")) == 2
