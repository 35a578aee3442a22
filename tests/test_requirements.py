"""What is installed is what was tested, by its hashes, and nothing that the product does not declare."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned(name: str) -> dict[str, str]:
    """The versions in a file of requirements, by package; each has a hash."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert all("--hash=sha256:" in line for line in lines)
    found = [re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", line) for line in lines]
    assert all(found)
    return {one[1].lower(): one[2] for one in found if one}


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_every_range_has_an_upper_end(requirement: str) -> None:
    assert re.search(r"<=?[0-9]", requirement)


def test_production_installs_what_was_tested() -> None:
    run, dev = pinned("run.txt"), pinned("dev.txt")

    assert {name: dev.get(name) for name in run} == run


def test_production_installs_whatever_the_project_declares() -> None:
    declared = {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for one in PROJECT["dependencies"]}  # type: ignore[index]

    assert declared <= pinned("run.txt").keys()


@pytest.mark.parametrize("rival", ["pytest", "pgqueuer", "procrastinate", "psycopg", "mypy", "hypothesis"])
def test_the_demonstration_installs_nothing_that_it_does_not_run(rival: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert "demo: $(RUNS)" in makefile
    assert "play: $(RUNS)" in makefile
    assert rival not in pinned("run.txt") | pinned("build.txt")
