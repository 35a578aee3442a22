"""The receipt that a receive service gives for a message: headers `X-shs-*`, or a tx.id alone in the body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shs_adapter.shs.names import kept, local_time

# A body is believed only if it is an id as we make them: "OK" and a proxy's page are no receipts.
_TX_ID = re.compile(rb"\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the node says of a message it has stored, as it may be stored; what it does not say is empty.

    *arrival* is the node's wall clock. It is unreliable where it is missing, or the epoch, which some nodes
    give for a duplicate.
    """

    tx_id: str
    corr_id: str
    content_id: str
    node_id: str
    local_id: str
    arrival: datetime | None
    duplicate: bool
    arrival_reliable: bool


def read(headers: Mapping[str, str], body: bytes) -> Receipt | None:
    """Read a receipt; None if neither the headers, in whatever case, nor the body carry a tx.id."""
    given = {name.lower(): kept(value.strip()) for name, value in headers.items()}
    in_body = _TX_ID.fullmatch(body)
    tx_id = given.get("x-shs-txid") or (in_body[1].decode() if in_body else "")
    if not tx_id:
        return None
    arrival = local_time(given.get("x-shs-arrivaldate", ""))
    return Receipt(
        tx_id=tx_id,
        corr_id=given.get("x-shs-corrid", ""),
        content_id=given.get("x-shs-contentid", ""),
        node_id=given.get("x-shs-nodeid", ""),
        local_id=given.get("x-shs-localid", ""),
        arrival=arrival,
        duplicate=given.get("x-shs-duplicatemsg", "").lower() == "yes",
        arrival_reliable=arrival is not None and arrival.year > 1970,
    )
