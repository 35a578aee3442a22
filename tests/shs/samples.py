"""Labels and parts of our own for the tests of the protocol, and where the shared material lies."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import pytest
from hypothesis import strategies as st

from shs_adapter.shs.headers import base_name
from shs_adapter.shs.label import Data, History, Label, MessageType, SequenceType, Status, TransferType
from shs_adapter.shs.mime import Part

SHARED = Path(__file__).parents[2].parent / "shared"

needs_vectors = pytest.mark.skipif(
    not (SHARED / "vectors/shs").is_dir(), reason="the shared vectors are missing"
)
needs_dtds = pytest.mark.skipif(not (SHARED / "contracts/shs").is_dir(), reason="the shared DTDs are missing")

_LABEL = Label(
    tx_id="0d3f6e0a-6a0e-4a53-9d0e-2f1b7a54c001",
    corr_id="0d3f6e0a-6a0e-4a53-9d0e-2f1b7a54c001",
    content_id="5b7a4f77-93a5-4f0e-8b1d-77c0a1e2d002",
    sequence_type=SequenceType.REQUEST,
    product="9c1e1f04-52c1-4d0a-a3b9-1f6f0e7d3003",
    datetime=datetime(2026, 3, 1, 8, 15, 30),  # noqa: DTZ001  # the wire has no zones
    sender="2120000001",
    to="2021005521",
)


def label(**changes: Any) -> Label:
    return replace(_LABEL, **changes)


def part(content: bytes = b"<question/>", **changes: Any) -> Part:
    return replace(Part(content=content, content_type="text/xml", datapart_type="question"), **changes)


# What XML can hold: no control characters, no surrogates, no non-characters.
_CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
) | st.sampled_from("\t\n\r")
texts = st.text(_CHARACTERS, max_size=12)
tokens = st.text(ascii_letters + digits + "._:-", min_size=1, max_size=36)
addresses = st.from_regex(r"[0-9]{10}(\.[a-z]{1,5})?", fullmatch=True)
filenames = texts.map(base_name)
counts = st.none() | st.integers(0, 10**9)
times = st.datetimes(min_value=datetime(1970, 1, 1)).map(lambda time: time.replace(microsecond=0))  # noqa: DTZ001

_histories = st.builds(
    History,
    node_id=tokens,
    datetime=times,
    tx_id=tokens | st.just(""),
    content_id=tokens | st.just(""),
    sender=addresses | st.just(""),
    to=addresses | st.just(""),
    local_id=tokens | st.just(""),
    agreement=tokens | st.just(""),
    comment=texts,
)
_data = st.builds(Data, datapart_type=texts, filename=texts, no_of_bytes=counts, no_of_records=counts)
_contents = st.fixed_dictionaries({"data": st.lists(_data, max_size=3).map(tuple)}) | st.fixed_dictionaries(
    {"compound": counts}
)
_senders = st.fixed_dictionaries(
    {"sender": addresses, "sender_name": texts, "sender_email": texts, "sender_uri": texts},
    optional={"originator": addresses, "originator_name": st.just("")},
) | st.fixed_dictionaries({"originator": addresses, "originator_name": texts, "originator_uri": texts})
_receivers = st.just({"to": ""}) | st.fixed_dictionaries(
    {"to": addresses, "to_name": texts, "end_recipient": addresses, "end_recipient_name": texts}
)
_others = st.fixed_dictionaries(
    {
        "tx_id": tokens,
        "corr_id": tokens,
        "content_id": tokens,
        "agreement": tokens | st.just(""),
        "sequence_type": st.sampled_from(SequenceType),
        "transfer_type": st.sampled_from(TransferType),
        "status": st.sampled_from(Status),
        "message_type": st.sampled_from(MessageType),
        "document_type": st.sampled_from(MessageType),
        "product": addresses,
        "product_name": texts,
        "product_uri": texts,
        "meta": st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
        "subject": texts,
        "datetime": times,
        "comment": texts,
        "history": st.lists(_histories, max_size=3).map(tuple),
    }
)


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """Any label that may be written and read back as it was."""
    sender = draw(_senders)
    return label(**{"sender": ""} | sender | draw(_receivers) | draw(_contents) | draw(_others))


# Contents that look like the frame around them.
_awkward = st.sampled_from(
    [b"\r", b"\n", b"\r\n", b"--", b"\r\n--=_", b"--=_", b"=", b"\x00\xff", b" ", b"\r\n\r\n"]
)
contents = st.binary(max_size=200) | st.lists(_awkward, max_size=12).map(b"".join)

parts = st.builds(
    Part,
    content=contents,
    content_type=st.sampled_from(["text/xml; charset=ISO-8859-1", "application/octet-stream", "*/*"]),
    transfer_encoding=st.sampled_from(["binary", "base64"]),
    filename=filenames,
    datapart_type=texts,
)
