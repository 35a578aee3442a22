"""The installed package brings its migrations and its example along."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_an_installed_wheel_initialises_and_migrates(tmp_path: Path) -> None:
    build = ["pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [sys.executable, "-m", *build, "--no-index", "-w", str(tmp_path), str(ROOT)], check=True, timeout=120
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)

    def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "shs_adapter.cli", "--config", "adapter.toml", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert command("init").returncode == 0
    migrated = command("migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert "is at version" in migrated.stdout
