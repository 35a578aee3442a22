"""An XML element read by name, that remembers what of it nobody has read.

Rule: nothing that is written in an agency's document is passed over in silence. What a decoder does not ask
for, and does not say that it skips, is noted when the document is closed.
"""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

from lxml import etree

from shs_adapter.ssbtek.notes import UNEXPECTED, UNREADABLE, Deviation, Notes
from shs_adapter.ssbtek.reading import token
from shs_adapter.xml import local_name


class Row:
    """An element, or the place of one that is absent, with its path and its own notes.

    Every child is read once. A value that is repeated, or that holds elements, is unreadable and None.
    """

    def __init__(self, element: etree._Element | None, path: str = "") -> None:
        self.path = path
        self.notes = Notes()
        self._below: list[Row] = []
        self._unread: dict[str, list[etree._Element]] = {}
        self._says_anything = element is not None and _says_anything(element)
        if element is not None:
            for child in element.iterchildren("{*}*"):
                self._unread.setdefault(local_name(child), []).append(child)
            if any(text and text.strip() for text in (element.text, *(child.tail for child in element))):
                self.notes.note(UNEXPECTED, path or ".")

    @property
    def is_blank(self) -> bool:
        """Whether the element is absent, or has no text in it or below."""
        return not self._says_anything

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """What was noted here and below."""
        return self.notes.deviations + tuple(noted for row in self._below for noted in row.deviations)

    @property
    def is_whole(self) -> bool:
        return self.notes.is_whole and all(row.is_whole for row in self._below)

    def at(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def rows(self, name: str) -> list["Row"]:
        """Every child of the name, blank or not, numbered from 1."""
        return [self._row(child, f"{name}[{number}]") for number, child in enumerate(self._take(name), 1)]

    def filled(self, name: str, blank: str = UNREADABLE) -> Iterator["Row"]:
        """The rows that are not blank; a blank one says that there is something and not what: it is noted."""
        for row in self.rows(name):
            if row.is_blank:
                self.notes.note(blank, row.path)
            else:
                yield row

    def containers(self, name: str) -> list["Row"]:
        """What should be one element around others: if there are more, all are read and it is noted."""
        rows = self.rows(name)
        for row in rows[1:]:
            self.notes.note(UNEXPECTED, row.path)
        if len(rows) == 1:
            rows[0].path = self.at(name)
        return rows

    def first(self, name: str) -> "Row":
        """The one child of the name, or its absence; a blank one, and any more of them, are unreadable."""
        found = self._take(name)
        if found and not _says_anything(found[0]):
            self.notes.note(UNREADABLE, self.at(name))
        for number, child in enumerate(found[1:], 2):
            self.notes.note(UNREADABLE if _says_anything(child) else UNEXPECTED, self.at(f"{name}[{number}]"))
        return self._row(found[0] if found else None, name)

    def text(self, name: str) -> str:
        """The text without blanks around it, empty if there is none."""
        found = self._take(name)
        if len(found) > 1 or any(len(child) for child in found):
            self.notes.note(UNREADABLE, self.at(name))
            return ""
        return (found[0].text or "").strip() if found else ""

    def amount(self, name: str) -> Decimal | None:
        return self.notes.amount(self.text(name), self.at(name))

    def whole(self, name: str) -> int | None:
        return self.notes.whole(self.text(name), self.at(name))

    def day(self, name: str) -> date | None:
        return self.notes.day(self.text(name), self.at(name))

    def truth(self, name: str) -> bool | None:
        return self.notes.truth(self.text(name), self.at(name))

    def label(self, name: str) -> str | None:
        return self.notes.label(self.text(name), self.at(name))

    def code(self, name: str, known: Collection[str]) -> str | None:
        return self.notes.code(self.text(name), known, self.at(name))

    def skip(self, *names: str) -> None:
        """Pass over children that are known and not kept."""
        for name in names:
            self._take(name)

    def close(self) -> None:
        """Note whatever was not read, here and below."""
        for name, children in self._unread.items():
            if any(map(_says_anything, children)):
                self.notes.note(UNEXPECTED, self.at(token(name)))
        for row in self._below:
            row.close()

    def _take(self, name: str) -> list[etree._Element]:
        return self._unread.pop(name, [])

    def _row(self, element: etree._Element | None, name: str) -> "Row":
        row = Row(element, self.at(name))
        self._below.append(row)
        return row


def _says_anything(element: etree._Element) -> bool:
    return any(text.strip() for text in element.itertext())
