"""The label as XML: written as the DTD demands, read as nodes in the field write it (shs-wire 3)."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
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
_PARTIES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("originator", "originator", {"name": "originator_name", "labeledURI": "originator_uri"}),
    (
        "from",
        "sender",
        {"commonName": "sender_name", "e-mail": "sender_email", "labeledURI": "sender_uri"},
    ),
    ("to", "to", {"commonName": "to_name"}),
    ("end-recipient", "end_recipient", {"name": "end_recipient_name", "labeledURI": "end_recipient_uri"}),
    ("product", "product", {"commonName": "product_name", "labeledURI": "product_uri"}),
)
_WRITTEN_EMPTY = {"sender_name"}  # its attribute is required by the DTD

_HISTORY_IDS = {
    "node.id": "node_id",
    "content.id": "content_id",
    "tx.id": "tx_id",
    "local.id": "local_id",
    "shs.agreement": "agreement",
}


def write(label: Label, data: Sequence[Data] | None = None) -> bytes:
    """The label as a whole document, with *data*, if given, in place of its own.

    Raises MalformedMessage on anything that the DTD would refuse.
    """
    data = label.data if data is None else data
    _check(label, data)
    inside = [
        _opening(label),
        *[_party(label, *party) for party in _PARTIES],
        *[document.element("meta", {"name": name}, value) for name, value in label.meta],
        _text("subject", label.subject),
        f"<datetime>{timestamp(label.datetime, 'shs.label/datetime')}</datetime>",
        _content(label, data),
        *map(_passage, label.history),
        "</shs.label>",
    ]
    return document.framed(_ROOT, "shs-label-1.2.dtd", "".join(inside))


def read(data: bytes) -> Label:
    """Read a label; raises MalformedMessage where it is none, and flags what is odd or missing in it."""
    if data.startswith(codecs.BOM_UTF8):
        raise MalformedMessage("byte_order_mark", _ROOT)
    root = document.read(data, _ROOT)
    found = document.children(root)
    content = document.first(found, "content")
    if content is None:
        content = etree.Element("content")
    held = document.children(content)
    compound = document.first(held, "compound")
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
        **_parties(root, found, reading),
        meta=tuple([(meta.get("name", ""), document.text(meta)) for meta in found.get("meta", ())]),
        subject=document.text(document.first(found, "subject")),
        datetime=reading.time(root, document.first(found, "datetime")),
        data=tuple([_data(data, reading) for data in held.get("data", ())]),
        compound=None if compound is None else reading.number(compound, "no-of-parts"),
        comment=document.text(document.first(held, "comment")),
        history=tuple([_history(entry, reading) for entry in found.get("history", ())]),
        flags=tuple(reading.flags),  # last: by now everything has been read
    )


def _opening(label: Label) -> str:
    """The root's start tag: ids are tokens, and words are our own, so nothing in it needs an escape."""
    tx_id = token(label.tx_id, "shs.label/@tx.id")
    corr_id = token(label.corr_id, "shs.label/@corr.id")
    agreement = label.agreement and f' shs.agreement="{token(label.agreement, "shs.label/@shs.agreement")}"'
    return (
        f'<shs.label version="1.2" tx.id="{tx_id}" corr.id="{corr_id}"{agreement}'
        f' transfer-type="{label.transfer_type.value}" message-type="{label.message_type.value}"'
        f' document-type="{label.document_type.value}" sequence-type="{label.sequence_type.value}"'
        f' status="{label.status.value}">'
    )


def _check(label: Label, data: Sequence[Data]) -> None:
    """What no single value shows: who must be named, what excludes what, how long an id may be."""
    faults = (
        (not (label.sender or label.originator), "missing", "shs.label/from"),
        (not label.product, "missing", "shs.label/product"),
        (label.compound is not None and data, "data_and_compound", "content"),
        (len(label.content_id) > _LONGEST_CONTENT_ID, "too_long", "content/@content.id"),
    )
    for found, code, where in faults:
        if found:
            raise MalformedMessage(code, where)


def _token_or_none(value: str, where: str) -> str | None:
    return token(value, where) if value else None


def _text(name: str, text: str) -> str:
    return document.element(name, {}, text) if text else ""


def _party(label: Label, element: str, field: str, fields: Mapping[str, str]) -> str:
    value = getattr(label, field)
    if not value:
        return ""
    opening = element
    for attribute, name in fields.items():
        if (text := getattr(label, name)) or name in _WRITTEN_EMPTY:
            opening += f' {attribute}="{document.in_attribute(text, element)}"'
    return f"<{opening}>{document.in_text(urn(value), element)}</{element}>"


def _content(label: Label, data: Sequence[Data]) -> str:
    inside = "".join([_described(one) for one in data])
    if label.compound is not None:
        inside += document.element("compound", {"no-of-parts": str(label.compound)})
    inside += _text("comment", label.comment)
    opening = f'content content.id="{token(label.content_id, "content/@content.id")}"'
    return f"<{opening}>{inside}</content>" if inside else f"<{opening}/>"


def _described(data: Data) -> str:
    attributes = {
        "datapartType": data.datapart_type,
        "filename": data.filename or None,
        "no-of-bytes": None if data.no_of_bytes is None else str(data.no_of_bytes),
        "no-of-records": None if data.no_of_records is None else str(data.no_of_records),
    }
    return document.element("data", attributes)


def _passage(entry: History) -> str:
    ids = {name: getattr(entry, field) for name, field in _HISTORY_IDS.items()}
    written = {name: _token_or_none(value, f"history/@{name}") for name, value in ids.items()}
    required = {"node.id": token(entry.node_id, "history/@node.id")}
    addresses = {"from": entry.sender or None, "to": entry.to or None}
    time = document.element("datetime", {}, timestamp(entry.datetime, "history/datetime"))
    inside = time + _text("comment", entry.comment)
    return document.element("history", written | required | addresses, inside=inside)


def _parties(root: etree._Element, found: document.Children, reading: Reading) -> dict[str, Any]:
    """The fields of the parties and the product; of an element that stands twice the first counts."""
    fields = {"product": ""}
    for name, field, fields_of_it in _PARTIES:
        if name in found:
            element = found[name][0]
            fields[field] = bare(document.text(element))
            told: Iterable[tuple[str, str]] = element.items()  # type: ignore[assignment]  # never bytes
            for attribute, value in told:
                if attribute in fields_of_it:
                    fields[fields_of_it[attribute]] = value
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
    found = document.children(entry)
    return History(
        **{field: optional(entry, name) for name, field in _HISTORY_IDS.items()},
        datetime=reading.time(entry, document.first(found, "datetime")),
        sender=bare(entry.get("from", "")),
        to=bare(entry.get("to", "")),
        comment=document.text(document.first(found, "comment")),
    )
