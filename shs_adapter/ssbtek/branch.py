"""XML read with notes: an element of a document that knows where in it it stands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from lxml import etree

from shs_adapter.ssbtek.notes import UNEXPECTED, UNREADABLE, Notes
from shs_adapter.ssbtek.reading import holds_text, token
from shs_adapter.xml import local_name


@dataclass(frozen=True, slots=True)
class Branch:
    """Names are matched in any namespace. *path* counts from 1 among the elements of a name.

    It counts those that are *numbered*, and of the others those that should be alone and are not.
    """

    element: etree._Element = field(repr=False)
    path: str
    notes: Notes = field(repr=False)
    numbered: Collection[str]

    def at(self, name: str) -> str:
        return f"{self.path}/{name}"

    def branches(self, name: str, *further: str) -> Iterator["Branch"]:
        """The elements at the path of names; what else holds text on the way is noted."""
        found = self.element.findall(f"{{*}}{name}")
        for place, element in enumerate(found, 1):
            counted = name in self.numbered or len(found) > 1
            own = f"{self.at(token(name))}[{place}]" if counted else self.at(token(name))
            branch = Branch(element, own, self.notes, self.numbered)
            if further:
                branch.strangers(further[:1])
                yield from branch.branches(*further)
            else:
                yield branch

    def text(self, name: str) -> str | None:
        """The text of the one element of this name, None if there is none; any other form is noted."""
        found = self.element.findall(f"{{*}}{name}")
        if not found:
            return None
        if len(found) > 1 or len(found[0]):
            self.notes.note(UNREADABLE, self.at(name))
            return None
        return (found[0].text or "").strip()

    def strangers(self, known: Collection[str]) -> None:
        """Note text of its own, and every element that is not *known* and holds text."""
        loose = [self.element.text, *(child.tail for child in self.element)]
        found = [self.path] if any(text and text.strip() for text in loose) else []
        for child in self.element.iterchildren("{*}*"):
            if local_name(child) not in known and holds_text(child):
                found.append(self.at(token(local_name(child))))
        for path in found:
            self.notes.note(UNEXPECTED, path)
