"""CSV as Swedish Excel opens it: semicolons, decimal commas, UTF-8 with a mark, CRLF.

The headings are line 6 in every report; above them stand the title, when it was fetched, the period, and what
could not be checked, one cell each: Excel breaks a cell that is too long. Whoever parses the file skips five
lines.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import IO

from shs_adapter.printable import clean
from shs_adapter.reports.cells import Cell
from shs_adapter.reports.columns import Kind
from shs_adapter.reports.opening import DOUBTS
from shs_adapter.reports.words import Row
from shs_adapter.reports.writers import Head, Writer, number

LEADING = 5

_BEGINS = ("=", "+", "-", "@", "\N{MINUS SIGN}")


class CsvWriter(Writer):
    def __init__(self, stream: IO[bytes], head: Head) -> None:
        self._kinds = [column.kind for column in head.columns.values()]
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._text, delimiter=";", lineterminator="\r\n")
        lines: list[list[str]] = [[head.opening.title], *([fact] for fact in head.opening.facts())]
        if doubts := head.opening.doubts():
            lines.append([DOUBTS, *doubts])
        for line in [*lines, *[[]] * (LEADING - len(lines))]:
            self._csv.writerow(map(_harmless, line))
        self._csv.writerow([_harmless(column.heading) for column in head.columns.values()])

    def row(self, row: Row, cells: Sequence[Cell]) -> None:
        self._csv.writerow(map(_written, cells, self._kinds))

    def end(self, left_out: int) -> None:
        self._text.flush()
        self._text.detach()


def _written(value: Cell, kind: Kind) -> str:
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value) if isinstance(value, date) else number(value, kind)


def _harmless(text: str) -> str:
    """*text* so that no spreadsheet takes it for a formula; a code such as -1004 is none.

    Full-width and small signs count: East Asian spreadsheets fold them.
    """
    first = unicodedata.normalize("NFKC", clean(text).lstrip()[:1])
    risky = first in _BEGINS and not re.fullmatch("-?[0-9]+", text)
    return f"'{text}" if risky else text
