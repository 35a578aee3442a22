"""Values read by name from one place in a document, XML or JSON, and noted by path where they cannot be."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from shs_adapter.ssbtek.notes import Notes


class Reader(ABC):
    """None is a value that is absent, or that is there, cannot be read and is noted."""

    __slots__ = ()
    notes: Notes

    @abstractmethod
    def at(self, name: str) -> str:
        """The path of what has the name."""

    @abstractmethod
    def text(self, name: str) -> str:
        """The text without blanks around it, empty if there is none; not masked, so never for people."""

    def value(self, name: str) -> object:
        """The value as it came, in whatever form it is read from."""
        return self.text(name)

    def amount(self, name: str) -> Decimal | None:
        return self.notes.amount(self.value(name), self.at(name))

    def whole(self, name: str) -> int | None:
        return self.notes.whole(self.value(name), self.at(name))

    def day(self, name: str) -> date | None:
        return self.notes.day(self.value(name), self.at(name))

    def end(self, name: str) -> date | None:
        return self.notes.end(self.value(name), self.at(name))

    def first_day(self, name: str) -> date | None:
        return self.notes.first_day(self.value(name), self.at(name))

    def last_day(self, name: str) -> date | None:
        return self.notes.last_day(self.value(name), self.at(name))

    def monday(self, name: str) -> date | None:
        return self.notes.monday(self.value(name), self.at(name))

    def sunday(self, name: str) -> date | None:
        return self.notes.sunday(self.value(name), self.at(name))

    def truth(self, name: str) -> bool | None:
        return self.notes.truth(self.value(name), self.at(name))

    def label(self, name: str) -> str | None:
        return self.notes.label(self.text(name), self.at(name))

    def code(self, name: str, known: Collection[str]) -> str | None:
        return self.notes.code(self.text(name), known, self.at(name))
