"""What the node says over HTTP: receipts, refusals, lists and streams, worded as Axel words them.

Source: shs-wire 4.2-4.4, 6.1-6.3.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4

from aiohttp import web

from shs_adapter.sandbox import letters, nodetime
from shs_adapter.shs import notices
from shs_adapter.shs.label import Label
from shs_adapter.shs.notices import Notice

_PIECE = 64 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def stream(request: web.Request, raw: bytes) -> web.StreamResponse:
    """Send *raw*, chunked; raises ConnectionError if the client went away before all of it was taken.

    It goes in pieces because asyncio's TLS takes a large one whole, however slowly the client reads.
    """
    response = web.StreamResponse(headers={"Content-Type": "message/rfc822"})
    await response.prepare(request)
    body = memoryview(b"" if request.method == "HEAD" else raw)
    while len(body) > _PIECE:
        await response.write(body[:_PIECE])
        body = body[_PIECE:]
    await response.write_eof(bytes(body))
    if request.transport is None:
        raise ConnectionResetError
    return response


def message_list(labels: Iterable[Label]) -> web.Response:
    """The list of these messages, in this order."""
    body = notices.write(
        Notice(
            tx_id=label.tx_id,
            timestamp=label.datetime,
            sequence_type=label.sequence_type,
            corr_id=label.corr_id,
            content_id=label.content_id,
            product=label.product,
            status=label.status,
            sender=label.sender,
            to=label.to,
        )
        for label in labels
    )
    return web.Response(body=body, content_type="application/xml")


def refused(label: Label | None, code: str) -> web.Response:
    """A 400 as Axel words it: the name of an exception and its fields, in one line of text."""
    content_id, corr_id = (label.content_id, label.corr_id) if label else ("null", "null")
    text = (
        f"{code}Exception [contentId={content_id}, corrId={corr_id}, errorCode={code}, "
        f"errorInfo={letters.INFO[code]}, cause=null]"
    )
    return plain(400, text, {"X-shs-errorcode": code})


def receipt(label: Label, arrival: datetime) -> dict[str, str]:
    """The headers of a receipt for a message that is no duplicate."""
    return {
        "X-shs-txid": label.tx_id,
        "X-shs-corrid": label.corr_id,
        "X-shs-contentid": label.content_id,
        "X-shs-nodeid": letters.NODE,
        "X-shs-arrivaldate": nodetime.write(arrival),
        "X-shs-duplicatemsg": "no",
        "X-shs-localid": str(uuid4()),
    }


def duplicate(label: Label) -> dict[str, str]:
    """The headers of a receipt for a duplicate: as in Axel without local id, and the epoch as arrival."""
    headers = receipt(label, _EPOCH) | {"X-shs-duplicatemsg": "yes"}
    del headers["X-shs-localid"]
    return headers


def accepted(headers: dict[str, str]) -> web.Response:
    """A 202 with a receipt, its names in lower case; Axel leaves those of an acknowledgement as they are."""
    return plain(202, headers["X-shs-txid"], {name.lower(): value for name, value in headers.items()})


def plain(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=text, headers=headers)
