"""Nothing that others wrote acts on the terminal, in the files and in the log of those who look at it."""

import io
import json
import logging
import sys
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from shs_adapter.cli.demo_cases import cases
from shs_adapter.cli.demo_screen import table
from shs_adapter.errors import AdapterError
from shs_adapter.log import JsonLine
from shs_adapter.printable import clean, escaped
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.store import vault
from tests.cli.conftest import Command, client, command, place
from tests.client import Client
from tests.hostile.commands import run
from tests.hostile.screens import CHARACTERS, TEXT, write
from tests.reports import filling

__all__ = ["client", "command", "place"]

OURS = "\n"  # the ends of our own lines

COMMANDS = (
    *(("show", str(number), *form) for number in (1, 4) for form in ((), ("--json",))),
    *(("status", *form) for form in ((), ("--json",))),
    *(("resend", "4"), ("rebuild", "1"), ("show", "4", "--answer"), ("show", "1", "--answer")),
    *(("decode", "--again"), ("purge", "--dry-run"), ("report",)),
)


def acts(text: str) -> list[str]:
    return [name for name, one in CHARACTERS.items() if one in text and one not in OURS]


@pytest.fixture
def hostile(place: Path, client: Client) -> Path:
    filling.household(client, vault.load(place / "keys.toml"))
    at = "2026-11-24 12:05:00.000000"
    client.execute(
        "INSERT INTO notice (mailbox, tx_id, state, first_seen_at, last_seen_at, due_at) VALUES"
        " ('m', 'n', 'lost', ?, ?, ?)",
        *[at] * 3,
    )
    stray = "'m', 'b', 'unsolicited', ?, 's', 0, ?, ?"
    client.execute(
        "INSERT INTO inbox (id, mailbox, tx_id, kind, body_sealed, body_sha256, size, received_at, due_at)"
        f" VALUES ('b', {stray})",
        *(b"", at, at),
    )
    client.execute("INSERT INTO link (scope, failures) VALUES ('submit:x', 1)")
    client.execute(
        "INSERT INTO journal (at, outbox_id, event, actor) VALUES (?, 1, 'accepted', 'a'), (?, 4, 'x', 'b')",
        *[at] * 2,
    )
    client.execute(
        "INSERT INTO sub_result (inbox_id, agency, row_no, name, outcome)"
        " VALUES ('in-3', 'FK', 1, 'x', 'ERROR')"
    )
    write(client, TEXT)
    return place


def test_no_command_prints_what_acts(hostile: Path) -> None:
    for arguments in COMMANDS:
        done = run(hostile, *arguments)

        assert acts(done.out + done.err) == [], arguments
        assert done.code in (0, 1), arguments
        if "--json" in arguments:
            json.loads(done.out)


def test_a_program_is_told_the_texts_as_they_are(hostile: Path) -> None:
    assert json.loads(run(hostile, "show", "4", "--json").out)["officer"].endswith(TEXT)


def test_no_report_holds_what_acts(hostile: Path) -> None:
    for name in REPORTS:
        for form in ("table", "csv", "json", "html"):
            out = hostile / "out"
            done = run(hostile, "report", name, "--format", form, "--out", str(out))

            assert (done.code, done.out, done.err) == (0, "", ""), (name, form)
            written = out.read_text(encoding="utf-8-sig")
            assert acts(written.replace("\r\n", "\n")) == [], (name, form)


def test_markup_is_text(hostile: Path, command: Command) -> None:
    for arguments in (("show", "1"), ("report", "payment"), ("report", "request")):
        shown = command(*arguments).stdout
        assert acts(shown) == []
        assert "[red]" in "".join(shown.split()), arguments


def test_an_error_is_one_line(place: Path, command: Command) -> None:
    refused = command("report", "payment", "--out", f"/nowhere/{TEXT}/x")

    assert refused.returncode == 1
    assert acts(refused.stderr) == []
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("one", CHARACTERS.values(), ids=list(CHARACTERS))
def test_each_character_is_a_blank_for_people_and_an_escape_for_programs(one: str) -> None:
    document = json.dumps({"a": f"b{one}c"}, ensure_ascii=False)

    assert clean(f"b{one}{one}c") == "b c"
    assert acts(escaped(document)) == []
    assert json.loads(escaped(document)) == {"a": f"b{one}c"}


@pytest.mark.parametrize("one", [chr(0xD800), chr(0xDC80)], ids=["high", "low"])
def test_lone_surrogates_go_the_same_way(one: str) -> None:
    document = json.dumps({"a": f"b{one}c"}, ensure_ascii=False)

    assert clean(f"b{one}c") == "b c"
    assert escaped(document).isascii()
    assert json.loads(escaped(document)) == {"a": f"b{one}c"}


def test_what_people_write_stays() -> None:
    for text in ("Åsa Öberg-Ängström", "EB 2026/17 (dödsbo) – 3 000 kr", "家族 Ελλάδα", "naïve €", ""):
        assert clean(text) == text
        assert escaped(text) == text


@pytest.mark.parametrize("one", CHARACTERS.values(), ids=list(CHARACTERS))
def test_a_line_of_the_log_is_one_line_whatever_a_node_said(one: str) -> None:
    record = logging.LogRecord("shs_adapter.x", logging.INFO, "", 0, "locked", None, None)
    record.fields = {"tx_id": f"a{one}b"}

    line = JsonLine().format(record)

    assert acts(line) == []
    assert "\n" not in line
    assert json.loads(line)["tx_id"] == f"a{one}b"


def test_the_demonstration_shows_texts_as_they_are() -> None:
    (case,) = cases(1, date(2026, 11, 24))
    row = dict.fromkeys(
        (
            "reference",
            "state",
            "failure_code",
            "reason",
            "verdict",
            "agencies_answered",
            "agencies_unverified",
        ),
        TEXT,
    ) | {"finished_at": None, "created_at": None}
    file = io.StringIO()

    Console(file=file, width=2000).print(table([(case, row, True)]))  # type: ignore[list-item]

    assert acts(file.getvalue()) == []
    assert "[red]" in file.getvalue()


def test_an_error_of_ours_is_cleaned_where_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    from shs_adapter import cli

    def fail(*_: object, **__: object) -> None:
        raise AdapterError("x", TEXT)

    printed = io.StringIO()
    monkeypatch.setattr(cli.cli, "main", fail)
    monkeypatch.setattr(sys, "stderr", printed)
    with pytest.raises(SystemExit) as ended:
        cli.main([])

    assert ended.value.code == 1
    assert acts(printed.getvalue()) == []
    assert printed.getvalue().count("\n") == 1
