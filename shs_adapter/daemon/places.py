"""Where in a document a validator's error stands, in names that may be logged.

libxml2 writes a place with prefixes, and `*[n]` where an element has a namespace without one. Here it is
followed through the document and written anew.
"""

import re

from lxml import etree

from shs_adapter.ssbtek.reading import token
from shs_adapter.xml import local_name

_STEP = re.compile(r"(?:(?P<prefix>[^:]+):)?(?P<name>[^\[]+)(?:\[(?P<number>[0-9]+)\])?")


def place(root: etree._Element, path: str) -> tuple[str, ...]:
    """The names from the root down, each with a number from 1 where it is not alone among its siblings.

    Where a step cannot be followed the place ends above it. What is wrong with an attribute stands at its
    element, as libxml2 has it.
    """
    names = [token(local_name(root))]
    element = root
    for step in path.split("/")[2:]:
        child = _child(element, step)
        if child is None:
            break
        names.append(_numbered(child))
        element = child
    return tuple(names)


def _child(parent: etree._Element, step: str) -> etree._Element | None:
    match = _STEP.fullmatch(step)
    if match is None:
        return None
    children = list(parent.iterchildren("{*}*"))
    if match["name"] != "*":
        children = [
            child
            for child in children
            if local_name(child) == match["name"] and child.prefix == match["prefix"]
        ]
    number = int(match["number"] or 1)
    return children[number - 1] if 0 < number <= len(children) else None


def _numbered(element: etree._Element) -> str:
    name = local_name(element)
    before = sum(1 for _ in element.itersiblings(f"{{*}}{name}", preceding=True))
    is_alone = not before and next(element.itersiblings(f"{{*}}{name}"), None) is None
    return token(name) if is_alone else f"{token(name)}[{before + 1}]"
