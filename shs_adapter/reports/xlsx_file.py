"""A workbook, written row by row: numbers are numbers, days are days, and no text is a formula."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from shs_adapter.reports.cells import Cell
from shs_adapter.reports.columns import Kind
from shs_adapter.reports.opening import DOUBTS
from shs_adapter.reports.words import Row
from shs_adapter.reports.writers import Head, Writer

MOST_ROWS = 1_048_576  # of a sheet; what is more goes on in another

_FORMATS = {
    Kind.MONEY: "#,##0.00",
    Kind.TENTHS: "0.0",
    Kind.WHOLE: "0",
    Kind.DAY: "yyyy-mm-dd",
    Kind.TIME: "yyyy-mm-dd hh:mm:ss",
}
_WIDTHS = {Kind.TIME: 19, Kind.DAY: 16, Kind.MONEY: 14}
_WIDEST = 40
_A4 = 9
_ABOVE = 5  # doubts above the table
_DOUBTFUL = "Ej kontrollerat"


class XlsxWriter(Writer):
    """Rows wait until the end in a file beside the one that is written, not in memory."""

    def __init__(self, stream: IO[bytes], head: Head) -> None:
        options = {"constant_memory": True, "tmpdir": _folder(stream)}
        self._book = xlsxwriter.Workbook(stream, options)
        self._head = head
        self._bold = self._book.add_format({"bold": True})
        self._formats = [
            self._book.add_format({"num_format": _FORMATS[column.kind]}) if column.kind in _FORMATS else None
            for column in head.columns.values()
        ]
        self._sheets = 0
        self._begin_sheet()

    def row(self, row: Row, cells: Sequence[Cell]) -> None:
        if self._row == MOST_ROWS:
            self._end_sheet()
            self._begin_sheet()
        for place, (cell, form) in enumerate(zip(cells, self._formats, strict=True)):
            self._cell(place, cell, form)
        self._row += 1

    def end(self, left_out: int) -> None:
        self._end_sheet()
        self._list_doubts()
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = self._head.opening.title + (f" {self._sheets}" if self._sheets > 1 else "")
        self._sheet = self._book.add_worksheet(name)
        for place, column in enumerate(self._head.columns.values()):
            least = _WIDTHS.get(column.kind, 12)
            self._sheet.set_column(place, place, min(max(least, len(column.heading) + 4), _WIDEST))
        self._row = 0
        for line in [*self._above(), ""]:
            if line:
                self._sheet.write_string(self._row, 0, line, None if self._row else self._bold)
            self._row += 1
        for place, column in enumerate(self._head.columns.values()):
            self._sheet.write_string(self._row, place, column.heading, self._bold)
        self._heading = self._row
        self._row += 1
        self._sheet.freeze_panes(self._row, 0)
        _print_wide(self._sheet)
        self._sheet.repeat_rows(self._heading)

    def _above(self) -> list[str]:
        """The lines above the table: few, for they stay in sight; other doubts have a sheet of their own."""
        opening = self._head.opening
        doubts = opening.doubts()
        lines = [opening.title, *opening.facts(), *([DOUBTS] if doubts else []), *doubts[:_ABOVE]]
        if len(doubts) <= _ABOVE:
            return lines
        return [*lines, f"och {len(doubts) - _ABOVE} till: se bladet {_DOUBTFUL}"]

    def _list_doubts(self) -> None:
        doubts = self._head.opening.doubts()
        if len(doubts) > _ABOVE:
            sheet = self._book.add_worksheet(_DOUBTFUL)
            _print_wide(sheet)
            for row, doubt in enumerate(doubts):
                sheet.write_string(row, 0, doubt)

    def _end_sheet(self) -> None:
        last = max(self._row - 1, self._heading)
        self._sheet.autofilter(self._heading, 0, last, len(self._head.columns) - 1)

    def _cell(self, place: int, value: Cell, form: Any) -> None:
        if isinstance(value, date | datetime):
            self._sheet.write_datetime(self._row, place, value, form)
        elif isinstance(value, str):
            if value:
                self._sheet.write_string(self._row, place, value)
        else:
            self._sheet.write_number(self._row, place, value, form)


def _print_wide(sheet: Any) -> None:
    """On landscape A4, one page wide and as long as it takes."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)


def _folder(stream: IO[bytes]) -> str | None:
    """Where the file lies, which may be better guarded than the system's folder; None for a pipe."""
    file = Path(str(getattr(stream, "name", "")))
    return str(file.parent) if file.is_file() else None
