"""A table on the terminal: the main columns, and at most a thousand rows."""

import io
from collections.abc import Sequence
from typing import IO, ClassVar

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shs_adapter.reports.cells import Cell
from shs_adapter.reports.opening import DOUBTS
from shs_adapter.reports.words import Row
from shs_adapter.reports.writers import Head, Writer, is_number, shown

_WIDTH = 220  # of a file, which has none of its own


class TableWriter(Writer):
    is_brief: ClassVar[bool] = True
    most: ClassVar[int | None] = 1_000

    def __init__(self, stream: IO[bytes], head: Head) -> None:
        self._stream = io.TextIOWrapper(stream, encoding="utf-8")
        self._console = Console(file=self._stream, highlight=False)
        if not self._console.is_terminal:
            self._console.width = _WIDTH
        self._kinds = [column.kind for column in head.columns.values()]
        self._rows = 0
        self._say(head.opening.title)
        for line in head.opening.facts():
            self._say(line)
        if doubts := head.opening.doubts():
            self._say(DOUBTS)
            for doubt in doubts:
                self._say(f"  {doubt}")
        self._table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        for column in head.columns.values():
            self._table.add_column(
                column.heading, justify="right" if is_number(column.kind) else "left", overflow="fold"
            )

    def row(self, row: Row, cells: Sequence[Cell]) -> None:
        self._rows += 1
        self._table.add_row(*(Text(shown(cell, kind)) for cell, kind in zip(cells, self._kinds, strict=True)))

    def end(self, left_out: int) -> None:
        if self._rows:
            self._console.print(self._table)
        else:
            self._say("Inga rader.")
        if left_out:
            self._say(f"{left_out} rader till visas inte här; ta ut alla med --format csv.")
        self._stream.flush()
        self._stream.detach()

    def _say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)
