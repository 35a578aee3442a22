"""Elements written shortly."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from lxml import etree

Value = str | int | date | Decimal


def node(
    namespace: str | None, name: str, *children: Iterable[etree._Element], **attributes: str
) -> etree._Element:
    """An element with the children of all the groups, in their order; None means no namespace."""
    element = etree.Element(etree.QName(namespace, name), attributes)
    for group in children:
        element.extend(group)
    return element


def leaves(namespace: str | None, **values: Value | None) -> list[etree._Element]:
    """One element with text for each value that is not None."""
    return [_leaf(namespace, name, value) for name, value in values.items() if value is not None]


def _leaf(namespace: str | None, name: str, value: Value) -> etree._Element:
    element = node(namespace, name)
    element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element


def written(document: etree._Element, prefixes: Mapping[str, str]) -> bytes:
    """The finished document, with the prefixes that it needs declared once, at the top.

    The root is made anew, because a prefix once given to an element stays; its children move over.
    """
    attributes = {str(name): str(value) for name, value in document.attrib.items()}
    root = etree.Element(document.tag, attributes, nsmap=dict(prefixes))
    root.extend(list(document))
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
