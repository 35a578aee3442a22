"""Who looked is what the kernel says; what anybody may set is told as said."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from shs_adapter.cli.who import told
from tests.cli.conftest import Command
from tests.client import Client

ROOT = pwd.getpwuid(0).pw_name
NOBODY = pwd.getpwnam("nobody").pw_uid
FORGED = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "oskyldig.handlaggare")
NASTY = "anna\nevent answer-shown\x1b]0;x\a\u202e login:root said:bo"


@pytest.mark.parametrize(
    ("uid", "login", "environment", "expected"),
    [
        (0, None, {}, f"operator:{ROOT}"),
        (0, 0, {}, f"operator:{ROOT}"),
        (0, NOBODY, {}, f"operator:{ROOT} login:nobody"),
        (NOBODY, None, FORGED, "operator:nobody"),
        (4_000_000, None, {}, "operator:4000000"),
        (0, 4_000_000, {}, f"operator:{ROOT} login:4000000"),
        (0, None, {"SUDO_USER": "bo", "SUDO_UID": "1"}, f"operator:{ROOT} said:bo"),
        (0, None, {"SUDO_UID": "17"}, f"operator:{ROOT} said:17"),
        (NOBODY, None, {"SUDO_USER": ROOT, "SUDO_UID": "0"}, f"operator:nobody said:{ROOT}"),
        (0, NOBODY, {"SUDO_USER": "nobody", "SUDO_UID": str(NOBODY)}, f"operator:{ROOT} login:nobody"),
        (0, NOBODY, {"SUDO_USER": "bo", "SUDO_UID": str(NOBODY)}, f"operator:{ROOT} login:nobody said:bo"),
        (0, NOBODY, {"SUDO_USER": "nobody"}, f"operator:{ROOT} login:nobody said:nobody"),
    ],
)
def test_each_is_named_by_whoever_knows(
    uid: int, login: int | None, environment: dict[str, str], expected: str
) -> None:
    assert told(uid, login, environment) == expected


@pytest.mark.parametrize(
    "said", [NASTY, "x" * 10_000, "197701172392", "19770117-2392", "1977\u200b0117\u200b2392", "\udcff", " "]
)
def test_what_is_said_cannot_look_like_more(said: str) -> None:
    named = told(0, NOBODY, {"SUDO_USER": said})

    assert len(named) < 200
    assert named.isprintable()
    assert "2392" not in named
    assert [one.partition(":")[0] for one in named.split(" ")] == ["operator", "login", "said"]
    assert named.count(":") == 3


def test_the_environment_forges_nobody_in_any_line(place: Path, client: Client, command: Command) -> None:
    """Each command that writes a line of the journal, and the name that `send` leaves."""
    forged = os.environ | FORGED | {"SUDO_USER": NASTY, "SUDO_UID": "0"}
    question = ("--case", "E", "--officer", "o", "--from", "2026-10-01", "--to", "2026-10-31")
    config = ("--config", str(place / "adapter.toml"))
    with (place / "adapter.toml").open("a") as file:
        file.write("\n[retention]\nanswers_after = 1\n")

    def run(*arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "shs_adapter.cli", *config, *arguments],
            input="197701172392\n",
            text=True,
            env=forged,
            timeout=60,
            check=True,
            capture_output=True,
        )

    run("send", *question)
    client.execute("UPDATE outbox SET state = 'failed', reason = 'malformed'")
    run("rebuild", "1")
    run("report", "request", "--persons")
    client.execute(
        "INSERT INTO inbox (id, mailbox, tx_id, kind, body_sealed, body_sha256, size, received_at, due_at)"
        " VALUES ('b', 'm', 't', 'unsolicited', ?, 's', 0, ?, ?)",
        *(b"", "2020-01-01 00:00:00.000000", "2020-01-01 00:00:00.000000"),
    )
    run("purge")

    actors = client.values("SELECT actor FROM journal UNION ALL SELECT created_by FROM outbox")
    me = pwd.getpwuid(os.getuid()).pw_name
    assert len(actors) == 4
    for actor in actors:
        assert actor.startswith(f"operator:{me} ")
        assert "oskyldig" not in actor
        assert actor.isprintable()
        assert actor.count("said:") == 1
