from base64 import b64encode
from binascii import a2b_base64
from dataclasses import replace
from email import message_from_bytes
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import mime
from shs_adapter.shs.mime import Part
from tests.shs import samples

_LABEL = b"<shs.label/>\n"
_HEAD = b"Content-Type: multipart/mixed; boundary=B\r\n\r\n"
_OPEN = b"--B\r\nContent-Type: text/xml\r\n\r\n" + _LABEL + b"\r\n"


def _frame(data: bytes, head: bytes = _HEAD, close: bytes = b"\r\n--B--\r\n") -> bytes:
    return head + _OPEN + b"--B\r\n" + data + close


def _content(data: bytes) -> bytes:
    _, (part,) = mime.read(_frame(data))
    return part.content


@settings(max_examples=120, deadline=None)
@given(st.lists(samples.parts, min_size=1, max_size=4))
def test_any_parts_come_back_byte_for_byte(parts: list[Part]) -> None:
    label, found = mime.read(mime.write(_LABEL, parts, "seed"))

    assert label == _LABEL
    assert list(found) == [replace(part, datapart_type="") for part in parts]  # that one stands in the label


@settings(max_examples=120, deadline=None)
@given(st.lists(samples.parts, min_size=1, max_size=3))
def test_the_standard_library_reads_the_same_parts(parts: list[Part]) -> None:
    oracle = message_from_bytes(mime.write(_LABEL, parts, "seed"))

    payloads = [part.get_payload(decode=True) for part in oracle.walk() if not part.is_multipart()]

    assert payloads == [_LABEL, *(part.content for part in parts)]
    assert not oracle.defects


def test_the_same_parts_give_the_same_bytes() -> None:
    assert mime.write(_LABEL, [samples.part()], "seed") == mime.write(_LABEL, [samples.part()], "seed")
    assert mime.write(_LABEL, [samples.part()], "seed") != mime.write(_LABEL, [samples.part()], "other seed")


def test_a_content_that_holds_the_boundary_gets_another() -> None:
    first = mime.write(_LABEL, [samples.part()], "seed")
    frame = first[first.index(b"\r\n--") :]  # boundary lines, the closing one too

    second = mime.write(_LABEL, [samples.part(frame)], "seed")

    assert mime.read(second)[1][0].content == frame
    assert second[:120] != first[:120]


def test_a_file_name_that_holds_the_boundary_gets_another() -> None:
    plain = mime.write(_LABEL, [samples.part()], "seed")
    boundary = plain.partition(b'boundary="')[2][:34]

    raw = mime.write(_LABEL, [samples.part(filename=boundary.decode())], "seed")

    assert plain.count(boundary) == 4
    assert raw.count(boundary) == 2  # it stands in the name of either header
    assert mime.read(raw)[1][0].filename == boundary.decode()


def test_boundaries_are_tried_until_one_occurs_in_no_content() -> None:
    contents = [b""]
    for _ in range(3):
        raw = mime.write(_LABEL, [samples.part(content) for content in contents], "seed")
        contents.append(raw.partition(b'boundary="')[2][:34])

    assert len(set(contents)) == 4
    assert mime.read(mime.write(_LABEL, [samples.part(b"".join(contents))], "seed"))[1][
        0
    ].content == b"".join(contents)


