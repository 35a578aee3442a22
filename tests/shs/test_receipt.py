from datetime import datetime

import pytest

from shs_adapter.shs import receipt
from shs_adapter.shs.receipt import Receipt

_TX_ID = "0d3f6e0a-6a0e-4a53-9d0e-2f1b7a54c001"

_HEADERS = {
    "X-shs-txid": _TX_ID,
    "X-shs-corrid": "c",
    "X-shs-contentid": "i",
    "X-shs-nodeid": "node",
    "X-shs-localid": "l",
    "X-shs-arrivaldate": "2026-03-01T08:15:30",
    "X-shs-duplicatemsg": "no",
}


def _received(**headers: str) -> Receipt:
    found = receipt.read(_HEADERS | {f"X-shs-{name}": value for name, value in headers.items()}, b"")
    assert found
    return found


@pytest.mark.parametrize("case", [str, str.lower, str.upper])
def test_headers_are_known_in_any_case(case: type[str]) -> None:
    found = receipt.read({case(name): value for name, value in _HEADERS.items()}, b"")

    assert found == Receipt(
        tx_id=_TX_ID,
        corr_id="c",
        content_id="i",
        node_id="node",
        local_id="l",
        arrival=datetime(2026, 3, 1, 8, 15, 30),  # noqa: DTZ001  # the wire has no zones
        duplicate=False,
        arrival_reliable=True,
    )


@pytest.mark.parametrize(("said", "meant"), [("yes", True), ("YES ", True), ("no", False), ("", False)])
def test_a_duplicate_is_told(said: str, meant: bool) -> None:
    assert _received(duplicatemsg=said).duplicate is meant


@pytest.mark.parametrize("arrival", ["1970-01-01T01:00:00", "1969-12-31T19:00:00", "", "today"])
def test_the_epoch_is_no_reliable_arrival(arrival: str) -> None:
    assert not _received(arrivaldate=arrival).arrival_reliable


@pytest.mark.parametrize("body", [_TX_ID.encode(), f"{_TX_ID.upper()}\r\n".encode()])
def test_a_tx_id_in_the_body_is_a_receipt(body: bytes) -> None:
    found = receipt.read({"Content-Type": "text/plain"}, body)

    assert found
    assert found.tx_id.lower() == _TX_ID
    assert (found.arrival, found.arrival_reliable, found.duplicate) == (None, False, False)


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"<html>Proxy</html>", b"\xff", _TX_ID.encode() + b" was not found"]
)
def test_what_carries_no_tx_id_is_no_receipt(body: bytes) -> None:
    assert receipt.read({"X-shs-corrid": "c", "X-shs-txid": " "}, body) is None
