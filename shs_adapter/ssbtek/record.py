"""JSON read with notes: an object of a document that knows where in it it stands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shs_adapter.ssbtek.notes import UNEXPECTED, UNREADABLE, Notes
from shs_adapter.ssbtek.reading import token


@dataclass(frozen=True, slots=True)
class Record:
    """An object, perhaps an empty one that stands for what is absent; *path* is empty for the document.

    Null is absent, and so is an empty list where an object should be, as in LEFI's own example. What has the
    wrong type is noted and read as absent. Keys beside the *known* are noted if they hold anything; where no
    keys are known, none is.
    """

    fields: Mapping[str, Any] = field(repr=False)
    path: str
    notes: Notes = field(repr=False)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def record(self, key: str, known: Collection[str] | None = None) -> "Record":
        value = self.fields.get(key)
        return self._record({} if value is None or value == [] else value, self.at(key), known)

    def records(self, key: str, known: Collection[str] | None = None) -> tuple["Record", ...]:
        """The objects of a list; a null among them is one that cannot be read."""
        value = self.fields.get(key)
        if value is not None and not isinstance(value, list):
            self.notes.note(UNREADABLE, self.at(key))
            return ()
        return tuple(
            self._record(row, f"{self.at(key)}[{place}]", known) for place, row in enumerate(value or ())
        )

    def amount(self, key: str) -> Decimal | None:
        return self.notes.amount(self.fields.get(key), self.at(key))

    def whole(self, key: str) -> int | None:
        return self.notes.whole(self.fields.get(key), self.at(key))

    def day(self, key: str) -> date | None:
        return self.notes.day(self.fields.get(key), self.at(key))

    def first_day(self, key: str) -> date | None:
        return self.notes.first_day(self.fields.get(key), self.at(key))

    def last_day(self, key: str) -> date | None:
        return self.notes.last_day(self.fields.get(key), self.at(key))

    def truth(self, key: str) -> bool | None:
        return self.notes.truth(self.fields.get(key), self.at(key))

    def label(self, key: str) -> str | None:
        return self.notes.label(self.text(key), self.at(key))

    def code(self, key: str, known: Collection[str]) -> str | None:
        return self.notes.code(self.text(key), known, self.at(key))

    def text(self, key: str) -> str | None:
        """A text or a number as it came: not masked, so for nothing but identities."""
        value = self.fields.get(key)
        if isinstance(value, dict | list | bool):
            self.notes.note(UNREADABLE, self.at(key))
            return None
        return None if value is None else str(value)

    def strangers(self, known: Collection[str]) -> bool:
        """Note every key that is not *known* and holds anything; returns whether there is one."""
        found = [key for key, value in self.fields.items() if key not in known and holds_anything(value)]
        for key in found:
            self.notes.note(UNEXPECTED, self.at(token(key)))
        return bool(found)

    def _record(self, value: Any, path: str, known: Collection[str] | None) -> "Record":
        if not isinstance(value, dict):
            self.notes.note(UNREADABLE, path)
            value = {}
        record = Record(value, path, self.notes)
        if known is not None:
            record.strangers(known)
        return record


def words(text: str) -> tuple[str, ...]:
    """The words of a list that is too long to read in quotes."""
    return tuple(text.split())


def holds_anything(value: Any) -> bool:
    """Whether there is a value, however deep; not null, and not an object or list without one."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif value is not None:
            return True
    return False
