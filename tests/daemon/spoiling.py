"""What comes with status 200 and is not the message: one readable table of faults of a fetch.

Each is a reply as it goes over the wire, made of the message that was asked for; behind it the connection
ends. With it stand the code by which the operator is told, and whether the bytes came whole for HTTP.
"""

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from shs_adapter.shs import message


@dataclass(frozen=True, slots=True)
class Fault:
    reply: Callable[[bytes], bytes]
    code: str = "not_the_message"
    cuts: bool = False  # HTTP itself tells that something is missing


def body(content: bytes, kind: str = "message/rfc822", *headers: str, length: int | None = -1) -> bytes:
    """A reply; without *length* the end of the connection is the end of the body."""
    told = [f"Content-Type: {kind}", "Connection: close", *headers]
    if length is not None:
        told.append(f"Content-Length: {len(content) if length < 0 else length}")
    return "\r\n".join(["HTTP/1.1 200 OK", *told, "", ""]).encode() + content


def _chunked(content: bytes, *, ended: bool) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: message/rfc822\r\nTransfer-Encoding: chunked\r\n"
    chunk = b"%x\r\n%s\r\n" % (len(content), content)
    return head + b"Connection: close\r\n\r\n" + chunk + (b"0\r\n\r\n" if ended else b"")


def _other_tx_id(raw: bytes) -> bytes:
    return raw.replace(message.scan(raw).tx_id.encode(), str(uuid4()).encode())


_PAGE = b"<!DOCTYPE html><html><body>Service temporarily unavailable</body></html>"
_LIST = b'<?xml version="1.0"?><shs.message-list version="1.2"></shs.message-list>'

FAULTS: Mapping[str, Fault] = {
    "a page of a load balancer": Fault(lambda raw: body(_PAGE, "text/html")),
    "a page called a message": Fault(lambda raw: body(_PAGE)),
    "JSON": Fault(lambda raw: body(b'{"error": "session expired"}', "application/json")),
    "a list": Fault(lambda raw: body(_LIST, "application/xml")),
    "a SOAP fault": Fault(lambda raw: body(b"<Envelope><Body><Fault/></Body></Envelope>", "text/xml")),
    "one line": Fault(lambda raw: body(b"OK", "text/plain")),
    "nothing": Fault(lambda raw: body(b""), "empty"),
    "nothing to the end": Fault(lambda raw: body(b"", length=None), "empty"),
    "blank lines": Fault(lambda raw: body(b"\r\n\r\n"), "empty"),
    "zeros": Fault(lambda raw: body(bytes(len(raw)))),
    "another message": Fault(lambda raw: body(_other_tx_id(raw))),
    "gzip in gzip": Fault(
        lambda raw: body(gzip.compress(gzip.compress(raw)), "message/rfc822", "Content-Encoding: gzip, gzip"),
        "encoded",
    ),
    "x-gzip": Fault(
        lambda raw: body(gzip.compress(raw), "message/rfc822", "Content-Encoding: x-gzip"), "encoded"
    ),
    "gzip that no header tells of": Fault(lambda raw: body(gzip.compress(raw)), "encoded"),
    "zlib that no header tells of": Fault(lambda raw: body(zlib.compress(raw)), "encoded"),
    "the multipart alone": Fault(lambda raw: body(raw.partition(b"\r\n\r\n")[2])),
    "a blank line before": Fault(lambda raw: body(b"\r\n" + raw)),
    "half, to the end": Fault(lambda raw: body(raw[: len(raw) // 2], length=None), "cut_off"),
    "half, ended in good order": Fault(lambda raw: _chunked(raw[: len(raw) // 2], ended=True), "cut_off"),
    "all but the closing boundary": Fault(
        lambda raw: body(raw[: raw.rindex(b"--=_") - 2], length=None), "cut_off"
    ),
    "half, of a length that was told": Fault(
        lambda raw: body(raw[: len(raw) // 2], length=len(raw)), "cut_off", cuts=True
    ),
    "half of the chunks": Fault(
        lambda raw: _chunked(raw[: len(raw) // 2], ended=False), "cut_off", cuts=True
    ),
    "a label of another encoding": Fault(
        lambda raw: body(raw.replace(b'encoding="ISO-8859-1"', b'encoding="UTF-7"', 1)), "xml_encoding"
    ),
    "a label that is no XML": Fault(lambda raw: body(raw.replace(b"</shs.label>", b"", 1)), "xml_syntax"),
    "a part of an unknown encoding": Fault(
        lambda raw: body(
            raw.replace(b"Content-Transfer-Encoding: binary", b"Content-Transfer-Encoding: odd")
        ),
        "unknown_encoding",
    ),
}
