"""An element that remembers what of it nobody has read."""

import pytest

from shs_adapter import xml
from shs_adapter.ssbtek.notes import UNEXPECTED, Deviation
from shs_adapter.ssbtek.rows import Row


@pytest.mark.parametrize(
    ("document", "is_noted"),
    [
        ("<a><b>1</b></a>", False),
        ("<a>\n  <b>1</b>\n  <!-- a comment -->\n  <?and more?>\n</a>", False),
        ("<a>text<b>1</b></a>", True),
        ("<a><b>1</b> text</a>", True),
        ("<a><b>1</b><!-- a comment -->text</a>", True),
        ("<a><b>1</b><?and more?>text</a>", True),
        ("<a>\N{NO-BREAK SPACE}<b>1</b></a>", False),
    ],
)
def test_what_is_written_beside_the_children_is_noted(document: str, is_noted: bool) -> None:
    row = Row(xml.parse(document.encode()), "a")

    assert row.text("b") == "1"
    row.close()
    assert row.deviations == ((Deviation(UNEXPECTED, "a"),) if is_noted else ())


def test_children_go_by_their_local_names_in_order_and_comments_are_none() -> None:
    row = Row(xml.parse(b'<a xmlns:n="urn:n"><b>1</b><!-- c --><n:b>2</n:b><c/><d>3</d></a>'), "a")

    assert row.unread == ("b", "c", "d")
    assert [one.path for one in row.rows("b")] == ["a/b[1]", "a/b[2]"]
    row.close()
    assert Deviation(UNEXPECTED, "a/d") in row.deviations
    assert Deviation(UNEXPECTED, "a/c") not in row.deviations  # nothing is written in it
