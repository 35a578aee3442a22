"""One page that needs nothing else: no script, no font, no image from outside; it prints as it is."""

from collections.abc import Sequence
from typing import IO, ClassVar

from lxml.html import builder as E
from lxml.html import tostring

from shs_adapter.reports.cells import Cell
from shs_adapter.reports.columns import Kind
from shs_adapter.reports.figures import FIGURES, Figures
from shs_adapter.reports.opening import DOUBTS
from shs_adapter.reports.words import Row
from shs_adapter.reports.writers import Head, Writer, is_number, shown

_STYLE = """
body { font: 15px/1.45 system-ui, "Liberation Sans", sans-serif; color: #1b1b1b; margin: 2em; }
h1 { font-size: 1.6em; margin: 0 0 .4em; }
p, ul { margin: .2em 0; max-width: 70em; }
section.doubts { border-left: 4px solid #b3261e; padding: .3em .9em; margin: .8em 0; }
table { border-collapse: collapse; margin-top: 1em; font-size: .87em; }
th, td { padding: .3em .7em; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #1b1b1b; position: sticky; top: 0; background: #fff; }
caption { text-align: left; font-weight: 600; padding: .3em .7em; }
div.table { overflow: auto; max-height: 90vh; }
div.table:focus-visible { outline: 3px solid #0b57d0; }
td.time { white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
figure { margin: 1.2em 0; max-width: 960px; break-inside: avoid; }
figcaption { font-size: .87em; color: #444; }
svg { width: 100%; height: auto; }
svg text { font-size: 13px; fill: #1b1b1b; }
svg .grid { stroke: #ddd; }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; }
  body { color: #e8e8e8; background: #1b1b1b; }
  th { background: #1b1b1b; border-bottom-color: #e8e8e8; }
  td { border-color: #555; }
  section.doubts { border-color: #f2b8b5; }
  figure { background: #fff; padding: .5em; }
  figcaption { color: #444; }
  div.table:focus-visible { outline-color: #a8c7fa; }
}
@media print {
  div.table { overflow: visible; max-height: none; }
  body { margin: 0; font-size: 10pt; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  th { position: static; }
  @page { size: A4 landscape; margin: 12mm; }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class HtmlWriter(Writer):
    is_brief: ClassVar[bool] = True
    most: ClassVar[int | None] = 10_000

    def __init__(self, stream: IO[bytes], head: Head) -> None:
        self._stream = stream
        self._head = head
        self._figures = FIGURES.get(head.report.name, Figures)()
        self._kinds = [column.kind for column in head.columns.values()]
        self._classes = [_look(kind) for kind in self._kinds]
        self._body = E.TBODY()

    def row(self, row: Row, cells: Sequence[Cell]) -> None:
        self._figures.row(row)
        shown_cells = zip(cells, self._kinds, self._classes, strict=True)
        self._body.append(E.TR(*(E.TD(shown(cell, kind), look) for cell, kind, look in shown_cells)))

    def beyond(self, row: Row) -> None:
        self._figures.row(row)

    def end(self, left_out: int) -> None:
        title = self._head.opening.title
        page = E.HTML(
            E.HEAD(
                E.META(charset="utf-8"),
                E.META({"http-equiv": "Content-Security-Policy", "content": _POLICY}),
                E.META(name="viewport", content="width=device-width, initial-scale=1"),
                E.TITLE(title),
                E.STYLE(_STYLE),
            ),
            E.BODY(E.MAIN(E.H1(title), *self._opening(), *self._plots(), *self._table(), *_rest(left_out))),
            lang="sv",
        )
        self._stream.write(tostring(page, encoding="utf-8", doctype="<!DOCTYPE html>"))

    def _opening(self) -> list[object]:
        opening = self._head.opening
        said: list[object] = [E.P(fact) for fact in opening.facts()]
        if doubts := opening.doubts():
            said.append(E.SECTION(E.P(DOUBTS), E.UL(*map(E.LI, doubts)), {"class": "doubts"}))
        return said

    def _plots(self) -> list[object]:
        return [figure for figure in self._figures.drawn() if figure is not None]

    def _table(self) -> list[object]:
        if not len(self._body):
            return [E.P("Inga rader.")]
        headings = zip(self._head.columns.values(), self._classes, strict=True)
        cells = (E.TH(column.heading, {"scope": "col"} | look) for column, look in headings)
        title = self._head.opening.title
        table = E.TABLE(E.CAPTION(title), E.THEAD(E.TR(*cells)), self._body)
        return [E.DIV(table, {"class": "table", "role": "region", "tabindex": "0", "aria-label": title})]


def _look(kind: Kind) -> dict[str, str]:
    if kind in (Kind.DAY, Kind.MONTH, Kind.TIME):
        return {"class": "time"}
    return {"class": "number"} if is_number(kind) else {}


def _rest(left_out: int) -> list[object]:
    return [E.P(f"{left_out} rader till visas inte här; ta ut alla med --format csv.")] if left_out else []
