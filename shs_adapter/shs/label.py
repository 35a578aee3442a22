"""The label of a message (`shs.label` 1.2): who asks whom for what, under which ids.

Addresses and products are held bare, without their URN prefix. An empty text is an absent one. `label_xml`
reads and writes it.
"""

from dataclasses import dataclass, field
from datetime import datetime as DateTime
from enum import StrEnum


class TransferType(StrEnum):
    ASYNCH = "asynch"
    SYNCH = "synch"


class SequenceType(StrEnum):
    EVENT = "event"
    REQUEST = "request"
    REPLY = "reply"
    ADM = "adm"


class Status(StrEnum):
    TEST = "test"
    PRODUCTION = "production"


class MessageType(StrEnum):
    SIMPLE = "simple"
    COMPOUND = "compound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What the label says about one data part; the order of parts is all that ties the two together.

    *filename* is as it came: the safe one stands on the part. Numbers that are none are None.
    """

    datapart_type: str
    filename: str = field(default="", repr=False)
    no_of_bytes: int | None = None
    no_of_records: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a node wrote when the message passed; times are that node's wall clock."""

    node_id: str
    datetime: DateTime | None
    tx_id: str = ""
    content_id: str = ""
    sender: str = ""
    to: str = ""
    local_id: str = ""
    agreement: str = ""
    comment: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label; free texts stay out of its repr, for they may quote a person.

    *datetime* is the sender's wall clock, None where it could not be read; *compound* is a number of parts
    that stands instead of *data*; *meta* is pairs of name and value. A sequence type that is none reads as
    EVENT, the one that asks for nothing. *flags* say what reading had to tolerate, as "code at place".
    """

    tx_id: str
    corr_id: str
    content_id: str
    sequence_type: SequenceType
    product: str
    datetime: DateTime | None
    sender: str = ""
    sender_name: str = field(default="", repr=False)
    sender_email: str = field(default="", repr=False)
    sender_uri: str = field(default="", repr=False)
    originator: str = field(default="", repr=False)
    originator_name: str = field(default="", repr=False)
    originator_uri: str = field(default="", repr=False)
    to: str = ""
    to_name: str = field(default="", repr=False)
    end_recipient: str = field(default="", repr=False)
    end_recipient_name: str = field(default="", repr=False)
    end_recipient_uri: str = field(default="", repr=False)
    product_name: str = field(default="", repr=False)
    product_uri: str = field(default="", repr=False)
    agreement: str = ""
    transfer_type: TransferType = TransferType.ASYNCH
    status: Status = Status.PRODUCTION
    message_type: MessageType = MessageType.SIMPLE
    document_type: MessageType = MessageType.SIMPLE
    meta: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    subject: str = field(default="", repr=False)
    data: tuple[Data, ...] = ()
    compound: int | None = None
    comment: str = field(default="", repr=False)
    history: tuple[History, ...] = ()
    flags: tuple[str, ...] = ()
