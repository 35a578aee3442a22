"""Values of a document read with tolerance: each oddity is noted by code and place, never by content."""

from datetime import datetime

from lxml import etree

from shs_adapter.shs import document
from shs_adapter.shs.names import Word, local_time, number, word
from shs_adapter.xml import local_name


class Reading:
    """Collects in *flags* what it had to tolerate, as "code at place"."""

    def __init__(self) -> None:
        self.flags: list[str] = []

    def required(self, element: etree._Element, *names: str) -> str:
        """The first of these attributes that is there; empty, and noted, where none is."""
        for name in names:
            if value := optional(element, name):
                return value
        self.note("missing", element, f"@{names[0]}")
        return ""

    def word(self, element: etree._Element, name: str, default: Word, *, required: bool = False) -> Word:
        """The attribute's word in any case; *default* where it is absent or means nothing."""
        text = element.get(name, "" if required else default)
        if text == default:
            return default
        meant = word(text, default)
        if text != meant:
            self.note("illegal_word", element, f"@{name}")
        return meant

    def number(self, element: etree._Element, name: str) -> int | None:
        text = optional(element, name)
        if not text:
            return None
        stated = number(text)
        if stated is None:
            self.note("illegal_number", element, f"@{name}")
        return stated

    def time(self, element: etree._Element, child: etree._Element | None) -> datetime | None:
        """The element's child `datetime`; noted where it is missing, unreadable or more than a bare time."""
        text = document.text(child).strip()
        time = local_time(text)
        if time is None or text != time.isoformat():
            self.note("illegal_time", element, "datetime")
        return time

    def note(self, code: str, element: etree._Element, place: str) -> None:
        self.flags.append(f"{code} at {local_name(element)}/{place}")


def optional(element: etree._Element, name: str) -> str:
    """An attribute without the blanks around it; empty where it is absent."""
    return element.get(name, "").strip()
