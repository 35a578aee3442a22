"""`send`: what it refuses, and what it says of a database that refuses."""

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.test_commands import PERSON, QUESTION, one_line
from tests.client import Client
from tests.hostile.commands import run

# A trigger of the business system's own, on either engine.
REFUSES = {
    "sqlite": ("CREATE TRIGGER t BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no 197701172392'); END",),
    "postgresql": (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no 197701172392'; END $$",
        "CREATE TRIGGER t BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION f()",
    ),
}
OTHERS = {
    "sqlite": ("CREATE TRIGGER t AFTER INSERT ON outbox BEGIN INSERT INTO own VALUES (1); END",),
    "postgresql": (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO own VALUES (1); RETURN NEW; END $$",
        "CREATE TRIGGER t AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION f()",
    ),
}


@pytest.mark.parametrize("trigger", [REFUSES, OTHERS], ids=["raises", "breaks a constraint of its own"])
def test_only_a_taken_reference_was_asked_before(
    client: Client, command: Command, trigger: dict[str, tuple[str, ...]]
) -> None:
    client.execute("CREATE TABLE own (id INTEGER PRIMARY KEY)")
    client.execute("INSERT INTO own VALUES (1)")
    for sql in trigger[client.engine]:
        client.execute(sql)

    refused = command("send", *QUESTION, "--reference", "r1", stdin=PERSON + "\n")

    assert refused.returncode == 1
    assert "asked before" not in refused.stderr
    assert "the database refused the question" in one_line(refused.stderr)
    assert PERSON not in refused.stderr
    assert client.values("SELECT COUNT(*) FROM outbox") == [0]


@pytest.mark.parametrize(
    "typed", [b"\xff\xfe", b"19770117\xa02392", b"1977\x000117", b"\xed\xa0\x80", b"\x1b[2J"]
)
def test_what_is_no_text_is_refused(place: Path, client: Client, typed: bytes) -> None:
    refused = run(place, "send", *QUESTION, stdin=typed + b"\n")

    assert refused.code == 2
    assert "is not UTF-8 text, or holds a control character" in refused.err
    assert client.values("SELECT COUNT(*) FROM outbox") == [0]


@pytest.mark.parametrize(
    "option", ["--tenant", "--case", "--officer", "--from", "--to", "--agencies", "--reference"]
)
def test_no_option_takes_bytes_that_are_no_text(place: Path, client: Client, option: str) -> None:
    refused = run(place, "send", *QUESTION, option, "a\udcffb", stdin=b"197701172392\n")

    assert refused.code == 2
    assert f"'{option}': is not UTF-8 text" in " ".join(refused.err.split())


@pytest.mark.parametrize(
    "arguments", [("a\udcff",), ("payment", "--case", "\udcff"), ("payment", "--tenant", "\udcff")]
)
def test_nor_does_a_report(place: Path, arguments: tuple[str, ...]) -> None:
    for more in ((), ("--persons",)):
        refused = run(place, "report", *arguments, *more)

        assert (refused.code, refused.out) == (2, "")
        assert "is not UTF-8 text" in refused.err