def test_the_frame_is_written_as_the_nodes_expect_it() -> None:
    raw = mime.write(
        _LABEL, [samples.part(b"\x00" * 60, transfer_encoding="base64", filename="å.xml")], "seed"
    )

    head, label, data, close = raw.split(b"--=_")
    assert head.startswith(
        b"Subject: SHS Message\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="
    )
    assert (
        b"Content-Type: text/xml; charset=ISO-8859-1\r\nContent-Transfer-Encoding: binary\r\n\r\n<shs"
        in label
    )
    assert b'Content-Type: text/xml; name="\xe5.xml"\r\nContent-Transfer-Encoding: base64\r\n' in data
    assert b'Content-Disposition: attachment; filename="\xe5.xml"\r\n\r\n' in data
    assert data.endswith(b"\r\n\r\n" + b"A" * 76 + b"\r\nAAAA\r\n")
    assert close.endswith(b"--\r\n")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"transfer_encoding": "quoted-printable"}, "illegal_encoding"),
        ({"transfer_encoding": "BASE64"}, "illegal_encoding"),
        ({"content_type": "text"}, "illegal_content_type"),
        ({"content_type": "text/xml\r\nX-Evil: 1"}, "illegal_content_type"),
        ({"content_type": "text/xml; name=a.xml"}, "illegal_content_type"),
        ({"content_type": "text/xml; name*0=a.xml"}, "illegal_content_type"),
        ({"content_type": "text/ärende"}, "illegal_content_type"),
        ({"filename": "../a.xml"}, "illegal_filename"),
        ({"filename": "a\r\nX-Evil: 1"}, "illegal_filename"),
        ({"filename": "\ud800.xml"}, "illegal_filename"),
    ],
)
def test_a_part_that_may_not_be_sent_is_refused(changes: dict[str, Any], refusal: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        mime.write(_LABEL, [samples.part(), samples.part(**changes)], "seed")

    assert str(refused.value) == f"{refusal} at part 2"


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"\r\nno headers", b"no headers"),
        (b"\n\n two\n", b"\n two\n"),
        (b"\r\n", b""),
        (b"Content-Type: text/plain\r\n", b""),
        (b"\r\n--BB\r\n--B -- \r\n", b"--BB\r\n--B -- \r\n"),
        (b"\r\nx--B--\r\n", b"x--B--\r\n"),
        (b"Content-Transfer-Encoding: BASE64 (so they say)\r\n\r\nSGV\r\n sbG8=", b"Hello"),
        (b"Content-Transfer-Encoding: base64\r\n\r\n", b""),
        (b"Content-Transfer-Encoding: 8BIT\r\n\r\nSGVsbG8=", b"SGVsbG8="),
        (b"Content-Transfer-Encoding: base64;\r\n\r\nSGVsbG8=", b"Hello"),
        (b"Content-Transfer-Encoding:\r\n\r\nSGVsbG8=", b"SGVsbG8="),
        (b"Content-Transfer-Encoding: Quoted-Printable\r\n\r\n=E5 =\r\nb=", b"\xe5 b"),
        (b"Content-Transfer-Encoding: quoted-printable\r\n\r\na= \t\r\nb \r\nc =20 ", b"ab\r\nc  "),
        (b"Content-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\n1\r\n--C--", b"--C\r\n\r\n1\r\n--C--"),
    ],
)
def test_what_other_writers_do_is_read(data: bytes, content: bytes) -> None:
    assert _content(data) == content


@pytest.mark.parametrize(
    "encoded", [b"####", b"SGVsbG8", b"SGVsbG8=SGVsbG8=", b"=", b"SGVs\x00bG8=", b"SGVsbG8\xff"]
)
def test_broken_base64_is_never_read_as_less(encoded: bytes) -> None:
    with pytest.raises(MalformedMessage, match=r"^broken_encoding at part 1$"):
        _content(b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded)


_QUADS = st.sampled_from(
    [b"AAAA", b"SGVs", b"/+9x", b"QQ==", b"QR==", b"QUI=", b"==", b"=", b"A", b"\r\n", b" "]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_QUADS | st.binary(max_size=1), max_size=8).map(b"".join))
def test_base64_is_read_as_strictly_as_the_standard_library_reads_it(encoded: bytes) -> None:
    data = b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded
    try:
        content = a2b_base64(encoded.translate(None, b" \t\r\n"), strict_mode=True)
    except ValueError:
        with pytest.raises(MalformedMessage, match=r"^broken_encoding at part 1$"):
            _content(data)
    else:
        assert _content(data) == content


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 6000), st.sampled_from([b"\r\n", b"\n", b" \r\n", b"\r\n\r\n", b""]), st.integers(1, 80)
)
def test_base64_is_read_in_lines_of_any_length(size: int, line_end: bytes, width: int) -> None:
    content = (b"\x00\xff<>" * 1500)[:size]
    text = b64encode(content)
    lines = [text[start : start + width] for start in range(0, len(text), width)]

    for end in (b"", line_end):
        encoded = b"Content-Transfer-Encoding: base64\r\n\r\n" + line_end.join(lines) + end
        assert _content(encoded) == content


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9000))
def test_base64_is_written_in_lines_of_76(size: int) -> None:
    content = (b"\x00\xff<>" * 2500)[:size]

    raw = mime.write(_LABEL, [samples.part(content, transfer_encoding="base64")], "seed")

    lines = raw.rpartition(b"attachment\r\n\r\n")[2].split(b"\r\n")[:-2]
    assert b"".join(lines) == b64encode(content)
    assert {len(line) for line in lines[:-1]} <= {76}
    assert len(lines[-1]) <= 76


@pytest.mark.parametrize("place", [0, 75, 76, 77, 78, 2000])
@pytest.mark.parametrize("wrong", [b"=", b"\x0b", b"-", b"\xff"])
def test_one_wrong_character_in_long_base64_is_seen(place: int, wrong: bytes) -> None:
    raw = mime.write(_LABEL, [samples.part(b"x" * 5700, transfer_encoding="base64")], "seed")
    at = raw.index(b"attachment\r\n\r\n") + len(b"attachment\r\n\r\n") + place

    with pytest.raises(MalformedMessage, match=r"^broken_encoding at part 1$"):
        mime.read(raw[:at] + wrong + raw[at + 1 :])


