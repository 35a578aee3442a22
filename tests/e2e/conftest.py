"""The demonstration, run once as a user runs it: the processes, certificates and files are the real ones."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Run:
    directory: Path
    exit_code: int
    printed: bytes

    @property
    def database(self) -> Path:
        return self.directory / "adapter.db"


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("demo") / "data"
    done = subprocess.run(
        [sys.executable, "-m", "shs_adapter.cli", "demo", "--dir", str(directory)],
        capture_output=True,
        env=os.environ | {"NO_COLOR": "1"},
        timeout=120,
        check=False,
    )
    return Run(directory, done.returncode, done.stdout + done.stderr)
