"""XML read with notes: an element read by name, that remembers what of it nobody has read.

Rule: nothing that is written in an agency's document is passed over in silence. What a decoder does not ask
for, and does not say that it skips, is noted when the document is closed. Attributes are not looked for.
"""

from collections.abc import Iterator

from lxml import etree

from shs_adapter.ssbtek.bounds import Tally
from shs_adapter.ssbtek.notes import UNEXPECTED, UNREADABLE, Deviation, Notes
from shs_adapter.ssbtek.reader import Reader
from shs_adapter.ssbtek.reading import holds_text, token
from shs_adapter.xml import local_name


class Row(Reader):
    """An element, or the place of one that is absent, with its path and its own notes.

    *deviations* is what was noted here and below, known once the row is closed. Every child is read once; a
    value that is repeated, or that holds elements, is unreadable and None.
    """

    __slots__ = ("_below", "_element", "_unread", "deviations", "notes", "path")

    def __init__(self, element: etree._Element | None, path: str = "", tally: Tally | None = None) -> None:
        self.path = path
        self.notes = Notes(tally)
        self.deviations: tuple[Deviation, ...] = ()
        self._element = element
        self._below: list[Row] = []
        self._unread: dict[str, list[etree._Element]] = {}
        if element is not None:
            writing = [element.text]
            for child in element:
                writing.append(child.tail)
                if isinstance(child.tag, str):  # and no comment
                    self._unread.setdefault(local_name(child), []).append(child)
            if any(map(str.strip, filter(None, writing))):
                self.notes.note(UNEXPECTED, path or ".")

    @property
    def is_blank(self) -> bool:
        """Whether the element is absent, or has no text in it or below."""
        return self._element is None or not holds_text(self._element)

    @property
    def unread(self) -> tuple[str, ...]:
        """The names of the children that nobody has read or skipped, in the document's order."""
        return tuple(self._unread)

    def at(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def rows(self, name: str) -> list["Row"]:
        """Every child of the name, blank or not, numbered from 1; none, and noted, if they are too many."""
        return self._numbered(self._take(name), name)

    def filled(self, name: str, blank: str = UNREADABLE) -> Iterator["Row"]:
        """The rows that are not blank; a blank one says that there is something and not what: it is noted."""
        for row in self.rows(name):
            if row.is_blank:
                self.notes.note(blank, row.path)
            else:
                yield row

    def containers(self, name: str) -> list["Row"]:
        """What should be one element around others: if there are more, all are read and it is noted."""
        found = self._take(name)
        if len(found) == 1:
            return [self._row(found[0], self.at(token(name)))]
        rows = self._numbered(found, name)
        for row in rows[1:]:
            self.notes.note(UNEXPECTED, row.path)
        return rows

    def listed(self, container: str, name: str) -> list["Row"]:
        """The rows of the name in what should be one element around them."""
        return [row for around in self.containers(container) for row in around.rows(name)]

    def first(self, name: str) -> "Row":
        """The one child of the name, or its absence; a blank one, and any more of them, are unreadable."""
        found = self._take(name)
        if found and not holds_text(found[0]):
            self.notes.note(UNREADABLE, self.at(name))
        for number, child in enumerate(found[1:], 2):
            self.notes.note(UNREADABLE if holds_text(child) else UNEXPECTED, self.at(f"{name}[{number}]"))
        return self._row(found[0] if found else None, self.at(name))

    def text(self, name: str) -> str:
        found = self._take(name)
        if not found:
            return ""
        if len(found) > 1 or len(found[0]):
            self.notes.note(UNREADABLE, self.at(name))
            return ""
        return (found[0].text or "").strip()

    def attribute(self, name: str) -> str:
        """The attribute without blanks around it, empty if there is none."""
        return "" if self._element is None else self._element.get(name, "").strip()

    def skip(self, *names: str) -> None:
        """Pass over children that are known and not kept."""
        for name in names:
            self._take(name)

    def close(self) -> None:
        """Note whatever was not read, here and below."""
        for name, children in self._unread.items():
            if any(map(holds_text, children)):
                self.notes.note(UNEXPECTED, self.at(token(name)))
        below: list[Deviation] = []
        for row in self._below:
            row.close()
            below += row.deviations
        self.deviations = (*self.notes.deviations, *below)

    def _take(self, name: str) -> list[etree._Element]:
        return self._unread.pop(name, [])

    def _numbered(self, found: list[etree._Element], name: str) -> list["Row"]:
        place = self.at(token(name))
        if not self.notes.has_room(len(found), place):
            return []
        return [self._row(child, f"{place}[{number}]") for number, child in enumerate(found, 1)]

    def _row(self, element: etree._Element | None, path: str) -> "Row":
        row = Row(element, path, self.notes.tally)
        self._below.append(row)
        return row
