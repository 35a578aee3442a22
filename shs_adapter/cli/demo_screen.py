"""What the demonstration shows: progress while questions move, and the table at the end."""

import sqlite3
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from shs_adapter.cli.demo_cases import Case
from shs_adapter.printable import clean

_QUERIES = """\
SELECT reference, verdict, agencies_unverified FROM report_request WHERE verdict <> 'COMPLETE';
SELECT agency, outcome, kalla, felkod, COUNT(*) FROM agency_result WHERE current GROUP BY 1, 2, 3, 4;
SELECT at, event, state_before, state_after, code FROM journal WHERE outbox_id = 1 ORDER BY id;"""


class Screen:
    """A bar on a terminal; a line whenever the counts change elsewhere."""

    def __init__(self, total: int) -> None:
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = 140  # a file has no width of its own
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._task = self._progress.add_task("questions", total=total)
        self._said = ""

    def __enter__(self) -> "Screen":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    def show(self, rows: Sequence[sqlite3.Row], ended: int) -> None:
        """The counts by state, now."""
        states = [row["state"] for row in rows]
        text = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
        self._progress.update(self._task, completed=ended, description=text)
        if not self.console.is_terminal and text != self._said:
            self.say(f"  {text}")
        self._said = text


def table(rows: Sequence[tuple[Case, sqlite3.Row, bool]]) -> Table:
    """Question by question: how it ended, and whether so was meant."""
    shown = Table("question", "what", "state", "reason", "verdict", "answered", "unverified", "s", "meant")
    for column in shown.columns:
        column.no_wrap = column.header in ("question", "state", "verdict")
        column.overflow = "fold"
    for case, row, as_meant in rows:
        cells = (
            row["reference"],
            case.label,
            row["state"],
            row["failure_code"] or row["reason"],
            row["verdict"],
            "all" if row["verdict"] == "COMPLETE" else _words(row["agencies_answered"]),
            _words(row["agencies_unverified"]),
            _seconds(row),
            "yes" if as_meant else "NO",
        )
        shown.add_row(*(Text(clean(one)) for one in cells))
    return shown


def farewell(database: Path) -> str:
    return f"The database lies in {database}. Three queries to try next:\n\n{_QUERIES}\n"


def invitation(config: Path, first: date, last: date) -> str:
    return (
        "Node and daemon keep running; interrupt with Ctrl-C. Insert a row and read its answer:\n\n"
        f"{Path(sys.executable).with_name('shs-adapter')} --config {config} send"
        f" --case EB-9001 --officer anna --from {first} --to {last}\n"
    )


def _words(agencies: str | None) -> str:
    return (agencies or "-").replace(",", " ")


def _seconds(row: Any) -> str:
    if not row["finished_at"]:
        return "-"
    created, finished = (datetime.fromisoformat(row[name]) for name in ("created_at", "finished_at"))
    return f"{(finished - created).total_seconds():.1f}"
