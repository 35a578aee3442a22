"""JSON for programs: one object, written row by row, with the view's own names and codes.

NULL is null; times are UTC. A protected row has the text "skyddad" in every place but tenant and restricted.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO, Any

from shs_adapter.printable import escaped
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.cells import Cell, as_stored
from shs_adapter.reports.words import Row
from shs_adapter.reports.writers import Head, Writer


class JsonWriter(Writer):
    def __init__(self, stream: IO[bytes], head: Head) -> None:
        self._stream = stream
        self._head = head
        self._separator = ""
        opening: dict[str, Any] = {"report": head.report.name}
        if head.opening.is_full:
            opening["fetched"] = list(head.opening.fetched)
        opening["period"] = [one and str(one) for one in head.opening.period]
        if head.opening.is_full:
            gaps = REPORTS["unverified"]
            opening |= {
                "questions": head.opening.questions,
                "unverified": [as_stored(gaps, gaps.names, gap, True) for gap in head.opening.gaps],
                "unverified_left_out": head.opening.left_out,
                "unverified_protected": head.opening.protected,
            }
        self._write(_text(opening).removesuffix("}") + ', "rows": [')

    def row(self, row: Row, cells: Sequence[Cell]) -> None:
        persons = "personnummer" in self._head.columns
        stored = as_stored(self._head.report, list(self._head.columns), row, persons)
        self._write(f"{self._separator}\n{_text(stored)}")
        self._separator = ","

    def end(self, left_out: int) -> None:
        self._write("\n]}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text.encode())


def _text(value: object) -> str:
    return escaped(json.dumps(value, ensure_ascii=False, default=_utc))


def _utc(value: object) -> str:
    assert isinstance(value, datetime)  # noqa: S101  # nothing else needs help
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
