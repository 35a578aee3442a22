"""What a report is: its view, its columns in order, and what its period is."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from shs_adapter.reports.columns import COLUMNS, Column
from shs_adapter.reports.words import Row


def _nothing(_: Row) -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """*since* and *until* are SQL conditions on its view, with :from_day, :from_month, :from_at (from when)
    and :to_day, :to_month, :to_at (before which); *span* is where its rows begin and end.
    """

    name: str
    title: str
    line: str  # what it tells, in one line
    names: tuple[str, ...]  # the view's columns, all of them
    brief: tuple[str, ...]  # those that fit on a page
    order: str
    since: str
    until: str
    span: tuple[str, str]
    slice_by: str | None = "subject"  # the number by which it is read piece by piece; leads the order
    question: str | None = None  # the column that names the question; None: the person's newest
    is_about_persons: bool = True
    has_opening: bool = True  # a case worker's report says first what was not checked
    own: Mapping[str, Column] = field(default_factory=dict)  # columns that mean something else here
    empty: Callable[[Row], Collection[str]] = _nothing  # columns that do not apply to a row

    @property
    def view(self) -> str:
        return f"report_{self.name.replace('-', '_')}"

    def column(self, name: str) -> Column:
        return self.own.get(name) or COLUMNS[name]
