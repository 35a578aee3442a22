"""The frame of the protocol's XML documents: declaration, DOCTYPE, ISO-8859-1; one error for all refusals.

Documents are written in ASCII with numeric references for the rest: that is ISO-8859-1 too, and it survives a
relay that takes the bytes for UTF-8.
"""

from collections.abc import Iterator, Mapping

from lxml import etree

from shs_adapter import xml
from shs_adapter.errors import MalformedMessage, MalformedXml

_FRAME = '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n<!DOCTYPE {root} SYSTEM "{dtd}">\n'


def read(data: bytes, *roots: str) -> etree._Element:
    """Return the root element, which must be one of *roots*; raises MalformedMessage."""
    try:
        root = xml.parse(data)
    except MalformedXml as error:
        raise MalformedMessage(error.code, f"{roots[0]} {error.where}".rstrip()) from None
    if xml.local_name(root) not in roots:
        raise MalformedMessage("xml_root", roots[0])
    if next(root.iter(etree.Entity), None) is not None:
        raise MalformedMessage("xml_entity", roots[0])
    return root


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The child elements with one of *names*, whatever their namespace."""
    return element.iterchildren(*(f"{{*}}{name}" for name in names))


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that name."""
    return next(children(element, name), None)


def text(element: etree._Element | None) -> str:
    """All text of an element; empty where it is absent."""
    return "" if element is None else "".join(map(str, element.itertext()))


def add(
    parent: etree._Element | None, name: str, attributes: Mapping[str, str | None], content: str = ""
) -> etree._Element:
    """Add an element (or begin a document, if *parent* is None); attributes that are None are left out.

    Raises MalformedMessage where a value holds a character that XML cannot.
    """
    element = etree.Element(name) if parent is None else etree.SubElement(parent, name)
    try:
        for attribute, value in attributes.items():
            if value is not None:
                element.set(attribute, value)
        element.text = content or None
    except ValueError:
        raise MalformedMessage("illegal_character", name) from None
    return element


def write(root: etree._Element, dtd: str) -> bytes:
    """The whole document, ending in a line feed; between elements a standalone one may have no blanks."""
    frame = _FRAME.format(root=root.tag, dtd=dtd)
    return frame.encode() + etree.tostring(root, encoding="us-ascii") + b"\n"
