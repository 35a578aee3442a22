"""The messages that the sandbox sends: confirms, errors, answers, and litter.

Rule: a message is serialised when it is sent, as one that a node has taken in is fetched from it: with the
node's history entry, without no-of-bytes, between boundaries of its own (shs-wire 3.5, 3.6, 6.2, 6.4, 6.5).
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from shs_adapter.sandbox import nodetime
from shs_adapter.shs import label_xml, management, mime, names
from shs_adapter.shs.label import Data, History, Label, SequenceType, Status
from shs_adapter.shs.management import ErrorInfo, Management
from shs_adapter.shs.mime import Part

NODE = "sandbox"
ORGANISATION = "2021005521"  # Försäkringskassan
PRODUCT = "55b7e000-0000-4000-8000-000000000010"  # the sandbox's own: SSBTEK's real one is not public

_FOREIGN_PRODUCT = "55b7e000-0000-4000-8000-0000000000ff"

# What stands beside an error code, and nothing else does: a text made from a message would quote it.
INFO = {
    "IllegalMessageStructure": "the message or its label cannot be read",
    "IllegalSender": "the sender is not the organisation of the client certificate",
    "MissingAgreement": "no valid agreement for the product",
    "MissingDeliveryAddress": "no receiver of synchronous messages",
    "UnknownReceiver": "the receiver is not in the directory",
    "UnresolvedReceiver": "neither the label nor an agreement names a receiver",
}
_OTHER_INFO = "the message could not be delivered"

# Axel leaves the mandatory child out of its confirms, and clients must take them for confirms all the same.
_CONFIRMATION = re.compile(rb"\s*<confirmation\s*/>")

_LONGEST_CONTENT_ID = 36  # Axel cuts longer ones when it writes a label
_WRITABLE = ("binary", "base64")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way to a mailbox."""

    label: Label
    raw: bytes = field(repr=False)


def confirm(original: Label, now: datetime) -> Letter:
    return _management(original, names.CONFIRM, None, now)


def error(original: Label, code: str, now: datetime) -> Letter:
    return _management(original, names.ERROR, ErrorInfo(code=code, info=INFO.get(code, _OTHER_INFO)), now)


def administrative(original: Label, product: str, now: datetime) -> Label:
    """The label of a confirm or an error about *original*, to its sender."""
    content_id = original.content_id[:_LONGEST_CONTENT_ID]
    return _returned(original, SequenceType.ADM, product, content_id, now)


def answer(question: Label, asked: Part, payload: bytes, now: datetime) -> Letter:
    """The reply to a question, in the transfer encoding in which it was asked."""
    encoding = asked.transfer_encoding
    part = Part(
        content=payload,
        content_type="text/xml",
        transfer_encoding=encoding if encoding in _WRITABLE else "base64",
        filename="svar.xml",
        datapart_type=asked.datapart_type,
    )
    label = _returned(question, SequenceType.REPLY, question.product, str(uuid4()), now)
    return _sealed(label, part, now)


def litter(client: str, now: datetime) -> tuple[Letter, Letter, Letter]:
    """What else may lie in a mailbox: a message cut off, an answer to nothing, another product's message."""
    cut_off, unsolicited, foreign = (
        answer(_never_asked(client, product, now), Part(content=b""), b"<litter/>", now)
        for product in (PRODUCT, PRODUCT, _FOREIGN_PRODUCT)
    )
    return replace(cut_off, raw=cut_off.raw[:-10]), unsolicited, foreign


def _never_asked(client: str, product: str, now: datetime) -> Label:
    return Label(
        tx_id=str(uuid4()),
        corr_id=str(uuid4()),
        content_id=str(uuid4()),
        sequence_type=SequenceType.REQUEST,
        product=product,
        datetime=nodetime.wall(now),
        sender=client,
        to=ORGANISATION,
        status=Status.TEST,
    )


def _management(original: Label, product: str, failure: ErrorInfo | None, now: datetime) -> Letter:
    about = Management(
        corr_id=original.corr_id, content_id=original.content_id, datetime=nodetime.wall(now), error=failure
    )
    part = Part(
        content=_CONFIRMATION.sub(b"", management.write(about)),
        content_type="text/xml; charset=ISO-8859-1",
        filename=f"{product}.xml",
        datapart_type=product,
    )
    return _sealed(administrative(original, product, now), part, now)


def _returned(
    original: Label, sequence_type: SequenceType, product: str, content_id: str, now: datetime
) -> Label:
    """A label back to where *original* came from, in the same conversation."""
    return Label(
        tx_id=str(uuid4()),
        corr_id=original.corr_id,
        content_id=content_id,
        sequence_type=sequence_type,
        product=product,
        datetime=nodetime.wall(now),
        sender=original.to or ORGANISATION,
        sender_name=original.to_name,
        originator=original.end_recipient,
        originator_name=original.end_recipient_name,
        originator_uri=original.end_recipient_uri,
        to=original.sender,
        to_name=original.sender_name,
        end_recipient=original.originator,
        end_recipient_name=original.originator_name,
        end_recipient_uri=original.originator_uri,
        agreement=original.agreement,
        status=original.status,
    )


def _sealed(label: Label, part: Part, now: datetime) -> Letter:
    passage = History(
        node_id=NODE,
        datetime=nodetime.wall(now),
        tx_id=label.tx_id,
        content_id=label.content_id,
        to=label.to,
        local_id=label.tx_id,
        agreement=label.agreement,
        comment="Received",
    )
    data = Data(datapart_type=part.datapart_type, filename=part.filename)
    sealed = replace(label, history=(passage,), data=(data,))
    return Letter(sealed, mime.write(label_xml.write(sealed), [part], label.tx_id))
