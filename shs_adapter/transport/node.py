"""The four conversations with an SHS node: submit, waiting, fetch, acknowledge. It knows no table.

Expected endings are returned. NodeUnreachable is raised where the link failed, whatever the message.
"""

import re
from dataclasses import dataclass

from shs_adapter.errors import UnexpectedReply
from shs_adapter.shs import notices, receipt
from shs_adapter.shs.errors import Blame, blame, exact
from shs_adapter.shs.notices import Notice
from shs_adapter.shs.receipt import Receipt
from shs_adapter.transport.http import Http, Reply


@dataclass(frozen=True, slots=True)
class Accepted:
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Refused:
    """The node refuses this message for good; *code* is the SHS error's, prefixed `shs:`."""

    code: str


@dataclass(frozen=True, slots=True)
class Held:
    """The node refuses what the tenant's configuration or agreement makes of every message."""

    code: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: neither accepted nor refused; the same bytes may be sent again."""

    code: str


@dataclass(frozen=True, slots=True)
class Page:
    """A mailbox list; *full* if the node may hold more than it showed."""

    notices: tuple[Notice, ...]
    full: bool


class Missing:
    """The node does not have the message, or not now."""


def mailbox(delivery_url: str, address: str, status: str) -> str:
    """A mailbox's name: where it is polled, and for which kind of traffic."""
    return f"{delivery_url.rstrip('/')}/{address}?status={status}"


class Node:
    def __init__(self, http: Http, submit_url: str, delivery_url: str, address: str, status: str) -> None:
        self._http = http
        self._submit_url = submit_url
        self._outbox = f"{delivery_url.rstrip('/')}/{address}"
        self._status = status
        self._mailbox = mailbox(delivery_url, address, status)

    @property
    def status(self) -> str:
        return self._status

    @property
    def mailbox(self) -> str:
        return self._mailbox

    async def submit(self, message: bytes, tx_id: str) -> Accepted | Refused | Held | Deferred:
        """Hand over *message*; Accepted only if the reply names our own tx.id (shs-wire 4.2)."""
        try:
            reply = await self._http.request("POST", self._submit_url, message, "message/rfc822")
        except UnexpectedReply as error:
            return Deferred(error.code)
        if 200 <= reply.status < 300:
            found = receipt.read(reply.headers, reply.body)
            return Accepted(found) if found and found.tx_id == tx_id else Deferred("no_receipt")
        if reply.status == 400:
            return _refusal(reply)
        return Deferred(f"http_{reply.status}")

    async def waiting(self, most: int) -> Page:
        """List up to *most* messages of the mailbox, oldest first; raises UnexpectedReply."""
        # The status is always sent: left out it means production (shs-wire 1.4).
        url = f"{self._outbox}?status={self._status}&filter=noack&maxhits={most}"
        reply = await self._http.request("GET", url)
        if reply.status != 200:
            raise UnexpectedReply(f"http_{reply.status}")
        listed = notices.read(reply.body, most)
        return Page(listed, full=len(listed) >= most)

    async def fetch(self, tx_id: str) -> bytes | Missing:
        """Take the message. The node may hand it out only once: keep it before anything else."""
        reply = await self._http.request("GET", self._message(tx_id), once=True)
        if reply.status == 404:
            return Missing()
        if reply.status != 200:
            raise UnexpectedReply(f"http_{reply.status}")
        return reply.body

    async def acknowledge(self, tx_id: str) -> bool:
        """Tell the node that the message is ours; False if it does not know it (any more)."""
        reply = await self._http.request("POST", f"{self._message(tx_id)}?action=ack", b"")
        if reply.status == 404:
            return False
        if not 200 <= reply.status < 300:
            raise UnexpectedReply(f"http_{reply.status}")
        return True

    def _message(self, tx_id: str) -> str:
        """The message's URL; a tx.id comes from the wire, and what is not a plain word makes no path."""
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}", tx_id):
            raise UnexpectedReply("tx_id")
        return f"{self._outbox}/{tx_id}"


def _refusal(reply: Reply) -> Refused | Held | Deferred:
    """What a 400 means: its code, dug out of the text where the node has wrapped it (shs-wire 9.1, 20)."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    named = headers.get("x-shs-errorcode")
    if named is None:
        return Deferred("http_400")
    code = exact(named, reply.body[:4096].decode("latin-1"))
    return _ENDINGS[blame(code)](f"shs:{code}")


_ENDINGS: dict[Blame, type[Refused] | type[Held] | type[Deferred]] = {
    Blame.MESSAGE: Refused,
    Blame.CONFIGURATION: Held,
    Blame.TRANSIENT: Deferred,
}
