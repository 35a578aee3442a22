"""What every format does: it takes the head of a report, then row after row, and then ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, ClassVar

from shs_adapter.reports.cells import Cell
from shs_adapter.reports.columns import Column, Kind
from shs_adapter.reports.opening import Opening
from shs_adapter.reports.report import Report
from shs_adapter.reports.words import Row


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the rows; *columns* in order, by the view's names."""

    report: Report
    opening: Opening
    columns: Mapping[str, Column]


class Writer:
    """Writes one report to a binary stream; the head has been written when it is made."""

    is_brief: ClassVar[bool] = False  # takes the columns that fit on a page, not all
    most: ClassVar[int | None] = None  # rows that it shows; the others are counted

    def __init__(self, stream: IO[bytes], head: Head) -> None:
        raise NotImplementedError

    def row(self, row: Row, cells: Sequence[Cell]) -> None:
        """One more row: as the view has it, and as it is shown."""
        raise NotImplementedError

    def beyond(self, row: Row) -> None:
        """A row that is not shown, for want of room."""

    def end(self, left_out: int) -> None:
        """No more rows; *left_out* were not shown."""
        raise NotImplementedError


def number(value: float, kind: Kind) -> str:
    """In Swedish: `1234,50`, kronor with two decimals."""
    if isinstance(value, int) and kind is not Kind.MONEY:
        return str(value)
    return f"{value:.{1 if kind is Kind.TENTHS else 2}f}".replace(".", ",")


def shown(value: Cell, kind: Kind) -> str:
    """A cell for the eye: thousands apart, times to the minute."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date | str):
        return str(value)
    whole, _, decimals = number(value, kind).partition(",")
    if kind is Kind.MONEY:
        whole = f"{int(whole):,}".replace(",", "\N{NO-BREAK SPACE}") if whole != "-0" else whole
    return f"{whole},{decimals}" if decimals else whole


def is_number(kind: Kind) -> bool:
    return kind in (Kind.WHOLE, Kind.TENTHS, Kind.MONEY)
