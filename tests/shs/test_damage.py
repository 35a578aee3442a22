"""Damaged documents: whatever is changed in them, they are read or refused, and never quoted."""

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import incoming, management, message, notices
from shs_adapter.shs.label import SequenceType
from shs_adapter.shs.management import ErrorInfo, Management
from shs_adapter.shs.notices import Notice
from tests.shs import samples

_PERSON = "201701012393"
_TIME = datetime(2026, 3, 1, 8, 15, 30)  # noqa: DTZ001  # the wire has no zones

_ERROR = management.write(
    Management(
        corr_id="c",
        content_id="d",
        datetime=_TIME,
        error=ErrorInfo(code="OtherError", info=_PERSON, appinfo=(("a", _PERSON),)),
    )
)
_LIST = notices.write([Notice(tx_id="t", timestamp=_TIME, sequence_type=SequenceType.ADM, size=1)] * 2)
_PARTS = [
    samples.part(_ERROR, filename="å.xml"),
    samples.part(_PERSON.encode(), filename="č.xml", transfer_encoding="base64"),
]
_MESSAGE = message.build(samples.label(product="error", subject=_PERSON, meta=(("a", _PERSON),)), _PARTS)

_AWKWARD = st.sampled_from(
    [
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"&x;",
        b"&#xD800;",
        b"<!DOCTYPE a>",
        b"<![CDATA[",
        b'<?xml version="1.0" encoding="UTF-7"?>',
        b"\r\n\r\n",
        b"\r\n--",
        b"--",
        b'"',
        b";",
        b"*=utf-8''%ff",
        b"=?utf-8?b?////?=",
        b"9" * 5000,
        b"<x>" * 300,
    ]
)


@pytest.mark.parametrize(
    ("read", "whole"),
    [
        (lambda raw: incoming.meaning(message.read(raw)), _MESSAGE),
        (message.scan, _MESSAGE),
        (management.read, _ERROR),
        (notices.read, _LIST),
    ],
    ids=["message", "scan", "management", "notices"],
)
@settings(max_examples=150, deadline=None)
@given(changes=st.data())
def test_a_damaged_document_is_read_or_refused_and_never_quoted(
    read: Callable[[bytes], object], whole: bytes, changes: st.DataObject
) -> None:
    start = changes.draw(st.integers(0, len(whole)))
    length = changes.draw(st.integers(0, 40))
    put = changes.draw(st.binary(max_size=4) | _AWKWARD)

    told = ""
    try:
        read(whole[:start] + put + whole[start + length :])
    except MalformedMessage as refused:
        told = f"{refused!r} {refused.__cause__!r}"

    assert _PERSON not in told
