"""Small readers that the answers' decoders share.

Names are matched in any namespace, because real answers deviate from their schemas. What a decoder needs
and cannot read raises MalformedAnswer with the element's name, never its content.
"""

import base64
import re
from collections.abc import Container

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.finding import Outcome
from shs_adapter.xml import local_name

# A code, but nothing that could be a personal number in code's clothing: both are digits.
_TOKEN = re.compile(r"(?!.*[0-9]{6}-?[0-9]{4})[A-Za-z0-9_.:-]{1,64}")


def token(text: str | None) -> str:
    """Return a code from the wire if it is safe to log, else ``unprintable``."""
    stripped = (text or "").strip()
    return stripped if _TOKEN.fullmatch(stripped) else "unprintable"


def elements(parent: etree._Element, *path: str) -> list[etree._Element]:
    """All elements at the path below *parent*."""
    return parent.findall("/".join(f"{{*}}{name}" for name in path))


def only(parent: etree._Element, *path: str) -> etree._Element:
    """The one element at the path; none, or more than one, is malformed."""
    found = elements(parent, *path)
    if len(found) != 1:
        raise MalformedAnswer("cardinality", path[-1])
    return found[0]


def plain(element: etree._Element) -> str:
    """The text of an element that may hold nothing else; an unresolved entity would cut it short."""
    if len(element):
        raise MalformedAnswer("not_text", local_name(element))
    return (element.text or "").strip()


def text(parent: etree._Element, *path: str) -> str:
    """The text at the path without blanks around it; empty if there is no element."""
    return plain(only(parent, *path)) if elements(parent, *path) else ""


def texts(parent: etree._Element, *path: str) -> tuple[str, ...]:
    """Every text at the path that is not blank."""
    return tuple(found for element in elements(parent, *path) if (found := plain(element)))


def words(text: str) -> tuple[str, ...]:
    """The words of a list that is too long to read in quotes."""
    return tuple(text.split())


def own_text(element: etree._Element) -> str:
    """What is written in the element itself, before its children and after each."""
    return "".join([element.text or "", *[child.tail or "" for child in element]]).strip()


def holds_text(element: etree._Element, ignoring: Container[str] = ()) -> bool:
    """Whether anything is written in the element or below it, other than right under the names to ignore."""
    return any(own_text(below) and local_name(below) not in ignoring for below in element.iter("{*}*"))


def delivered(parent: etree._Element, rows: Container[str], ignoring: Container[str]) -> Outcome:
    """DATA if anything is written below *parent*, EMPTY if nothing is; a row left blank makes it PARTIAL.

    A row that was begun says that there is something, and a blank one does not say what.
    """
    written, before = 0, list[int]()  # texts so far, and how many there were before each element around
    for event, element in etree.iterwalk(parent, events=("start", "end")):
        if event == "start":
            before.append(written)
            written += _is_written(element.text)
        else:
            if before.pop() == written and local_name(element) in rows:
                return Outcome.PARTIAL
            written += _is_written(element.tail)
    return Outcome.DATA if holds_text(parent, ignoring) else Outcome.EMPTY


def _is_written(text: str | None) -> bool:
    return text is not None and text != "" and not text.isspace()


def decoded(element: etree._Element) -> bytes:
    """The bytes of a base64Binary, which may hold white space."""
    try:
        return base64.b64decode(plain(element).encode("ascii").translate(None, b" \t\r\n"), validate=True)
    except ValueError:
        raise MalformedAnswer("base64", local_name(element)) from None
