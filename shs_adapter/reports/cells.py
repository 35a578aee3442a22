"""From a view's row to the cells of a report: typed values, with Swedish words for codes and for unknown.

Nothing that leads to a person passes here unasked: what the business system wrote is masked, and of a
protected row only the tenant is left.
"""

from collections.abc import Sequence
from datetime import date, datetime

from shs_adapter.printable import clean
from shs_adapter.reports.columns import Column, Kind
from shs_adapter.reports.filters import SWEDEN
from shs_adapter.reports.report import Report
from shs_adapter.reports.words import PROTECTED, Row
from shs_adapter.ssbtek.person import without_persons

Cell = str | int | float | date | datetime  # a datetime is Swedish local time, without a zone

_OPEN = ("tenant", "restricted")  # what a protected row still says
_TRUTH = {0: "nej", 1: "ja"}


def cells(report: Report, names: Sequence[str], row: Row, persons: bool) -> list[Cell]:
    """The row's cells for the columns *names*, in their order."""
    hidden = is_hidden(row, persons)
    blank = () if hidden else report.empty(row)
    return [
        PROTECTED
        if hidden and name not in _OPEN
        else ""
        if name in blank
        else _cell(report.column(name), name, row)
        for name in names
    ]


def is_hidden(row: Row, persons: bool) -> bool:
    """Whether the identity is protected, and the reader has not asked for persons."""
    return bool(row.get("restricted")) and not persons


def as_stored(report: Report, names: Sequence[str], row: Row, persons: bool) -> dict[str, object]:
    """The row by the view's own names and codes, masked and protected as the cells are."""
    hidden = is_hidden(row, persons)
    return {
        name: PROTECTED if hidden and name not in _OPEN else _stored(report.column(name), row[name])
        for name in names
    }


def plain(text: object) -> str:
    """A text that others wrote, on one line and without personal numbers."""
    return without_persons(clean(text), lambda _: "***")


def local(at: datetime) -> datetime:
    return at.astimezone(SWEDEN).replace(tzinfo=None)


def day(text: str) -> date | str:
    """The date that *text* is, or begins with; what is none stays as it is."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return clean(text)


def _cell(column: Column, name: str, row: Row) -> Cell:
    value = row[name]
    if column.say is not None:
        said = column.say(row) or (column.missing if value is None else "")
        return plain(said) if column.kind is Kind.TYPED else clean(said)
    if value is None:
        return column.missing
    if column.kind is Kind.TIME:
        return local(value)
    if column.kind is Kind.DAY:
        return day(value)
    if column.kind is Kind.FLAG:
        return _TRUTH[int(bool(value))]
    if column.kind is Kind.TYPED:
        return plain(value)
    return clean(value) if isinstance(value, str) else value


def _stored(column: Column, value: object) -> object:
    if column.kind is Kind.TYPED and value is not None:
        return plain(value)
    return clean(value) if isinstance(value, str) else value
