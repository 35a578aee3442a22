"""A configured place to run commands in: the sandbox's own configuration, keys and certificates."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shs_adapter.cli.sandbox import write_config
from shs_adapter.config import Database
from shs_adapter.sandbox import pki
from shs_adapter.sandbox.server import Options
from tests.client import Client
from tests.daemon.answering import settled

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def client(stead: Database) -> Client:
    return Client(stead)


@pytest.fixture
def place(tmp_path: Path, stead: Database) -> Path:
    """A directory with everything that a daemon needs; the node that it points at does not run."""
    options = Options(directory=tmp_path)
    pki.write(tmp_path, options.organisation, datetime.now(UTC))
    file = write_config(options, "https://localhost:9")
    file.write_text(settled(file.read_text(), stead))
    return tmp_path


@pytest.fixture
def unmigrated(place: Path, client: Client) -> Path:
    """The place, where nobody has made the database yet."""
    if client.stead.file is not None:
        client.stead.file.unlink()
    else:
        client.execute("DROP SCHEMA shs CASCADE")
    return place


@pytest.fixture
def command(place: Path) -> Command:
    """Runs `shs-adapter --config …` as a process of its own."""

    def run(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "shs_adapter.cli", "--config", str(place / "adapter.toml"), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"NO_COLOR": "1"},
        )

    return run
