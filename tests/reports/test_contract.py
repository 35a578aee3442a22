"""docs/reports.md is what was promised: a column that changes without it fails here."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.columns import COLUMNS
from tests.client import Client

DOCS = Path(__file__).parents[2] / "docs" / "reports.md"


def sections() -> Iterator[tuple[str, str]]:
    """The views that the page describes, with what it says of each."""
    for section in re.split(r"^## ", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        if title.startswith("report_"):
            yield title, text


DESCRIBED = dict(sections())


def test_every_view_is_described(filled: Database) -> None:
    views = set(Client(filled).views())

    assert set(DESCRIBED) == views == {report.view for report in REPORTS.values()}


@pytest.mark.parametrize("view", DESCRIBED)
def test_the_columns_are_the_described_ones_in_their_order(filled: Database, view: str) -> None:
    described = re.findall(r"^\| `(\w+)` \|", DESCRIBED[view], flags=re.MULTILINE)

    assert Client(filled).columns(view) == described


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_all_columns_of_its_view_with_a_heading_each(filled: Database, name: str) -> None:
    report = REPORTS[name]
    headings = [report.column(name).heading for name in report.names]

    assert list(report.names) == Client(filled).columns(report.view)
    assert set(report.brief) <= set(report.names)
    assert len(headings) == len(set(headings))


def test_no_heading_is_for_a_column_that_no_view_has() -> None:
    used = {name for report in REPORTS.values() for name in report.names}

    assert set(COLUMNS) - used == {"personnummer"}


@pytest.mark.parametrize("view", DESCRIBED)
def test_the_example_query_runs_as_written_and_finds_something(filled: Database, view: str) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", DESCRIBED[view], flags=re.DOTALL)

    assert Client(filled).rows(query)


def test_the_tables_that_may_be_joined_are_there(filled: Database) -> None:
    _, _, joined = DOCS.read_text(encoding="utf-8").partition("## Tables that you may join")
    named = {
        name
        for row in re.findall(r"^\| (`.*?) \|", joined, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }

    assert len(named) > 10
    assert named <= set(Client(filled).tables())
