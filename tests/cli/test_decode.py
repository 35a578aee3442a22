"""`decode --again`: what stored answers say is read out of them anew."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.sandbox.cast import CAST
from shs_adapter.sandbox.faults import Fault
from shs_adapter.store.report_tables import metadata
from tests.cli.conftest import Command
from tests.cli.test_commands import one_line
from tests.client import Client, Row
from tests.daemon.answering import desk
from tests.daemon.daemons import running
from tests.daemon.municipality import Municipality

PERSONS = {person.name: person.number for person in CAST}
ASKED = {  # one for each kind of fact that there is a table for
    "Ada Exempel": Fault.NONE,
    "Stina Student": Fault.CSN_1101,
    "Petrus Pension": Fault.SUMS_OFF,
    "Firma Firmansson": Fault.TNS_FEL,
    "Nya Nykomling": Fault.SSBT_TIMEOUT,
}
NOT_OF_ANSWERS = (
    *("outbox", "attempt", "inbox", "journal", "notice", "link", "counter", "alembic_version"),
    *("exclusive", "daemon", "key_check", "tenant_login"),
)
KEPT = (*NOT_OF_ANSWERS, "subject", "disclosure", "change_threshold", "agency_result")


async def answered(place: Path, stead: Database, version: int = 10) -> None:
    async with desk(Municipality(place, stead)) as at:
        for name, fault in ASKED.items():
            question = await at.ask(PERSONS[name], contract=str(version))
            await at.answer(question, fault)


def report_tables() -> list[str]:
    """Those that refer to others before these."""
    return [table.name for table in reversed(metadata.sorted_tables) if table.name not in KEPT]


def counted(client: Client, names: Iterable[str]) -> dict[str, int]:
    return {name: len(client.rows(f"SELECT 1 FROM {name}")) for name in names}


def views(client: Client) -> dict[str, list[str]]:
    """What every view says, but for the ids of rows that were written anew."""
    found = {}
    for name in client.views():
        rows = [dict(row) for row in client.rows(f"SELECT * FROM {name}")]
        if name == "report_payment":
            rows = [{**row, "id": None} for row in rows]
        found[name] = sorted(map(repr, rows))
    return found


def empty_report_tables(client: Client) -> None:
    """As they are in the database of a version that had none."""
    for name in report_tables():
        client.execute(f"DELETE FROM {name}")


def questions(client: Client) -> list[Row]:
    return client.rows("SELECT id, state, round, outcome, settled_at FROM outbox ORDER BY id")


@pytest.mark.parametrize("version", [10, 11])
def test_answers_of_an_older_version_fill_the_report_tables(
    place: Path, client: Client, command: Command, version: int
) -> None:
    asyncio.run(answered(place, client.stead, version))
    before, filled = views(client), counted(client, report_tables())
    empty_report_tables(client)
    emptied = views(client)

    done = command("decode", "--again")

    after = counted(client, report_tables())
    assert (done.returncode, done.stdout) == (0, f"{len(ASKED)} answers decoded again\n")
    assert emptied["report_payment"] == emptied["report_income_month"] == []
    assert after == filled
    assert all(after[name] for name in ("payment", "payment_part", "sub_result", "gap", "asked_month"))
    again = views(client)
    for name in set(before) - {"report_request"}:  # its answers have a new version: they are told of anew
        assert again[name] == before[name], name


def test_decoding_again_changes_nothing_where_nothing_has_changed(
    place: Path, client: Client, command: Command
) -> None:
    asyncio.run(answered(place, client.stead))
    before, versions = views(client), client.rows("SELECT answer_version, change_no FROM outbox ORDER BY id")

    for _ in range(2):
        assert command("decode", "--again").returncode == 0

    assert views(client) == before
    assert client.rows("SELECT answer_version, change_no FROM outbox ORDER BY id") == versions


def test_decoding_again_asks_nobody_and_says_who_did_it(
    place: Path, client: Client, command: Command
) -> None:
    asyncio.run(answered(place, client.stead))
    before = questions(client)

    command("decode", "--again", "1", "2")

    assert questions(client) == before
    lines = client.rows("SELECT outbox_id, actor FROM journal WHERE event = 'decoded' ORDER BY id")
    by_hand = [number for number, actor in lines if str(actor).startswith("operator")]
    assert by_hand == [1, 2]


def test_only_the_questions_named_are_decoded(place: Path, client: Client, command: Command) -> None:
    asyncio.run(answered(place, client.stead))
    empty_report_tables(client)

    done = command("decode", "--again", "1", "2")

    assert done.stdout == "2 answers decoded again\n"
    assert client.rows("SELECT DISTINCT root_id FROM payment ORDER BY root_id") == [(1,), (2,)]


def test_without_again_it_is_a_wrong_usage(place: Path, client: Client, command: Command) -> None:
    asyncio.run(answered(place, client.stead))
    empty_report_tables(client)

    refused = command("decode", "1")

    assert refused.returncode == 2
    assert "--again is missing" in refused.stderr
    assert client.rows("SELECT 1 FROM payment") == []


def test_an_unknown_question_is_one_clear_line_and_nothing_is_decoded(
    place: Path, client: Client, command: Command
) -> None:
    asyncio.run(answered(place, client.stead))
    empty_report_tables(client)

    refused = command("decode", "--again", "1", "999")

    assert refused.returncode == 1
    assert "there is no question with id 999" in one_line(refused.stderr)
    assert client.rows("SELECT 1 FROM payment") == []


def test_a_question_without_an_answer_has_nothing_to_decode(
    place: Path, client: Client, command: Command
) -> None:
    async def ask() -> None:
        async with desk(Municipality(place, client.stead)) as at:
            await at.ask(PERSONS["Ada Exempel"])

    asyncio.run(ask())

    assert command("decode", "--again", "1").stdout == "0 answers decoded again\n"


def test_it_works_while_a_daemon_runs(place: Path, client: Client, command: Command) -> None:
    async def beside_a_daemon() -> str:
        async with running(Municipality(place, client.stead)):
            done = await asyncio.to_thread(command, "decode", "--again")
        return done.stdout + done.stderr

    asyncio.run(answered(place, client.stead))
    before = views(client)["report_payment"]
    empty_report_tables(client)

    said = asyncio.run(beside_a_daemon())

    assert said == f"{len(ASKED)} answers decoded again\n"
    assert views(client)["report_payment"] == before


def test_nothing_of_a_person_is_printed(place: Path, client: Client, command: Command) -> None:
    asyncio.run(answered(place, client.stead))

    done = command("decode", "--again")

    assert done.returncode == 0
    assert not any(number[2:] in done.stdout + done.stderr for number in PERSONS.values())
