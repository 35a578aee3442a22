"""Message lists: what waits in a mailbox (`shs.message-list`, and the old `shs.document-list`).

Rule: what an entry says was chosen by the sender of its message. It is read as it may be stored, and an odd
one hides no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice

from lxml import etree

from shs_adapter.shs import document
from shs_adapter.shs.label import SequenceType, Status
from shs_adapter.shs.names import bare, kept, local_time, number, timestamp, token, urn, word
from shs_adapter.shs.reading import optional
from shs_adapter.xml import local_name

_ROOTS = ("shs.message-list", "shs.document-list")
_ENTRIES = ("message", "document")
_LONGEST_ID = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One waiting message. Its subject and file names are not kept: they may quote a person.

    *tx_id* is empty where the node gives none, and a beginning with a digest where it is too long or cannot
    be stored: nobody can fetch that message, and it hides no other.
    *timestamp* is the sender's clock and not the arrival. The message has *size* bytes or more; None where
    the node tells neither its size nor that of its parts.
    """

    tx_id: str
    timestamp: datetime | None
    sequence_type: SequenceType
    corr_id: str = ""
    content_id: str = ""
    product: str = ""
    status: Status = Status.PRODUCTION
    sender: str = ""
    to: str = ""
    size: int | None = None


def read(data: bytes, most: int | None = None) -> tuple[Notice, ...]:
    """Read a list, in its order, with whatever can be read of each entry; raises MalformedMessage.

    No more than *most* entries are read, where that is how many were asked for.
    """
    root = document.read(data, *_ROOTS, longest=None)
    return tuple(map(_notice, islice((entry for entry in root if local_name(entry) in _ENTRIES), most)))


def write(notices: Iterable[Notice]) -> bytes:
    """A whole message list; raises MalformedMessage on anything that the DTD would refuse."""
    entries = "".join(map(_written, notices))
    return document.write(_ROOTS[0], "shs-message-list-1.2.01.dtd", {"version": "1.2"}, entries)


def _written(notice: Notice) -> str:
    attributes = {
        "tx.id": token(notice.tx_id, "message/@tx.id"),
        "timestamp": timestamp(notice.timestamp, "message/@timestamp"),
        "corr.id": notice.corr_id or None,
        "content.id": notice.content_id or None,
        "size": None if notice.size is None else str(notice.size),
        "from": urn(notice.sender) if notice.sender else None,
        "to": urn(notice.to) if notice.to else None,
        "product": urn(notice.product) if notice.product else None,
        "sequence-type": notice.sequence_type,
        "status": notice.status,
    }
    return document.element(_ENTRIES[0], attributes)


def _size(entry: etree._Element) -> int | None:
    """The message's size, which some nodes write as 0, or that of its parts before they were encoded."""
    parts = [number(optional(part, "no-of-bytes")) for part in entry if local_name(part) == "data"]
    told = [number(optional(entry, "size")), sum(filter(None, parts)) or None]
    return max((size for size in told if size is not None), default=None)


def _notice(entry: etree._Element) -> Notice:
    return Notice(
        tx_id=_id(optional(entry, "tx.id")),
        timestamp=local_time(entry.get("timestamp", "")),
        sequence_type=word(entry.get("sequence-type", ""), SequenceType.EVENT),
        corr_id=kept(optional(entry, "corr.id")),
        content_id=kept(optional(entry, "content.id")),
        product=kept(bare(entry.get("product", ""))),
        status=word(entry.get("status", ""), Status.PRODUCTION),
        sender=kept(bare(entry.get("from", ""))),
        to=kept(bare(entry.get("to", ""))),
        size=_size(entry),
    )


def _id(tx_id: str) -> str:
    """The tx.id, or a name of its own for one that no index takes; it has a sign that no id has."""
    if len(tx_id) <= _LONGEST_ID and kept(tx_id) == tx_id:
        return tx_id
    return f"{kept(tx_id)[:40]}… {sha256(tx_id.encode(errors='surrogatepass')).hexdigest()[:24]}"
