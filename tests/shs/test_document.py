"""What is put together as text is held against what lxml writes of a tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import document
from tests.shs import samples

_MARKUP = st.text(st.sampled_from("&<>\"'\t\n\r ;#aå€\x7f\x85\u2028😀]"), max_size=12)
_VALUES = samples.texts | _MARKUP


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b.c", "d-e"]), _VALUES), _VALUES, st.booleans())
def test_a_document_has_the_bytes_that_lxml_would_write(
    attributes: dict[str, str], content: str, full: bool
) -> None:
    root = etree.Element("root", attributes)
    if full:
        etree.SubElement(root, "child", attributes).text = content or None
    inside = document.element("child", attributes, content) if full else ""

    written = document.write("root", "root.dtd", attributes, inside)

    assert written.partition(b'"root.dtd">\n')[2] == etree.tostring(root, encoding="us-ascii") + b"\n"


@settings(max_examples=200, deadline=None)
@given(st.characters(codec=None) | st.sampled_from("\x00\x0b\x1f\x7f\ud800\ufffe\uffff\U0001fffe"))
def test_a_character_is_refused_if_lxml_refuses_it(character: str) -> None:
    tree = etree.Element("a")
    try:
        tree.text = character
    except ValueError:
        with pytest.raises(MalformedMessage, match=r"^illegal_character at a$"):
            document.element("a", {}, character)
        with pytest.raises(MalformedMessage, match=r"^illegal_character at a$"):
            document.element("a", {"b": character})
    else:
        assert document.element("a", {}, character)


def test_an_attribute_that_is_none_is_left_out_and_an_empty_one_written() -> None:
    assert document.element("a", {"b": None, "c": ""}) == '<a c=""/>'
