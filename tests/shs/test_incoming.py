from typing import Any

import pytest

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import incoming, management, message
from shs_adapter.shs.incoming import Confirmation, Delivery, Failure
from shs_adapter.shs.label import SequenceType
from shs_adapter.shs.management import ErrorInfo, Management
from shs_adapter.shs.message import Message
from tests.shs import samples

_TIME = samples.label().datetime


def _message(content: bytes, **changes: Any) -> Message:
    label = samples.label(
        sequence_type=SequenceType.ADM, corr_id="in-label", content_id="in-label", **changes
    )
    return message.read(message.build(label, [samples.part(content)]))


def _document(error: ErrorInfo | None = None) -> bytes:
    return management.write(Management(corr_id="c", content_id="i", datetime=_TIME, error=error))


def test_a_confirmation_speaks_of_the_ids_in_its_document() -> None:
    assert incoming.meaning(_message(_document(), product="confirm")) == Confirmation("c", "i")


def test_a_confirmation_needs_no_confirmation_element() -> None:
    document = _document().replace(b"<confirmation/>", b"")

    assert incoming.meaning(_message(document, product="Confirm")) == Confirmation("c", "i")


def test_ids_that_the_document_leaves_out_are_the_labels() -> None:
    document = b"<shs.management/>"

    assert incoming.meaning(_message(document, product="confirm")) == Confirmation("in-label", "in-label")


def test_an_error_is_a_failure_with_a_code_of_the_protocol() -> None:
    document = _document(ErrorInfo(code="missingagreement", info="for 201701012393"))

    failure = incoming.meaning(_message(document, product="error"))

    assert failure == Failure("c", "i", "MissingAgreement")


def test_a_vague_error_is_known_by_the_code_in_its_text() -> None:
    document = _document(ErrorInfo(code="OtherError", info="remote: errorCode=UnknownReceiver"))

    assert incoming.meaning(_message(document, product="error")) == Failure("c", "i", "UnknownReceiver")


@pytest.mark.parametrize("error", [b'<error errorcode=""/>', b"<error/>", b'<error errorcode="New"/>', b""])
def test_an_error_without_a_known_code_is_other_error(error: bytes) -> None:
    document = _document().replace(b"<confirmation/>", error)

    assert incoming.meaning(_message(document, product="error")) == Failure("c", "i", "OtherError")


def test_an_error_never_passes_for_a_confirmation() -> None:
    document = _document(ErrorInfo(code="MissingAgreement"))

    assert incoming.meaning(_message(document, product="confirm")) == Failure("c", "i", "MissingAgreement")


@pytest.mark.parametrize("product", ["confirm", "error"])
def test_a_broken_document_is_refused(product: str) -> None:
    with pytest.raises(MalformedMessage):
        incoming.meaning(_message(b"Lorem ipsum", product=product))


def test_everything_else_is_a_delivery() -> None:
    read = _message(b"<answer/>", product="9c1e1f04-52c1-4d0a-a3b9-1f6f0e7d3003")

    delivery = incoming.meaning(read)

    assert isinstance(delivery, Delivery)
    assert (delivery.corr_id, delivery.content_id) == ("in-label", "in-label")
    assert (delivery.product, delivery.sender) == (read.label.product, read.label.sender)
    assert (delivery.sequence_type, delivery.parts) == (SequenceType.ADM, read.parts)
