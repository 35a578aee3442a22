"""The commands as an operator meets them: what they print, and how they end."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shs_adapter.config import load
from tests.cli.conftest import Command
from tests.client import Client

PERSON = "197701172392"
QUESTION = ("--case", "EB-1", "--officer", "anna", "--from", "2026-10-01", "--to", "2026-10-31")


def one_line(text: str) -> str:
    """The text, which must be a single line of ours and no traceback."""
    (line,) = text.splitlines()
    assert line.startswith("shs-adapter: ")
    return line


def test_a_sent_question_is_in_the_outbox_and_its_number_is_not_shown(place: Path, command: Command) -> None:
    sent = command("send", *QUESTION, "--reference", "r1", stdin=PERSON + "\n")
    shown = command("show", "1", "--json")

    assert (sent.returncode, shown.returncode) == (0, 0)
    assert json.loads(shown.stdout)["verdict"] == "WAITING"
    assert PERSON not in sent.stdout + sent.stderr + shown.stdout + shown.stderr


def test_the_same_reference_is_not_asked_twice(command: Command) -> None:
    command("send", *QUESTION, "--reference", "r1", stdin=PERSON + "\n")

    again = command("send", *QUESTION, "--reference", "r1", stdin=PERSON + "\n")

    assert again.returncode == 1
    assert "not asked again" in one_line(again.stderr)
    assert PERSON not in again.stderr


def test_the_personal_number_is_no_option(command: Command) -> None:
    refused = command("send", *QUESTION, "--person", PERSON)

    assert refused.returncode == 2


def test_status_and_show_speak_json_and_text(command: Command) -> None:
    command("send", *QUESTION, stdin=PERSON + "\n")

    status = json.loads(command("status", "--json").stdout)

    assert status["daemon"] == "not running"
    assert status["questions"] == {"new": 1}
    assert "questions: new 1" in command("status").stdout
    assert "state: new" in command("show", "1").stdout


@pytest.mark.parametrize("name", ["show", "resend", "rebuild"])
def test_an_unknown_question_is_one_clear_line(command: Command, name: str) -> None:
    missing = command(name, "17")

    assert missing.returncode == 1
    assert "there is no question with id 17" in one_line(missing.stderr)


@pytest.mark.parametrize("name", ["resend", "rebuild"])
def test_a_question_that_waits_is_neither_resent_nor_rebuilt(command: Command, name: str) -> None:
    command("send", *QUESTION, stdin=PERSON + "\n")

    refused = command(name, "1")

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1


def test_a_failed_row_is_rebuilt_and_due_again(client: Client, command: Command) -> None:
    command("send", *QUESTION, stdin=PERSON + "\n")
    client.execute("UPDATE outbox SET state = 'failed', reason = 'malformed', failure_code = 'from_date'")

    rebuilt = command("rebuild", "1")
    row = json.loads(command("show", "1", "--json").stdout)

    assert rebuilt.returncode == 0
    assert (row["state"], row["reason"], row["failure_code"]) == ("new", "rebuilt", None)
    assert row["journal"][-1]["actor"].startswith("operator")


@pytest.mark.parametrize("name", ["resend", "rebuild"])
def test_a_withdrawn_question_is_never_tried_again(client: Client, command: Command, name: str) -> None:
    command("send", *QUESTION, stdin=PERSON + "\n")
    failed = "UPDATE outbox SET state = 'failed', reason = 'timed-out', withdrawn_at = CURRENT_TIMESTAMP"
    client.execute(failed)

    refused = command(name, "1")

    assert refused.returncode == 1
    assert "was withdrawn" in one_line(refused.stderr)


def test_a_question_past_its_give_up_at_is_not_resent_but_rebuilt_with_a_new_one(
    client: Client, command: Command
) -> None:
    command("send", *QUESTION, stdin=PERSON + "\n")
    client.execute(
        "UPDATE outbox SET state = 'failed', reason = 'exhausted', tx_id = 'x', deadline_at = created_at",
    )

    resent = command("resend", "1")
    rebuilt = command("rebuild", "1")

    assert (resent.returncode, rebuilt.returncode) == (1, 0)
    assert "give_up_at has passed" in one_line(resent.stderr)
    assert client.rows("SELECT state, deadline_at FROM outbox") == [("new", None)]


def test_status_tells_what_each_counterpart_bears(place: Path, client: Client, command: Command) -> None:
    config = place / "adapter.toml"
    (name,) = load(config).hosts()
    bears = 'in_flight = 2\nrequests_per_second = 0.5\nopen = ["mon 00:00-00:01"]\n'
    config.write_text(f'{config.read_text()}[counterparts."{name}"]\n{bears}')
    client.execute(
        "INSERT INTO permit (counterpart, kind, number, lease_token, lease_until)"
        " VALUES (?, 'slot', 1, 'one', '2999-01-01'), (?, 'rate', 1, 'one', '2999-01-01')",
        name,
        name,
    )

    (status,) = json.loads(command("status", "--json").stdout)["counterparts"]

    assert datetime.fromisoformat(status.pop("closed_until")) > datetime.now(UTC)
    assert status == {"counterpart": name, "in_flight": 1, "limit": 2, "requests_per_second": 0.5}
    assert f"counterpart {name}, in_flight 1, limit 2" in command("status").stdout


def test_questions_of_a_tenant_that_is_configured_no_more_are_shown(client: Client, command: Command) -> None:
    command("send", *QUESTION, stdin=PERSON + "\n")
    client.execute("UPDATE outbox SET state = 'ready', tenant = 'gone'")

    status = json.loads(command("status", "--json").stdout)

    assert status["tenants_unknown"] == {"gone": 1}


@pytest.mark.parametrize("name", ["run", "status"])
def test_a_database_that_fails_is_one_clear_line(client: Client, command: Command, name: str) -> None:
    client.execute("ALTER TABLE outbox RENAME TO gone")

    refused = command(name)

    assert refused.returncode == 3
    kind = {"sqlite": "OperationalError", "postgresql": "UndefinedTableError"}[client.engine]
    assert f"cannot be used now ({kind})" in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("name", ["run", "status", "send"])
def test_without_a_database_a_command_says_to_migrate(unmigrated: Path, command: Command, name: str) -> None:
    arguments = {"send": (name, *QUESTION)}.get(name, (name,))

    refused = command(*arguments, stdin=PERSON + "\n")

    assert refused.returncode == 3
    assert "shs-adapter migrate" in one_line(refused.stderr)


def test_a_database_of_another_version_is_refused(client: Client, command: Command) -> None:
    client.execute("UPDATE alembic_version SET version_num = '0000'")

    refused = command("run")

    assert refused.returncode == 3
    assert "is at version 0000" in one_line(refused.stderr)


def test_migrating_twice_harms_nothing(unmigrated: Path, command: Command) -> None:
    assert [command("migrate").returncode for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("keys.toml", None, "there is no key file"),
        ("keys.toml", "seal = 3", "is not a key file"),
        ("client.key", None, "cannot be read"),
        ("client.key", "no key", "are not a certificate and its unencrypted key"),
        ("ca.pem", "no certificate", "holds no CA certificate"),
    ],
)
def test_what_the_daemon_needs_and_lacks_is_one_clear_line(
    place: Path, command: Command, file: str, content: str | None, says: str
) -> None:
    (place / file).unlink()
    if content is not None:
        (place / file).write_text(content)

    refused = command("run")

    assert refused.returncode == 3
    assert file in one_line(refused.stderr)
    assert says in refused.stderr


def test_the_key_file_of_another_database_is_refused(place: Path, client: Client, command: Command) -> None:
    from shs_adapter.store import vault

    command("send", *QUESTION, stdin=PERSON + "\n")
    client.execute("UPDATE outbox SET person_id = NULL, person_sealed = ?", bytes(60))
    (place / "keys.toml").unlink()
    vault.write_new(place / "keys.toml")

    refused = command("run")

    assert refused.returncode == 3
    assert "is not the key file that the database was sealed with" in one_line(refused.stderr)


def test_a_wrong_configuration_names_the_key_and_the_nearest_known_one(place: Path, command: Command) -> None:
    file = place / "adapter.toml"
    file.write_text(file.read_text().replace("delivery_url", "delivry_url"))

    refused = command("status")

    assert refused.returncode == 2
    assert "unknown key `delivry_url`; did you mean `delivery_url`?" in one_line(refused.stderr)


def test_init_writes_a_configuration_that_is_kept(place: Path, path: Path, command: Command) -> None:
    kept = command("init")
    for name in ("adapter.toml", "keys.toml"):
        (place / name).unlink()
    written = command("init")

    assert kept.returncode == 3
    assert written.returncode == 0
    assert (place / "keys.toml").stat().st_mode & 0o777 == 0o600
    assert command("migrate").returncode == 0


def test_the_sandbox_lists_who_answers_how(command: Command) -> None:
    listed = command("sandbox", "--persons")

    assert listed.returncode == 0
    assert f"{PERSON}  COMPLETE" in listed.stdout


def test_a_taken_port_is_one_clear_line(place: Path, command: Command) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = command("sandbox", "--dir", str(place / "node"), "--port", str(taken.getsockname()[1]))

    assert refused.returncode == 3
    assert "is taken" in one_line(refused.stderr)


@pytest.mark.parametrize("name", ["sandbox", "demo"])
def test_an_adapters_own_files_are_never_taken_for_a_sandboxs(
    place: Path, command: Command, name: str
) -> None:
    before = {file: file.read_bytes() for file in place.iterdir()}

    refused = command(name, "--dir", str(place))

    assert refused.returncode == 3
    assert "use another --dir" in one_line(refused.stderr)
    assert {file: file.read_bytes() for file in place.iterdir()} == before


@pytest.mark.parametrize("file", ["kommun.key", "adapter.db"])
def test_a_demonstration_removes_nothing_from_a_folder_of_others(
    tmp_path: Path, command: Command, file: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / file).touch()

    refused = command("demo", "--dir", str(other))

    assert refused.returncode == 3
    assert (other / file).exists()
