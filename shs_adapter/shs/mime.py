"""The MIME frame of a message: a label part and data parts between boundary lines.

The standard library's `email` is not used: it rewrites line ends in binary parts, and reports a truncated
message only as a defect.
"""

import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from itertools import count
from struct import Struct

from msgspec import ValidationError, convert

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import headers

_CRLF = b"\r\n"
_TOP = b'Subject: SHS Message\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="%s"\r\n\r\n'
_LABEL = b"Content-Type: text/xml; charset=ISO-8859-1\r\nContent-Transfer-Encoding: binary\r\n\r\n"
_DATA = b"Content-Type: %s%s\r\nContent-Transfer-Encoding: %s\r\nContent-Disposition: attachment%s\r\n\r\n"

_CONTENT_TYPE = re.compile(
    r"""[\w!#$&^.+*-]+/[\w!#$&^.+*-]+ (?:; [ ]? [\w-]+= (?: [\w.:+'-]+ | "[ !\x23-\x5b\x5d-\x7e]*" ) )*""",
    re.ASCII | re.VERBOSE,
)

# No header block of a real message comes near; a missing blank line must not make a header of the payload.
_LONGEST_HEADERS = 65_536
_MOST_PARTS = 1_000  # boundary lines alone must not keep the reader busy

_WIDTH = 76  # of a line of base64
_LINES = Struct(f"{_WIDTH}s" * 32)  # cuts so many lines at once: slices take twice as long
_BLOCK = 840 * (_WIDTH + 2)  # of lines with their ends

