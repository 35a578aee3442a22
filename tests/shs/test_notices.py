from datetime import datetime
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import notices
from shs_adapter.shs.label import SequenceType, Status
from shs_adapter.shs.notices import Notice
from tests.shs import samples

_DTD = samples.SHARED / "contracts/shs/shs-message-list-1.2.01.dtd"

_lists = st.lists(
    st.builds(
        Notice,
        tx_id=samples.tokens,
        timestamp=samples.times,
        sequence_type=st.sampled_from(SequenceType),
        corr_id=samples.tokens | st.just(""),
        content_id=samples.tokens | st.just(""),
        product=samples.addresses | st.sampled_from(["", "confirm", "error"]),
        status=st.sampled_from(Status),
        sender=samples.addresses | st.just(""),
        to=samples.addresses | st.just(""),
        size=samples.counts,
    ),
    max_size=4,
).map(tuple)


@settings(max_examples=60, deadline=None)
@given(_lists)
def test_a_list_comes_back_as_it_was_written(waiting: tuple[Notice, ...]) -> None:
    assert notices.read(notices.write(waiting)) == waiting


@samples.needs_dtds
@settings(max_examples=60, deadline=None)
@given(_lists)
def test_a_written_list_passes_the_dtd(waiting: tuple[Notice, ...]) -> None:
    dtd = etree.DTD(StringIO(_DTD.read_text("utf-8")))

    assert dtd.validate(etree.fromstring(notices.write(waiting)))


def test_the_old_list_is_read_too() -> None:
    found = notices.read(
        b'<shs.document-list version="1.1"><document tx.id="t" timestamp="2026-03-01T08:15:30" corr.id="c"'
        b' product="urn:x-shs:p" sequence-type="reply" status="TEST"><subject>Anna</subject></document>'
        b"</shs.document-list>"
    )

    assert found == (
        Notice(
            tx_id="t",
            timestamp=datetime(2026, 3, 1, 8, 15, 30),  # noqa: DTZ001  # the wire has no zones
            sequence_type=SequenceType.REPLY,
            corr_id="c",
            product="p",
            status=Status.TEST,
        ),
    )


def test_an_empty_list_is_empty() -> None:
    assert notices.read(b"<shs.message-list/>") == ()


def test_an_odd_entry_is_listed_with_what_can_be_read_of_it() -> None:
    (found,) = notices.read(
        b'<shs.message-list><message tx.id="t" timestamp="yesterday" size="9e9" sequence-type="x"/>'
        b"</shs.message-list>"
    )

    assert found == Notice(tx_id="t", timestamp=None, sequence_type=SequenceType.EVENT)


@pytest.mark.parametrize(
    ("attributes", "parts", "size"),
    [
        ("", [], None),
        ("", [""], None),
        ('size="0"', ['no-of-bytes="7"', 'no-of-bytes="8"', ""], 15),
        ('size="90"', ['no-of-bytes="7"'], 90),
        ("", ['no-of-bytes="many"', 'no-of-bytes="12000000"'], 12_000_000),
    ],
)
def test_a_message_is_as_large_as_the_list_says_of_it_or_of_its_parts(
    attributes: str, parts: list[str], size: int | None
) -> None:
    inside = "".join(f'<data datapartType="xml" {part}/>' for part in parts)

    (found,) = notices.read(
        f'<shs.message-list><message tx.id="t" {attributes}>{inside}</message></shs.message-list>'.encode()
    )

    assert found.size == size


def test_an_entry_without_tx_id_is_seen_and_hides_no_other() -> None:
    found = notices.read(b'<shs.message-list><message product="p"/><message tx.id="t"/></shs.message-list>')

    assert [(notice.tx_id, notice.product) for notice in found] == [("", "p"), ("t", "")]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"<html/>", "xml_root at shs.message-list"),
        (b"", "xml_syntax at shs.message-list"),
    ],
)
def test_what_is_no_list_is_never_an_empty_one(data: bytes, refusal: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        notices.read(data)

    assert str(refused.value).startswith(refusal)


def test_a_notice_without_a_time_is_not_written() -> None:
    with pytest.raises(MalformedMessage, match=r"^missing at message/@timestamp$"):
        notices.write([Notice(tx_id="t", timestamp=None, sequence_type=SequenceType.ADM)])
