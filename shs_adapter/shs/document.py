"""The frame of the protocol's XML documents: declaration, DOCTYPE, ISO-8859-1; one error for all refusals.

Documents are written in ASCII with numeric references for the rest: that is ISO-8859-1 too, and it survives a
relay that takes the bytes for UTF-8. They are put together as text, which takes little more than half as long
as a tree; the tests hold every character against lxml.
"""

import re
from collections.abc import Mapping

from lxml import etree

from shs_adapter import xml
from shs_adapter.errors import MalformedMessage, MalformedXml

Children = dict[str, list[etree._Element]]

# Bytes of a label or a management document; those of real messages have a few thousand.
LONGEST = 128 * 1024

_DECLARATION = '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>'

_plain = re.compile(r"[ !#-%'-;=?-~]*").fullmatch  # stands for itself in texts and in attributes
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = _IN_TEXT | str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


def read(data: bytes, *roots: str, longest: int | None = LONGEST) -> etree._Element:
    """Return the root element, which must be one of *roots*; raises MalformedMessage.

    A document of more than *longest* bytes is refused unread: reading takes longer than parsing by far.
    """
    if longest is not None and len(data) > longest:
        raise MalformedMessage("too_long", roots[0])
    try:
        root = xml.parse(data)
    except MalformedXml as error:
        raise MalformedMessage(error.code, f"{roots[0]} {error.where}".rstrip()) from None
    if xml.local_name(root) not in roots:
        raise MalformedMessage("xml_root", roots[0])
    if next(root.iter(etree.Entity), None) is not None:
        raise MalformedMessage("xml_entity", roots[0])
    return root


def children(element: etree._Element) -> Children:
    """The child elements, in their order, by their names, whatever their namespace."""
    found: Children = {}
    for child in element:
        name = xml.local_name(child)
        if name in found:
            found[name].append(child)
        else:
            found[name] = [child]
    return found


def first(found: Children, name: str) -> etree._Element | None:
    """The first child of that name."""
    return found[name][0] if name in found else None


def text(element: etree._Element | None) -> str:
    """All text of an element; empty where it is absent."""
    if element is None:
        return ""
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""


def element(name: str, attributes: Mapping[str, str | None], content: str = "", inside: str = "") -> str:
    """The markup of an element: a text, then the markup of elements; attributes that are None are left out.

    Raises MalformedMessage where a value holds a character that XML cannot.
    """
    opening = name
    for attribute, value in attributes.items():
        if value is not None:
            opening += f' {attribute}="{in_attribute(value, name)}"'
    if content:
        inside = in_text(content, name) + inside
    return f"<{opening}>{inside}</{name}>" if inside else f"<{opening}/>"


def in_attribute(value: str, name: str) -> str:
    """*value* as it stands in an attribute of the element *name*; raises as `element` does."""
    return value if _plain(value) else _escaped(value, name, _IN_ATTRIBUTE)


def in_text(value: str, name: str) -> str:
    """*value* as it stands in the text of the element *name*; raises as `element` does."""
    return value if _plain(value) else _escaped(value, name, _IN_TEXT)


def write(root: str, dtd: str, attributes: Mapping[str, str | None], inside: str) -> bytes:
    """The whole document, ending in a line feed; between elements a standalone one may have no blanks."""
    return framed(root, dtd, element(root, attributes, inside=inside))


def framed(root: str, dtd: str, markup: str) -> bytes:
    """The whole document of a root element's markup."""
    whole = f'{_DECLARATION}\n<!DOCTYPE {root} SYSTEM "{dtd}">\n{markup}\n'
    return whole.encode("ascii", "xmlcharrefreplace")


def _escaped(value: str, name: str, escapes: Mapping[int, str]) -> str:
    if _ILLEGAL.search(value):
        raise MalformedMessage("illegal_character", name)
    return value.translate(escapes)