_LINE_END = re.compile(rb"\r?\n")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIRST_BOUNDARY = re.compile(rb"^--([^\s][^\r\n]*)", re.MULTILINE)
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
_AFTER_ENCODING = re.compile(rb"[\s(;]")  # a comment, mostly
# At the end of a line the transport may have added blanks; the standard library keeps them.
_PADDING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_QUOTED_PRINTABLE_FAULT = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A data part, its transfer encoding undone; neither content nor file name shows in its repr.

    *content_type* is the header's value without the file name; *datapart_type* is what the label calls it.
    """

    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    transfer_encoding: str = "binary"
    filename: str = field(default="", repr=False)
    datapart_type: str = ""


def write(label: bytes, parts: Iterable[Part], seed: str) -> bytes:
    """A whole message; its boundary is the first that follows from *seed* and occurs nowhere else in it.

    Raises MalformedMessage on a part that may not be sent: its encoding, content type or file name.
    """
    blocks = [(_LABEL, label)]  # header block and content: joined with all others, and never copied before
    blocks += [_written(part, f"part {number}") for number, part in enumerate(parts, 1)]
    lines = len(blocks) + 2  # that hold the boundary: one before each block, the closing one, the header's
    numbers = count()
    while True:
        boundary = b"=_%s" % sha256(f"{seed} {next(numbers)}".encode()).hexdigest()[:32].encode()
        raw = _framed(blocks, boundary)
        if raw.count(boundary) == lines:
            return raw
        del raw  # before the next is made: a large one is not held twice


def read(raw: bytes) -> tuple[bytes, tuple[Part, ...]]:
    """The bytes of the label, and the data parts, at least one, under the file names of their headers.

    Raises MalformedMessage on what no receiver should accept (shs-wire 2.3 B): above all a missing closing
    boundary, by which a truncated message is known.
    """
    top, start = _headers(raw, 0, len(raw), "message")
    content_type = top.get(b"content-type", b"")
    if not headers.media_type(content_type).startswith(b"multipart/"):
        raise MalformedMessage("not_multipart", "message")
    boundary = headers.parameters(content_type).get(b"boundary") or _first_boundary(raw, start)
    sections = _sections(raw, start, boundary)
    if len(sections) < 2:
        raise MalformedMessage("too_few_parts", "message")
    head, _, label = _opened(raw, *sections[0], "label")
    if headers.media_type(headers.without_name(_content_type(head))) != b"text/xml":
        raise MalformedMessage("not_xml", "label")
    parts = [_read_part(raw, *section, f"part {number}") for number, section in enumerate(sections[1:], 1)]
    return label, tuple(parts)


def _written(part: Part, where: str) -> tuple[bytes, bytes]:
    """The header block of a part, and its content as it is to be sent."""
    content_type = part.content_type.encode("ascii", "replace")
    faults = (
        (part.transfer_encoding not in _ENCODE, "illegal_encoding"),
        (not _CONTENT_TYPE.fullmatch(part.content_type), "illegal_content_type"),
        (headers.without_name(content_type) != content_type, "illegal_content_type"),
        (headers.base_name(part.filename) != part.filename, "illegal_filename"),
    )
    for found, code in faults:
        if found:
            raise MalformedMessage(code, where)
    name = headers.name_parameter(b"name", part.filename)
    filename = headers.name_parameter(b"filename", part.filename)
    head = _DATA % (content_type, name, part.transfer_encoding.encode(), filename)
    return head, _ENCODE[part.transfer_encoding](part.content)


def _framed(blocks: Iterable[tuple[bytes, bytes]], boundary: bytes) -> bytes:
    opening = b"--%s\r\n" % boundary
    pieces = [_TOP % boundary]
    for head, content in blocks:
        pieces += (opening, head, content, _CRLF)
    pieces.append(b"--%s--\r\n" % boundary)
    return b"".join(pieces)


def _headers(raw: bytes, start: int, stop: int, where: str) -> tuple[dict[bytes, bytes], int]:
    """The header block at *start*, and where the content behind its blank line begins."""
    if empty := _LINE_END.match(raw, start, stop):
        return {}, empty.end()
    end = _BLANK_LINE.search(raw, start, min(stop, start + _LONGEST_HEADERS))
    if not end:
        raise MalformedMessage("unfinished_headers", where)
    return headers.read(raw[start : end.start()]), end.end()


def _first_boundary(raw: bytes, start: int) -> bytes:
    """The boundary as the first line that looks like one has it, for a message that does not name it."""
    line = _FIRST_BOUNDARY.search(raw, start)
    if not line:
        raise MalformedMessage("no_boundary", "message")
    return line[1].rstrip()


def _sections(raw: bytes, start: int, boundary: bytes) -> list[tuple[int, int]]:
    """Where each part and the boundary line behind it begin; raises if no closing one follows."""
    dashed = b"\n--" + boundary
    sections: list[tuple[int, int]] = []
    begin: int | None = None
    found = raw.find(dashed, start - 1)
    while found >= 0:
        after = found + len(dashed)
        if line := _AFTER_BOUNDARY.match(raw, after):
            if begin is not None:
                sections.append((begin, found + 1))
                if len(sections) > _MOST_PARTS:
                    raise MalformedMessage("too_many_parts", "message")
            if line[1]:
                return sections
            begin = line.end()
            after = begin - 1  # its line feed may stand before the next
        found = raw.find(dashed, after)
    raise MalformedMessage("no_closing_boundary", "message")


def _opened(raw: bytes, begin: int, boundary: int, where: str) -> tuple[Mapping[bytes, bytes], str, bytes]:
    """Headers, encoding and content from *begin* to the *boundary* line, which owns the break before it."""
    head, start = _headers(raw, begin, boundary, where)
    end = boundary - (2 if raw[boundary - 2 : boundary] == _CRLF else 1)
    stated = head.get(b"content-transfer-encoding") or b"7bit"
    encoding = stated.decode("iso-8859-1")
    if encoding not in _DECODE:  # in another case, or with something behind it
        encoding = _AFTER_ENCODING.split(stated, maxsplit=1)[0].lower().decode("iso-8859-1")
    if encoding not in _DECODE:
        raise MalformedMessage("unknown_encoding", where)
    try:
        return head, encoding, _DECODE[encoding](memoryview(raw)[start:end])
    except ValueError:
        raise MalformedMessage("broken_encoding", where) from None


def _content_type(head: Mapping[bytes, bytes]) -> bytes:
    return head.get(b"content-type") or b"text/plain"


def _read_part(raw: bytes, begin: int, boundary: int, where: str) -> Part:
    head, encoding, content = _opened(raw, begin, boundary, where)
    content_type = _content_type(head)
    return Part(
        content=content,
        content_type=headers.without_name(content_type).decode("iso-8859-1"),
        transfer_encoding=encoding,
        filename=headers.filename(head.get(b"content-disposition", b""), content_type),
    )


def _to_base64(content: bytes) -> bytes:
    view = memoryview(content)
    step = _LINES.size // 4 * 3
    whole = len(content) // step * step
    blocks = [
        _CRLF.join(_LINES.unpack(binascii.b2a_base64(view[start : start + step], newline=False)))
        for start in range(0, whole, step)
    ]
    rest = binascii.b2a_base64(view[whole:], newline=False)
    lines = [rest[start : start + _WIDTH] for start in range(0, len(rest), _WIDTH)]
    return _CRLF.join(blocks + lines)


def _from_base64(encoded: memoryview) -> bytes:
    try:
        return _in_blocks(encoded) if len(encoded) > _BLOCK else _strictly(encoded)
    except ValidationError:  # perhaps for no more than a blank
        return binascii.a2b_base64(_squeezed(encoded), strict_mode=True)


def _in_blocks(encoded: memoryview) -> bytes:
    """Decode it a block of lines at a time: a large one is not held twice."""
    content = BytesIO()  # gives away what it has gathered without a copy
    for start in range(0, len(encoded), _BLOCK):
        block = _strictly(encoded[start : start + _BLOCK])
        if len(block) % 3 and start + _BLOCK < len(encoded):
            raise ValidationError  # padding, and more behind it
        content.write(block)
    return content.getvalue()


def _strictly(encoded: memoryview) -> bytes:
    """Decode lines of our own width; msgspec is as strict as binascii, and takes a third of the time."""
    return convert(str(_unwrapped(encoded), "iso-8859-1"), bytes)


def _unwrapped(encoded: memoryview) -> bytearray:
    """The text without line ends, if all its lines are as long as those we write; else as it is."""
    text = bytearray(encoded)
    returns, feeds = text[_WIDTH :: _WIDTH + 2], text[_WIDTH + 1 :: _WIDTH + 2]
    if returns.count(b"\r") == len(returns) and feeds.count(b"\n") == len(feeds):
        del text[_WIDTH + 1 :: _WIDTH + 2]
        del text[_WIDTH :: _WIDTH + 1]
    return text


def _squeezed(encoded: memoryview) -> bytearray:
    """The text without blanks, taken a block at a time: a large one is not held twice."""
    text = bytearray()
    for start in range(0, len(encoded), _BLOCK):
        text += bytes(encoded[start : start + _BLOCK]).translate(None, b" \t\r\n")
    return text


def _from_quoted_printable(encoded: memoryview) -> bytes:
    text = _PADDING.sub(b"", encoded)
    if _QUOTED_PRINTABLE_FAULT.search(text):
        raise ValueError
    return binascii.a2b_qp(text)


_ENCODE: Mapping[str, Callable[[bytes], bytes]] = {"binary": bytes, "base64": _to_base64}
_DECODE: Mapping[str, Callable[[memoryview], bytes]] = {
    "binary": bytes,
    "7bit": bytes,
    "8bit": bytes,
    "base64": _from_base64,
    "quoted-printable": _from_quoted_printable,
}
