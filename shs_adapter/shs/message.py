"""A whole SHS message: a label and data parts, tied to each other by their order alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import label_xml, mime
from shs_adapter.shs.headers import base_name
from shs_adapter.shs.label import Data, Label
from shs_adapter.shs.mime import Part

# A receive service looks for the label in so many bytes, between these very tags, and undoes no encoding.
_WINDOW = 4096
_BEGIN = b"<shs.label "
_END = b"</shs.label>"
_DECLARATION = b'<?xml version="1.0" encoding="ISO-8859-1"?>'


@dataclass(frozen=True, slots=True)
class Message:
    """A message as read; *flags* say what was tolerated, in the label and between it and the parts."""

    label: Label
    parts: tuple[Part, ...]
    flags: tuple[str, ...]


def build(label: Label, parts: Sequence[Part]) -> bytes:
    """The message's bytes: the same for the same arguments, with `label.data` made anew from the parts.

    Raises MalformedMessage if there is no part, if anything may not be written as it is, or if the label ends
    behind the bytes that a receive service scans.
    """
    if not parts:
        raise MalformedMessage("too_few_parts", "message")
    described = [_described(part) for part in parts]
    raw = mime.write(label_xml.write(label, described), parts, label.tx_id)
    _label_in_window(raw)
    return raw


def read(raw: bytes) -> Message:
    """Read a message; raises MalformedMessage with code and place where it is none.

    Parts that the label does not mention are kept. A part's file name is the label's, or else that of its
    headers, where raw Swedish letters are ambiguous.
    """
    label_bytes, parts = mime.read(raw)
    label = label_xml.read(label_bytes)
    if len(parts) < len(label.data):
        raise MalformedMessage("fewer_parts_than_data", "message")
    known = list(map(_named, parts, label.data))
    return Message(label, (*known, *parts[len(known) :]), (*label.flags, *_oddities(label, parts)))


def scan(raw: bytes) -> Label:
    """The label as a receive service finds it; raises MalformedMessage where such a service would not."""
    return label_xml.read(_DECLARATION + _label_in_window(raw))


def _label_in_window(raw: bytes) -> bytes:
    begin = raw.find(_BEGIN, 0, _WINDOW)
    end = raw.find(_END, begin, _WINDOW)
    if begin < 0 or end < 0:
        raise MalformedMessage("no_label_in_window", "message")
    return raw[begin : end + len(_END)]


def _described(part: Part) -> Data:
    return Data(datapart_type=part.datapart_type, filename=part.filename, no_of_bytes=len(part.content))


def _named(part: Part, data: Data) -> Part:
    return Part(
        content=part.content,
        content_type=part.content_type,
        transfer_encoding=part.transfer_encoding,
        filename=base_name(data.filename) or part.filename,
        datapart_type=data.datapart_type,
    )


def _oddities(label: Label, parts: tuple[Part, ...]) -> Iterable[str]:
    for number, part in enumerate(parts, 1):
        if number > len(label.data):
            yield f"not_in_label at part {number}"
        elif label.data[number - 1].no_of_bytes not in (None, len(part.content)):
            yield f"other_size at part {number}"
