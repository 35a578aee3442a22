"""No personal number, in any form, in anything that the whole run printed, logged or left in a file."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shs_adapter.sandbox.cast import CAST
from tests.e2e.conftest import Run
from tests.e2e.test_demo import CASES

pytestmark = pytest.mark.xdist_group("demo")  # the demonstration is run once for all

ASKED = sorted({case.columns["person_id"] for case in CASES})
NAMES = [person.name for person in CAST]


def forms(number: str) -> Iterator[bytes]:
    """The number as it may be written, and what base64 makes of it at each of the three alignments."""
    ten = number[2:]
    plain = [number, ten, f"{number[:8]}-{number[8:]}", f"{ten[:6]}-{ten[6:]}"]
    for text in plain:
        yield text.encode()
        yield text.encode("utf-16-le")
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + ten.encode() + b"x" * (3 - (shift + len(ten)) % 3))
        # The characters that depend on the neighbours are left out.
        yield encoded[-(-shift * 4 // 3) + (1 if shift else 0) : -5]


def leaks(content: bytes) -> list[int]:
    """Which of the numbers asked about stand in *content*, by their place in the list and not by value."""
    return [place for place, number in enumerate(ASKED) if any(form in content for form in forms(number))]


def files(run: Run) -> dict[str, Path]:
    return {path.name: path for path in run.directory.iterdir()}


def test_the_search_would_find_a_number_inside_base64() -> None:
    for shift in range(6):
        document = b'{"personnummer": "'[: 18 - shift] + ASKED[0].encode() + b'", "period": {}}'
        assert leaks(base64.b64encode(document)) == [0]


def test_nothing_printed_holds_a_personal_number(run: Run) -> None:
    assert leaks(run.printed) == []


@pytest.mark.parametrize("name", ["daemon.log", "node.log", "node.jsonl", "adapter.toml"])
def test_no_log_holds_a_personal_number(run: Run, name: str) -> None:
    content = files(run)[name].read_bytes()

    assert content
    assert leaks(content) == []


def test_no_database_file_holds_a_personal_number(run: Run) -> None:
    found = {
        name: leaks(path.read_bytes()) for name, path in files(run).items() if name.startswith("adapter.db")
    }

    assert found["adapter.db"] == []
    assert not any(found.values())


def test_no_file_name_holds_a_personal_number(run: Run) -> None:
    assert leaks(" ".join(files(run)).encode()) == []


def test_no_name_of_a_person_stands_anywhere(run: Run) -> None:
    everything = run.printed + b"".join(path.read_bytes() for path in files(run).values())

    assert [place for place, name in enumerate(NAMES) if name.encode() in everything] == []


def test_every_log_line_is_one_json_object(run: Run) -> None:
    lines = [json.loads(line) for line in files(run)["daemon.log"].read_text().splitlines()]

    assert {"started", "accepted", "decoded", "stopped"} <= {line["event"] for line in lines}
