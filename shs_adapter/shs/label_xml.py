"""The label as XML: written as the DTD demands, read as nodes in the field write it (shs-wire 3)."""

import codecs
from typing import Any

from lxml import etree

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import document
from shs_adapter.shs.label import Data, History, Label, MessageType, SequenceType, Status, TransferType
from shs_adapter.shs.names import bare, timestamp, token, urn
from shs_adapter.shs.reading import Reading, optional

_ROOT = "shs.label"

# Some products cannot handle a longer content.id (shs-wire 2.4).
_LONGEST_CONTENT_ID = 36

# In DTD order: an element, the field of its text, and the fields of its attributes.
_PARTIES = (
    ("originator", "originator", {"name": "originator_name", "labeledURI": "originator_uri"}),
    ("from", "sender", {"commonName": "sender_name", "e-mail": "sender_email", "labeledURI": "sender_uri"}),
    ("to", "to", {"commonName": "to_name"}),
    ("end-recipient", "end_recipient", {"name": "end_recipient_name", "labeledURI": "end_recipient_uri"}),
    ("product", "product", {"commonName": "product_name", "labeledURI": "product_uri"}),
)
_WRITTEN_EMPTY = {("from", "commonName")}  # required by the DTD

_HISTORY_IDS = {
    "node.id": "node_id",
    "content.id": "content_id",
    "tx.id": "tx_id",
    "local.id": "local_id",
    "shs.agreement": "agreement",
}


def write(label: Label) -> bytes:
    """The label as a whole document; raises MalformedMessage on anything that the DTD would refuse."""
    _check(label)
    attributes = {
        "version": "1.2",
        "tx.id": token(label.tx_id, "shs.label/@tx.id"),
        "corr.id": token(label.corr_id, "shs.label/@corr.id"),
        "shs.agreement": _token_or_none(label.agreement, "shs.label/@shs.agreement"),
        "transfer-type": label.transfer_type,
        "message-type": label.message_type,
        "document-type": label.document_type,
        "sequence-type": label.sequence_type,
        "status": label.status,
    }
    root = document.add(None, _ROOT, attributes)
    for element, field, fields in _PARTIES:
        if value := getattr(label, field):
            texts = {attribute: getattr(label, name) for attribute, name in fields.items()}
            kept = {name: text for name, text in texts.items() if text or (element, name) in _WRITTEN_EMPTY}
            document.add(root, element, kept, urn(value))
    for name, value in label.meta:
        document.add(root, "meta", {"name": name}, value)
    _add_text(root, "subject", label.subject)
    document.add(root, "datetime", {}, timestamp(label.datetime, "shs.label/datetime"))
    _add_content(root, label)
    for entry in label.history:
        _add_history(root, entry)
    return document.write(root, "shs-label-1.2.dtd")


def read(data: bytes) -> Label:
    """Read a label; raises MalformedMessage where it is none, and flags what is odd or missing in it."""
    if data.startswith(codecs.BOM_UTF8):
        raise MalformedMessage("byte_order_mark", _ROOT)
    root = document.read(data, _ROOT)
    content = document.child(root, "content")
    if content is None:
        content = etree.SubElement(root, "content")
    compound = document.child(content, "compound")
    reading = Reading()
    return Label(
        tx_id=reading.required(root, "tx.id"),
        corr_id=reading.required(root, "corr.id"),
        content_id=reading.required(content, "content.id", "uuid"),  # uuid: its name in 1.1
        agreement=optional(root, "shs.agreement"),
        transfer_type=reading.word(root, "transfer-type", TransferType.ASYNCH),
        message_type=reading.word(root, "message-type", MessageType.SIMPLE),
        document_type=reading.word(root, "document-type", MessageType.SIMPLE),
        sequence_type=reading.word(root, "sequence-type", SequenceType.EVENT, required=True),
        status=reading.word(root, "status", Status.PRODUCTION),
        **_parties(root, reading),
        meta=tuple((meta.get("name", ""), document.text(meta)) for meta in document.children(root, "meta")),
        subject=document.text(document.child(root, "subject")),
        datetime=reading.time(root),
        data=tuple(_data(data, reading) for data in document.children(content, "data")),
        compound=None if compound is None else reading.number(compound, "no-of-parts"),
        comment=document.text(document.child(content, "comment")),
        history=tuple(_history(entry, reading) for entry in document.children(root, "history")),
        flags=tuple(reading.flags),  # last: by now everything has been read
    )


def _check(label: Label) -> None:
    """What no single value shows: who must be named, what excludes what, how long an id may be."""
    faults = (
        (not (label.sender or label.originator), "missing", "shs.label/from"),
        (not label.product, "missing", "shs.label/product"),
        (label.compound is not None and label.data, "data_and_compound", "content"),
        (len(label.content_id) > _LONGEST_CONTENT_ID, "too_long", "content/@content.id"),
    )
    for found, code, where in faults:
        if found:
            raise MalformedMessage(code, where)


def _token_or_none(value: str, where: str) -> str | None:
    return token(value, where) if value else None


def _add_text(parent: etree._Element, name: str, text: str) -> None:
    if text:
        document.add(parent, name, {}, text)


def _add_content(root: etree._Element, label: Label) -> None:
    content = document.add(root, "content", {"content.id": token(label.content_id, "content/@content.id")})
    for data in label.data:
        numbers = {"no-of-bytes": data.no_of_bytes, "no-of-records": data.no_of_records}
        written = {name: None if number is None else str(number) for name, number in numbers.items()}
        named = {"datapartType": data.datapart_type, "filename": data.filename or None}
        document.add(content, "data", named | written)
    if label.compound is not None:
        document.add(content, "compound", {"no-of-parts": str(label.compound)})
    _add_text(content, "comment", label.comment)


def _add_history(root: etree._Element, entry: History) -> None:
    ids = {name: getattr(entry, field) for name, field in _HISTORY_IDS.items()}
    written = {name: _token_or_none(value, f"history/@{name}") for name, value in ids.items()}
    required = {"node.id": token(entry.node_id, "history/@node.id")}
    addresses = {"from": entry.sender or None, "to": entry.to or None}
    history = document.add(root, "history", written | required | addresses)
    document.add(history, "datetime", {}, timestamp(entry.datetime, "history/datetime"))
    _add_text(history, "comment", entry.comment)


def _parties(root: etree._Element, reading: Reading) -> dict[str, Any]:
    """The fields of the parties and the product; of an element that stands twice the first counts."""
    fields = {"product": ""}
    for name, field, attributes in _PARTIES:
        if (element := document.child(root, name)) is not None:
            fields[field] = bare(document.text(element))
            fields |= {field: element.get(attribute, "") for attribute, field in attributes.items()}
    if not fields["product"]:
        reading.note("missing", root, "product")
    return fields


def _data(data: etree._Element, reading: Reading) -> Data:
    return Data(
        datapart_type=data.get("datapartType", ""),
        filename=data.get("filename", ""),
        no_of_bytes=reading.number(data, "no-of-bytes"),
        no_of_records=reading.number(data, "no-of-records"),
    )


def _history(entry: etree._Element, reading: Reading) -> History:
    return History(
        **{field: optional(entry, name) for name, field in _HISTORY_IDS.items()},
        datetime=reading.time(entry),
        sender=bare(entry.get("from", "")),
        to=bare(entry.get("to", "")),
        comment=document.text(document.child(entry, "comment")),
    )