def test_padding_within_base64_is_seen_wherever_a_block_of_it_ends() -> None:
    ended = b64encode(b"x" * (mime._BLOCK // 4 * 3 - 2))  # in one line, that fills a block
    assert (len(ended), ended[-2:]) == (mime._BLOCK, b"==")

    with pytest.raises(MalformedMessage, match=r"^broken_encoding at part 1$"):
        _content(b"Content-Transfer-Encoding: base64\r\n\r\n" + ended + b64encode(b"more"))


def test_broken_quoted_printable_is_refused() -> None:
    with pytest.raises(MalformedMessage, match=r"^broken_encoding at part 1$"):
        _content(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=XY")


@pytest.mark.parametrize(
    "close",
    [b"\r\n--B--", b"\n--B-- \t\n", b"\r\n--B--\r\nepilogue\r\n--B\r\n", b"\r\n--B  \r\n\r\n\r\n--B--"],
)
def test_the_closing_boundary_may_be_written_in_several_ways(close: bytes) -> None:
    _, parts = mime.read(_frame(b"\r\nx", close=close))

    assert parts[0].content == b"x"


@settings(max_examples=60, deadline=None)
@given(st.lists(samples.parts, min_size=1, max_size=3), st.data())
def test_a_truncated_message_is_refused(parts: list[Part], data: st.DataObject) -> None:
    raw = mime.write(_LABEL, parts, "seed")
    kept = data.draw(st.integers(0, len(raw) - 3))  # without the last line end it is still whole

    with pytest.raises(MalformedMessage):
        mime.read(raw[:kept])


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"", "unfinished_headers at message"),
        (_OPEN + b"--B--", "not_multipart at message"),
        (_frame(b"\r\n", head=b"Content-Type: text/plain; boundary=B\r\n\r\n"), "not_multipart at message"),
        (_frame(b"\r\n", head=b"\r\n" + _HEAD), "not_multipart at message"),
        (_HEAD + _OPEN + b"--B--", "too_few_parts at message"),
        (_HEAD + _OPEN.replace(b"text", b"application") + b"--B\r\n\r\n\r\n--B--", "not_xml at label"),
        (_HEAD + _OPEN.replace(b"xml", b'xml; name="a"b') + b"--B\r\n\r\n\r\n--B--", "not_xml at label"),
        (_frame(b"Content-Type: text/plain"), "unfinished_headers at part 1"),
        (_frame(b"Content-Transfer-Encoding: uuencode\r\n\r\nx"), "unknown_encoding at part 1"),
        (_frame(b"\r\nx", close=b"\r\n--B-"), "no_closing_boundary at message"),
        (_frame(b"\r\nx", close=b"\r\n--B--x"), "no_closing_boundary at message"),
        (_frame(b"\r\nx", close=b"--B--"), "no_closing_boundary at message"),
        (_HEAD + _OPEN + b"--B\n--B--", "unfinished_headers at part 1"),  # nothing between two boundary lines
        (_HEAD + _OPEN + b"--B\n--B", "no_closing_boundary at message"),
        (b"Content-Type: multipart/mixed\r\n\r\nno line of dashes", "no_boundary at message"),
    ],
)
def test_what_is_no_message_is_refused(raw: bytes, refusal: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        mime.read(raw)

    assert str(refused.value) == refusal


def test_parts_beyond_all_reason_are_refused_at_once() -> None:
    begun = process_time()

    with pytest.raises(MalformedMessage, match=r"^too_many_parts at message$"):
        mime.read(_frame(b"\n\n--B\n" * 300_000))

    assert process_time() - begun < 1


def test_a_boundary_that_is_not_named_is_inferred() -> None:
    label, _ = mime.read(_frame(b"\r\nx", head=b"Content-Type: multipart/mixed\r\n\r\npreamble\r\n"))

    assert label == _LABEL


@pytest.mark.parametrize(
    "filler", [b"\n--BB", b"\n--B      x", b"\n--B--x", b"\r\n", b"--", b"a: b\r\n", b'; a="']
)
def test_no_content_makes_the_reader_slow(filler: bytes) -> None:
    content = filler * (2_000_000 // len(filler))
    begun = process_time()

    found = _content(b"\r\n" + content)

    assert found == content
    assert process_time() - begun < 2  # a quadratic reader takes minutes


@pytest.mark.parametrize("filler", [b'; a="', b'; a="\\"', b";", b"; ", b"a ", b"; =?q?q?", b"=?"])
def test_no_header_makes_the_reader_slow(filler: bytes) -> None:
    value = filler * (60_000 // len(filler))
    begun = process_time()

    found = _content(b"Content-Type: text/plain; name=" + value + b"\r\n\r\nx")

    assert found == b"x"
    assert process_time() - begun < 2


def test_neither_content_nor_file_name_shows_in_a_repr() -> None:
    _, (part,) = mime.read(_frame(b"Content-Type: text/xml; name=201701012393.xml\r\n\r\n201701012393"))

    assert part.filename == "201701012393.xml"
    assert "201701012393" not in repr(part)
