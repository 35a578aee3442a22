"""`decode --again`: what stored answers say is read out of them anew."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shs_adapter.sandbox.cast import CAST
from shs_adapter.sandbox.faults import Fault
from tests.cli.conftest import Command
from tests.cli.test_commands import one_line, values
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
NOT_OF_ANSWERS = ("outbox", "attempt", "inbox", "journal", "notice", "link", "counter", "alembic_version")
KEPT = (*NOT_OF_ANSWERS, "subject", "disclosure", "change_threshold", "agency_result")


async def answered(place: Path, version: int = 10) -> None:
    async with desk(Municipality(place)) as at:
        for name, fault in ASKED.items():
            question = await at.ask(PERSONS[name], contract=str(version))
            await at.answer(question, fault)


def tables(place: Path) -> list[str]:
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [str(row[0]) for row in values(place, names)]


def report_tables(place: Path) -> list[str]:
    return [name for name in tables(place) if name not in KEPT]


def views(place: Path) -> dict[str, list[str]]:
    """What every view says, but for the ids of rows that were written anew."""
    names = [str(row[0]) for row in values(place, "SELECT name FROM sqlite_master WHERE type = 'view'")]
    found = {}
    with closing(sqlite3.connect(place / "adapter.db")) as connection:
        connection.row_factory = sqlite3.Row
        for name in names:
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            if name == "report_payment":
                rows = [{**row, "id": None} for row in rows]
            found[name] = sorted(map(repr, rows))
    return found


def empty_report_tables(place: Path) -> None:
    """As they are in the database of a version that had none."""
    with closing(sqlite3.connect(place / "adapter.db")) as connection, connection:
        for name in report_tables(place):
            connection.execute(f"DELETE FROM {name}")


def questions(place: Path) -> list[tuple[object, ...]]:
    return values(place, "SELECT id, state, round, outcome, settled_at FROM outbox ORDER BY id")


@pytest.mark.parametrize("version", [10, 11])
def test_answers_of_an_older_version_fill_the_report_tables(
    place: Path, command: Command, version: int
) -> None:
    command("migrate")
    asyncio.run(answered(place, version))
    before, filled = (
        views(place),
        {name: len(values(place, f"SELECT 1 FROM {name}")) for name in tables(place)},
    )
    empty_report_tables(place)
    emptied = views(place)

    done = command("decode", "--again")

    after = {name: len(values(place, f"SELECT 1 FROM {name}")) for name in report_tables(place)}
    assert (done.returncode, done.stdout) == (0, f"{len(ASKED)} answers decoded again\n")
    assert emptied["report_payment"] == emptied["report_income_month"] == []
    assert after == {name: filled[name] for name in after}
    assert all(after[name] for name in ("payment", "payment_part", "sub_result", "gap", "asked_month"))
    again = views(place)
    for name in set(before) - {"report_request"}:  # its answers have a new version: they are told of anew
        assert again[name] == before[name], name


def test_decoding_again_changes_nothing_where_nothing_has_changed(place: Path, command: Command) -> None:
    command("migrate")
    asyncio.run(answered(place))
    before, versions = views(place), values(place, "SELECT answer_version, change_no FROM outbox")

    for _ in range(2):
        assert command("decode", "--again").returncode == 0

    assert views(place) == before
    assert values(place, "SELECT answer_version, change_no FROM outbox") == versions


def test_decoding_again_asks_nobody_and_says_who_did_it(place: Path, command: Command) -> None:
    command("migrate")
    asyncio.run(answered(place))
    before = questions(place)

    command("decode", "--again", "1", "2")

    assert questions(place) == before
    lines = values(place, "SELECT outbox_id, actor FROM journal WHERE event = 'decoded' ORDER BY id")
    by_hand = [number for number, actor in lines if str(actor).startswith("operator")]
    assert by_hand == [1, 2]


def test_only_the_questions_named_are_decoded(place: Path, command: Command) -> None:
    command("migrate")
    asyncio.run(answered(place))
    empty_report_tables(place)

    done = command("decode", "--again", "1", "2")

    assert done.stdout == "2 answers decoded again\n"
    assert values(place, "SELECT DISTINCT root_id FROM payment ORDER BY root_id") == [(1,), (2,)]


def test_without_again_it_is_a_wrong_usage(place: Path, command: Command) -> None:
    command("migrate")
    asyncio.run(answered(place))
    empty_report_tables(place)

    refused = command("decode", "1")

    assert refused.returncode == 2
    assert "--again is missing" in refused.stderr
    assert values(place, "SELECT 1 FROM payment") == []


def test_an_unknown_question_is_one_clear_line_and_nothing_is_decoded(place: Path, command: Command) -> None:
    command("migrate")
    asyncio.run(answered(place))
    empty_report_tables(place)

    refused = command("decode", "--again", "1", "999")

    assert refused.returncode == 1
    assert "there is no question with id 999" in one_line(refused.stderr)
    assert values(place, "SELECT 1 FROM payment") == []


def test_a_question_without_an_answer_has_nothing_to_decode(place: Path, command: Command) -> None:
    async def ask() -> None:
        async with desk(Municipality(place)) as at:
            await at.ask(PERSONS["Ada Exempel"])

    command("migrate")
    asyncio.run(ask())

    assert command("decode", "--again", "1").stdout == "0 answers decoded again\n"


def test_it_works_while_a_daemon_runs(place: Path, command: Command) -> None:
    async def beside_a_daemon() -> str:
        async with running(Municipality(place)):
            done = await asyncio.to_thread(command, "decode", "--again")
        return done.stdout + done.stderr

    command("migrate")
    asyncio.run(answered(place))
    before = views(place)["report_payment"]
    empty_report_tables(place)

    said = asyncio.run(beside_a_daemon())

    assert said == f"{len(ASKED)} answers decoded again\n"
    assert views(place)["report_payment"] == before


def test_nothing_of_a_person_is_printed(place: Path, command: Command) -> None:
    command("migrate")
    asyncio.run(answered(place))

    done = command("decode", "--again")

    assert done.returncode == 0
    assert not any(number[2:] in done.stdout + done.stderr for number in PERSONS.values())
