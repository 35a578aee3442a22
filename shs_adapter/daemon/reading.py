"""What fetched bytes are to us. Pure.

Rule: they are the message that was asked for only if they are a whole message and its label bears the tx.id
that was asked for. A load balancer's page, a message cut short behind a proxy and another's message come with
status 200, too. So does what is a message, and a fault of its own or of ours keeps us from reading it.
"""

from dataclasses import dataclass, replace

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import message
from shs_adapter.shs.incoming import Confirmation, Delivery, Failure, meaning
from shs_adapter.shs.message import Message
from shs_adapter.shs.names import kept
from shs_adapter.store.inbox import Kind


@dataclass(frozen=True, slots=True)
class Reading:
    """*code* is the SHS error's, prefixed `shs:`, or why the message cannot be read.

    *sender*, *product* and *status* are the label's, the product in small letters.
    """

    kind: Kind
    corr_id: str = ""
    content_id: str | None = None
    code: str | None = None
    sender: str = ""
    product: str = ""
    status: str = ""


# What a message is taken for when it meets a fault of ours: kept, alarmed, and of no consequence.
UNEXPECTED = Reading(Kind.UNREADABLE, code="unexpected")
# What was put into the inbox and does not open.
UNOPENED = Reading(Kind.INVALID, code="seal")

NOT_THE_MESSAGE = "not_the_message"  # something else
CUT_OFF = "cut_off"
_EMPTY = "empty"
_ENCODED = "encoded"  # compressed in a way that HTTP's headers did not tell

# What the reader of messages says of bytes that are none. It says more of what is one and has a fault.
_NONE = {
    "unfinished_headers": NOT_THE_MESSAGE,
    "not_multipart": NOT_THE_MESSAGE,
    "no_boundary": NOT_THE_MESSAGE,
    "no_closing_boundary": CUT_OFF,
}
_COMPRESSED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x28\xb5\x2f\xfd", b"BZh")


def read(raw: bytes, tx_id: str) -> Reading:
    """Tell what *raw* is, fetched as *tx_id*; whether it counts, and for which question, `admission` says.

    INVALID if it is not that message, whole and understood.
    """
    try:
        read = message.read(raw)
        meant, label = _meant(read), read.label
    except MalformedMessage as error:
        return Reading(Kind.INVALID, code=_none(raw) or _NONE.get(error.code, error.code))
    except Exception:  # the node may not hand it out again: a fault of ours must not lose it
        return replace(UNEXPECTED, kind=Kind.INVALID)
    if label.tx_id.lower() != tx_id.lower():
        return Reading(Kind.INVALID, code=NOT_THE_MESSAGE)
    return replace(
        meant,
        corr_id=kept(meant.corr_id),
        content_id=meant.content_id and kept(meant.content_id),
        sender=label.sender,
        product=label.product.lower(),
        status=label.status,
    )


def _none(raw: bytes) -> str | None:
    if not raw.strip():
        return _EMPTY
    return _ENCODED if raw.startswith(_COMPRESSED) else None


def _meant(read: Message) -> Reading:
    match meaning(read):
        case Confirmation(corr_id, content_id):
            return Reading(Kind.CONFIRM, corr_id, content_id)
        case Failure(corr_id, content_id, code):
            return Reading(Kind.ERROR, corr_id, content_id, f"shs:{code}")
        case Delivery(corr_id=corr_id, content_id=content_id):
            return Reading(Kind.ANSWER, corr_id, content_id)
