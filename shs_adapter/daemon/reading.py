"""What an inbound message is to us. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import message
from shs_adapter.shs.incoming import Confirmation, Delivery, Failure, meaning
from shs_adapter.shs.names import organisation
from shs_adapter.store.inbox import Kind


@dataclass(frozen=True, slots=True)
class Reading:
    """*code* is the SHS error's, prefixed `shs:`, or why the message cannot be read."""

    kind: Kind
    corr_id: str = ""
    content_id: str | None = None
    code: str | None = None


# What a message is taken for when it meets a fault of ours: kept, alarmed, and of no consequence.
UNEXPECTED = Reading(Kind.UNREADABLE, code="unexpected")


def read(raw: bytes, products: Collection[str], partners: Collection[str]) -> Reading:
    """Tell what *raw* is; whether its conversation is ours is for the caller to find out.

    An answer bears one of our *products* and comes from one of the organisations that we ask.
    """
    try:
        meant = meaning(message.read(raw))
    except MalformedMessage as error:
        return Reading(Kind.UNREADABLE, code=error.code)
    except Exception:  # the node may not hand it out again: a fault of ours must not lose it
        return UNEXPECTED
    match meant:
        case Confirmation(corr_id, content_id):
            return Reading(Kind.CONFIRM, corr_id, content_id)
        case Failure(corr_id, content_id, code):
            return Reading(Kind.ERROR, corr_id, content_id, f"shs:{code}")
        case Delivery(corr_id=corr_id, content_id=content_id, product=product, sender=sender):
            asked = product in products and (not sender or organisation(sender) in partners)
            return Reading(Kind.ANSWER if asked else Kind.UNSOLICITED, corr_id, content_id)
