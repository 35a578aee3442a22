"""What an incoming message means to us: a confirmation, a failure, or a delivery of something else."""

from dataclasses import dataclass

from shs_adapter.shs import management
from shs_adapter.shs.errors import OTHER, exact
from shs_adapter.shs.label import SequenceType
from shs_adapter.shs.message import Message
from shs_adapter.shs.mime import Part
from shs_adapter.shs.names import CONFIRM, ERROR


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Our message with these ids was acknowledged by its receiver."""

    corr_id: str
    content_id: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Our message with these ids failed; *code* is one of the protocol's own, its text is left out."""

    corr_id: str
    content_id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message with a content of its own, such as an answer; *sender* is empty where the label has none."""

    corr_id: str
    content_id: str
    product: str
    sender: str
    sequence_type: SequenceType
    parts: tuple[Part, ...]


def meaning(message: Message) -> Confirmation | Failure | Delivery:
    """What the message means, told by its product.

    Ids of a confirmation or failure are the management document's: the label's may be others (shs-wire 3.5).
    An error in it makes a failure, whatever the product. Raises MalformedMessage where it is no document.
    """
    label = message.label
    product = label.product.lower()
    if product not in (CONFIRM, ERROR):
        return Delivery(
            corr_id=label.corr_id,
            content_id=label.content_id,
            product=product,
            sender=label.sender,
            sequence_type=label.sequence_type,
            parts=message.parts,
        )
    told = management.read(message.parts[0].content)
    ids = (told.corr_id or label.corr_id, told.content_id or label.content_id)
    if told.error:
        return Failure(*ids, exact(told.error.code, told.error.info))
    return Failure(*ids, OTHER) if product == ERROR else Confirmation(*ids)
