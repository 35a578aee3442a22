from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import management
from shs_adapter.shs.management import ErrorInfo, Management
from tests.shs import samples

_DTD = samples.SHARED / "contracts/shs/shs-management-1.2.dtd"

_documents = st.builds(
    Management,
    corr_id=samples.tokens,
    content_id=samples.tokens,
    datetime=samples.times,
    error=st.none()
    | st.builds(
        ErrorInfo,
        code=samples.tokens,
        info=samples.texts,
        appinfo=st.lists(st.tuples(samples.tokens, samples.texts), max_size=2).map(tuple),
    ),
)


@settings(max_examples=60, deadline=None)
@given(_documents)
def test_a_document_comes_back_as_it_was_written(document: Management) -> None:
    assert management.read(management.write(document)) == document


@samples.needs_dtds
@settings(max_examples=60, deadline=None)
@given(_documents)
def test_a_written_document_passes_the_dtd(document: Management) -> None:
    dtd = etree.DTD(StringIO(_DTD.read_text("utf-8")))

    assert dtd.validate(etree.fromstring(management.write(document)))


def _document(**changes: Any) -> Management:
    return Management(**{"corr_id": "c", "content_id": "i", "datetime": samples.label().datetime} | changes)


def test_a_confirmation_says_so() -> None:
    assert b"<confirmation/>" in management.write(_document())


@pytest.mark.parametrize("inside", [b"", b"<confirmation/>", b"<datetime>2026-03-01</datetime>"])
def test_whatever_holds_no_error_is_a_confirmation(inside: bytes) -> None:
    found = management.read(b'<shs.management corr.id=" c " content.id="i">' + inside + b"</shs.management>")

    assert found == _document(datetime=None)


def test_an_error_without_a_code_is_still_an_error() -> None:
    found = management.read(b'<shs.management><error errorcode=""/></shs.management>')

    assert found == _document(corr_id="", content_id="", datetime=None, error=ErrorInfo(code=""))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"corr_id": ""}, "missing at shs.management/@corr.id"),
        ({"datetime": None}, "missing at shs.management/datetime"),
        ({"error": ErrorInfo(code="")}, "missing at error/@errorcode"),
        ({"error": ErrorInfo(code="E", info="\x01")}, "illegal_character at error"),
        ({"error": ErrorInfo(code="E", appinfo=(("a b", ""),))}, "illegal_token at appinfo/@name"),
    ],
)
def test_what_the_dtd_would_refuse_is_not_written(changes: dict[str, Any], refusal: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        management.write(_document(**changes))

    assert str(refused.value) == refusal


@pytest.mark.parametrize("data", [b"", b"Lorem ipsum", b"<shs.label/>", b"<shs.management>"])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage, match=r"^xml_(syntax|root) at shs\.management"):
        management.read(data)


def test_what_an_error_says_does_not_show_in_a_repr() -> None:
    error = ErrorInfo(code="201701012393", info="201701012393", appinfo=(("a", "201701012393"),))

    assert "201701012393" not in repr(_document(error=error))
