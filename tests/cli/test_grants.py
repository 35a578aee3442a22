"""`grants`: whom it refuses, and that what it prints is whole."""

from pathlib import Path

import pytest

from shs_adapter.cli.grants import statements
from shs_adapter.config import Database
from tests.cli.conftest import Command
from tests.client import Client


def test_sqlite_is_told_to_have_no_logins(command: Command, path: Path) -> None:
    said = command("grants", "--tenant", "default", "--role", "business")

    assert said.returncode == 2
    assert "SQLite has no logins" in said.stderr


@pytest.mark.parametrize(
    ("tenant", "role", "wrong"),
    [("nobody", "business", "tenants.nobody"), ("default", "", "--role"), ("default", "x" * 64, "--role")],
)
def test_what_is_not_configured_or_no_name_is_refused(
    command: Command, cluster: object, stead: Database, tenant: str, role: str, wrong: str
) -> None:
    said = command("grants", "--tenant", tenant, "--role", role)

    assert (said.returncode, said.stdout) == (2, "")
    assert wrong in said.stderr


def test_what_is_printed_can_be_run_as_it_is(
    command: Command, cluster: object, stead: Database, client: Client
) -> None:
    said = command("grants", "--tenant", "default", "--role", "verksamhet")

    assert said.returncode == 0
    assert said.stdout == "\n".join(statements(["default"], "verksamhet")) + "\n"
    assert said.stdout.startswith("BEGIN;\n")
    assert said.stdout.endswith("COMMIT;\n")
