"""JSON read with notes: an object of a document that knows where in it it stands."""

import json
from collections.abc import Collection, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.bounds import JSON_VALUES
from shs_adapter.ssbtek.notes import TOO_MANY, UNEXPECTED, UNREADABLE, Notes
from shs_adapter.ssbtek.reader import Reader
from shs_adapter.ssbtek.reading import token

_UNREADABLE = [True]  # of no type that anything has: noted as unreadable where it is read
_LONGEST_NUMBER = 60  # digits; no amount and no count has as many, and Python's own bound is 4,300

_JSON = msgspec.json.Decoder(float_hook=Decimal)
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_ENDLESS = b"0" * (_LONGEST_NUMBER + 1)
_ODD_ESCAPES = (b"\\u003", b"\\ud", b"\\uD")  # of a colon among others, and of halves of a character


@dataclass(frozen=True, slots=True)
class Record(Reader):
    """An object, perhaps an empty one that stands for what is absent; *path* is empty for the document.

    Null is absent, and so is an empty list where an object should be, as in LEFI's own example. What has the
    wrong type is noted and read as absent. Keys beside the *known* are noted if they hold anything; where no
    keys are known, none is. Places in a list are counted from 0.
    """

    fields: Mapping[str, Any] = field(repr=False)
    path: str
    notes: Notes = field(repr=False)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def value(self, name: str) -> object:
        return self.fields.get(name)

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, dict | list | bool):
            self.notes.note(UNREADABLE, self.at(name))
            return ""
        return "" if value is None else str(value)

    def record(self, name: str, known: Collection[str] | None = None) -> "Record":
        value = self.fields.get(name)
        if value is None or value == []:
            return Record({}, self.at(name), self.notes)
        return self._record(value, self.at(name), known)

    def records(self, name: str, known: Collection[str] | None = None) -> tuple["Record", ...]:
        """The objects of a list; a null among them is one that cannot be read. None, and it is noted, if they
        are too many.
        """
        value = self.fields.get(name)
        if value is not None and not isinstance(value, list):
            self.notes.note(UNREADABLE, self.at(name))
            return ()
        if value and not self.notes.has_room(len(value), self.at(name)):
            return ()
        return tuple(
            self._record(row, f"{self.at(name)}[{place}]", known) for place, row in enumerate(value or ())
        )

    def several(self, name: str, known: Collection[str] | None = None) -> tuple["Record", ...]:
        """The objects of a list, or the one that stands in its place; a blank one in a list is unreadable."""
        if isinstance(self.fields.get(name), dict):
            one = self.record(name, known)
            return (one,) if holds_anything(one.fields) else ()
        filled = []
        for row in self.records(name, known):
            if holds_anything(row.fields):
                filled.append(row)
            else:
                self.notes.note(UNREADABLE, row.path)
        return tuple(filled)

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


def parsed(raw: bytes, name: str, notes: Notes) -> Any:
    """The JSON value of the element *name*, its decimal numbers as Decimal; raises MalformedAnswer.

    A key that an object has twice is noted, and has no value: nobody knows which of the two is meant. So is
    NaN or Infinity, which JSON does not have; a whole number without an end is noted where it is read. The
    rest of the document is read.
    """
    if sum(map(raw.count, (b",", b"[", b"{"))) > JSON_VALUES:
        raise MalformedAnswer(TOO_MANY, name)
    with suppress(ValueError, ArithmeticError, RecursionError):
        return _ordinary(raw)
    return _odd(raw, name, notes)  # not before what the other has made of it is gone


def _ordinary(raw: bytes) -> Any:
    """The value, in a third of the time; raises one of several errors where it must be read with care.

    Each pair has one colon, and written anew the value has as many, unless a key came twice.
    """
    value = _JSON.decode(raw)
    has_odd_escapes = any(escape in raw for escape in _ODD_ESCAPES)
    has_fewer_keys = raw.count(b":") != msgspec.json.encode(value).count(b":")
    if has_odd_escapes or has_fewer_keys or _ENDLESS in raw.translate(_ZEROS):
        raise ValueError
    return value


def _odd(raw: bytes, name: str, notes: Notes) -> Any:
    """The value, with notes of what is odd about it; raises MalformedAnswer."""

    def gathered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            told = set()
            for key, _ in pairs:
                if key in told:
                    found[key] = _UNREADABLE
                    notes.note(UNREADABLE, f"{name}.{token(key)}")
                told.add(key)
        return found

    def no_number(_word: str) -> list[bool]:
        notes.note(UNREADABLE, name)
        return _UNREADABLE

    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=gathered,
            parse_int=_whole,
            parse_float=Decimal,
            parse_constant=no_number,
        )
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False, default=str).encode()  # halves of a character: ValueError
    except (ValueError, ArithmeticError, RecursionError):  # bad JSON, an endless exponent, an endless nest
        raise MalformedAnswer("json", name) from None
    return value


def _whole(digits: str) -> object:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else _UNREADABLE


def holds_anything(value: Any, ignoring: Container[str] = ()) -> bool:
    """Whether a value says anything, however deep, other than under the names to ignore.

    As in XML a blank text says nothing; nor does null, or an object or a list without a value in it.
    """
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(inner for name, inner in value.items() if name not in ignoring)
        elif isinstance(value, list):
            waiting.extend(value)
        elif value is not None and (not isinstance(value, str) or value.strip()):
            return True
    return False
