import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import label_xml, message
from shs_adapter.shs.label import Data, Label
from shs_adapter.shs.mime import Part
from tests.shs import samples


@settings(max_examples=80, deadline=None)
@given(samples.labels(), st.lists(samples.parts, min_size=1, max_size=3))
def test_a_message_comes_back_as_it_was_built(label: Label, parts: list[Part]) -> None:
    assume(label.compound is None)
    described = tuple(
        Data(datapart_type=part.datapart_type, filename=part.filename, no_of_bytes=len(part.content))
        for part in parts
    )
    assume(len(label_xml.write(replace(label, data=described))) < 3800)

    raw = message.build(label, parts)

    found = message.read(raw)
    assert found.label == replace(label, data=described)
    assert found.parts == tuple(parts)
    assert found.flags == ()
    assert message.scan(raw) == found.label


def test_a_message_has_the_same_bytes_each_time_it_is_built() -> None:
    label = samples.label()

    assert message.build(label, [samples.part()]) == message.build(label, [samples.part()])


def _ending_at(end: int) -> bytes:
    """A message whose label ends at that byte."""
    short = message.build(samples.label(subject="s"), [samples.part()])
    reached = short.index(b"</shs.label>") + len(b"</shs.label>")
    return message.build(samples.label(subject="s" * (1 + end - reached)), [samples.part()])


def test_a_label_that_ends_at_the_last_scanned_byte_is_built() -> None:
    assert message.scan(_ending_at(4096)).subject.startswith("ss")


def test_a_label_that_ends_behind_it_is_not() -> None:
    with pytest.raises(MalformedMessage, match=r"^no_label_in_window at message$"):
        _ending_at(4097)


def test_the_scanner_sees_a_label_in_a_message_that_was_cut_off() -> None:
    raw = message.build(samples.label(), [samples.part(b"x" * 9000)])

    assert message.scan(raw[:4096]).tx_id == samples.label().tx_id


def test_the_scanner_takes_any_text_for_latin_1() -> None:
    raw = b"junk <shs.label tx.id='t'><subject>\xe5</subject></shs.label> junk"

    assert message.scan(raw).subject == "å"


@pytest.mark.parametrize(
    "raw", [b"", b"<shs.label >", b"</shs.label><shs.label ", b"<shs.label\ntx.id='t'></shs.label>"]
)
def test_the_scanner_refuses_what_it_cannot_find(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        message.scan(raw)


def test_a_message_without_parts_is_not_built() -> None:
    with pytest.raises(MalformedMessage, match=r"^too_few_parts at message$"):
        message.build(samples.label(), [])


def test_a_compound_message_is_not_built() -> None:
    with pytest.raises(MalformedMessage, match=r"^data_and_compound at content$"):
        message.build(samples.label(compound=1), [samples.part()])


def test_the_label_is_believed_about_file_names_and_never_about_paths() -> None:
    raw = message.build(samples.label(), [samples.part(filename="in-the-header.xml")])
    other = raw.replace(b'filename="in-the-header.xml"', b'filename="../etc/label.xml"')

    assert message.read(other).parts[0].filename == "label.xml"


def test_a_part_more_than_the_label_says_is_kept_and_flagged() -> None:
    raw = message.build(samples.label(), [samples.part(b"1"), samples.part(b"2")])
    entry = b'<data datapartType="question" no-of-bytes="1"/>'

    found = message.read(raw.replace(entry + entry, entry))

    assert [part.content for part in found.parts] == [b"1", b"2"]
    assert found.parts[1].datapart_type == ""
    assert found.flags == ("not_in_label at part 2",)


def test_a_part_less_than_the_label_says_is_refused() -> None:
    raw = message.build(samples.label(), [samples.part(b"1")])
    entry = b'<data datapartType="question" no-of-bytes="1"/>'

    with pytest.raises(MalformedMessage, match=r"^fewer_parts_than_data at message$"):
        message.read(raw.replace(entry, entry + entry))


def test_oddities_are_told_in_the_order_of_the_parts() -> None:
    raw = message.build(samples.label(), [samples.part(b"1"), samples.part(b"22"), samples.part(b"333")])
    last = b'<data datapartType="question" no-of-bytes="3"/>'

    found = message.read(raw.replace(last, b"").replace(b'no-of-bytes="2"', b'no-of-bytes="3"'))

    assert found.flags == ("other_size at part 2", "not_in_label at part 3")


def test_another_size_than_the_label_says_is_flagged() -> None:
    raw = message.build(samples.label(), [samples.part(b"1")])

    found = message.read(raw.replace(b'no-of-bytes="1"', b'no-of-bytes="20"'))

    assert found.flags == ("other_size at part 1",)


def test_a_refusal_says_what_and_where_and_nothing_of_the_content() -> None:
    raw = message.build(samples.label(subject="201701012393"), [samples.part(b"201701012393")])
    broken = raw.replace(b"</subject>", b"</object>")

    with pytest.raises(MalformedMessage) as refused:
        message.read(broken)

    assert (refused.value.code, refused.value.where) == ("xml_syntax", "shs.label line 3")
    assert refused.value.__cause__ is None
    assert "201701012393" not in repr(refused.value)


def _peak(work: Callable[[], object]) -> int:
    """The bytes that *work* has in hand at once, with what it returns and without what it was given."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["binary", "base64"])
def test_a_large_message_takes_less_than_three_times_its_size(encoding: str) -> None:
    part = samples.part(b"<question/>\n" * (8 * 2**20 // 12), transfer_encoding=encoding)
    raw = message.build(samples.label(), [part])

    building = _peak(lambda: message.build(samples.label(), [part]))
    reading = _peak(lambda: message.read(raw))

    assert len(part.content) + building < 3 * len(raw)
    assert len(raw) + reading < 3 * len(raw)


def test_a_large_message_takes_no_more_if_it_holds_the_boundary() -> None:
    boundary = message.build(samples.label(), [samples.part()]).partition(b'boundary="')[2][:34]
    part = samples.part(b"<question/>\n" * (8 * 2**20 // 12) + boundary)
    raw = message.build(samples.label(), [part])

    building = _peak(lambda: message.build(samples.label(), [part]))

    assert raw.count(boundary) == 1
    assert len(part.content) + building < 2.5 * len(raw)


@pytest.mark.parametrize("line_end", [b"\n", b" \r\n"])
def test_a_large_message_in_lines_of_another_kind_takes_no_more(line_end: bytes) -> None:
    part = samples.part(b"<question/>\n" * (8 * 2**20 // 12), transfer_encoding="base64")
    head, start, lines = message.build(samples.label(), [part]).rpartition(b"attachment\r\n\r\n")
    raw = b"".join((head, start, lines.replace(b"\r\n", line_end)))

    reading = _peak(lambda: message.read(raw))

    assert len(raw) + reading < 3 * len(raw)
