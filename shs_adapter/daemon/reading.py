"""What an inbound message is to us. Pure."""

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


def read(raw: bytes) -> Reading:
    """Tell what *raw* is; whether it counts, and for which question, `admission` says."""
    try:
        read = message.read(raw)
        meant, label = _meant(read), read.label
    except MalformedMessage as error:
        return Reading(Kind.UNREADABLE, code=error.code)
    except Exception:  # the node may not hand it out again: a fault of ours must not lose it
        return UNEXPECTED
    return replace(
        meant,
        corr_id=kept(meant.corr_id),
        content_id=meant.content_id and kept(meant.content_id),
        sender=label.sender,
        product=label.product.lower(),
        status=label.status,
    )


def _meant(read: Message) -> Reading:
    match meaning(read):
        case Confirmation(corr_id, content_id):
            return Reading(Kind.CONFIRM, corr_id, content_id)
        case Failure(corr_id, content_id, code):
            return Reading(Kind.ERROR, corr_id, content_id, f"shs:{code}")
        case Delivery(corr_id=corr_id, content_id=content_id):
            return Reading(Kind.ANSWER, corr_id, content_id)
