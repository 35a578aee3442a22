"""The HTTP side of the sandbox node: a receive service and a delivery service in the manner of Axel.

Source: shs-wire 1.3, 1.4, 4.2-4.4, 6.1-6.3. Paths are matched as they were sent: `%3A` is no colon here, as
it is none in Axel, so a percent-encoded address names an empty mailbox.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from shs_adapter.errors import Malformed, NotFound
from shs_adapter.sandbox import letters, listing, replies
from shs_adapter.sandbox.forsakringskassan import Forsakringskassan
from shs_adapter.sandbox.mailbox import Mailbox, PostOffice
from shs_adapter.sandbox.witness import Step, Witness
from shs_adapter.shs import message, names
from shs_adapter.shs.label import Label, TransferType

_LARGEST = 10 * 1024 * 1024

# Axel reads ids with Java's lenient parser and pads them: other segments of a path are products.
_UUID = re.compile(r"[0-9a-f]{1,8}(-[0-9a-f]{1,4}){3}-[0-9a-f]{1,12}", re.IGNORECASE)
_WIDTHS = (8, 4, 4, 4, 12)


class Node:
    """Answers requests; has no state beside the post office's, but for how many are under way."""

    def __init__(
        self,
        post: PostOffice,
        agency: Forsakringskassan,
        witness: Witness,
        now: Callable[[], datetime],
        busy: timedelta | None = None,
    ) -> None:
        self._post = post
        self._agency = agency
        self._witness = witness
        self._now = now
        self._busy = busy
        self._under_way = 0

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_route("*", "/{path:.*}", self._take)
        return application

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if self._busy is None:
            return await self._answer(request)
        self._under_way += 1
        self._witness.note(self._now(), Step.REQUEST, under_way=self._under_way)
        try:
            await asyncio.sleep(self._busy.total_seconds())
            return await self._answer(request)
        finally:
            self._under_way -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        match request.raw_path.partition("?")[0].split("/"):
            case ["", "shs", "rs"]:
                return await self._receive(request)
            case ["", "shs", "ds"] | ["", "shs", "ds", ""]:
                return replies.plain(400, "no outbox")
            case ["", "shs", "ds", outbox] | ["", "shs", "ds", outbox, ""]:
                return await self._deliver(request, outbox, None)
            case ["", "shs", "ds", outbox, segment]:
                return await self._deliver(request, outbox, segment)
        return replies.plain(404, "no such service")

    async def _receive(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            return web.Response()  # Axel's route takes POST alone; the rest falls through
        raw = await request.read()
        try:
            label = message.scan(raw)
            for value in (label.tx_id, label.corr_id, label.content_id, label.agreement or "none"):
                names.token(value, "shs.label")  # they will stand in header lines and in labels
        except Malformed:
            return self._refuse(None, "IllegalMessageStructure")
        if names.organisation(label.sender) != _organisation(request):
            return self._refuse(label, "IllegalSender")
        if label.transfer_type is TransferType.SYNCH:
            # What Axel says where no plugin answers synchronous messages.
            return self._refuse(label, "MissingDeliveryAddress")
        if self._post.is_duplicate(label.tx_id):
            self._witness.note(self._now(), Step.RECEIVED, label, duplicate=True)
            return replies.accepted(replies.duplicate(label))
        self._witness.note(self._now(), Step.RECEIVED, label, duplicate=False)
        self._agency.accept(label, raw)
        return replies.accepted(replies.receipt(label, self._now()))

    def _refuse(self, label: Label | None, code: str) -> web.Response:
        self._witness.note(self._now(), Step.REFUSED, label, code=code)
        return replies.refused(label, code)

    async def _deliver(self, request: web.Request, outbox: str, segment: str | None) -> web.StreamResponse:
        mailbox = self._post.mailbox(names.bare(outbox))
        # As in Axel, a header of the same name does as well as a parameter.
        named = (*request.headers.items(), *request.query.items())
        parameters = {name.lower(): value for name, value in named}
        tx_id = _tx_id(segment or "")
        if request.method == "POST":
            if tx_id and parameters.get("action") == "ack":
                return self._acknowledge(mailbox, tx_id)
            return web.Response()
        if tx_id:
            return await self._fetch(request, mailbox, tx_id)
        return self._list(mailbox, parameters | ({"producttype": segment} if segment else {}))

    def _list(self, mailbox: Mailbox, parameters: dict[str, str]) -> web.Response:
        try:
            query = listing.read(parameters)
        except Malformed as refused:
            return replies.plain(400, f"{refused.where} is not readable")
        shown = query.select(mailbox.waiting(self._now()))
        if shown:
            self._witness.note(self._now(), Step.LISTED, hits=len(shown))
        return replies.message_list(entry.label for entry in shown)

    async def _fetch(self, request: web.Request, mailbox: Mailbox, tx_id: str) -> web.StreamResponse:
        try:
            entry = mailbox.lock(tx_id, self._now())
        except NotFound:
            return self._absent(tx_id)
        try:
            response = await replies.stream(request, entry.raw)
        except (ConnectionError, asyncio.CancelledError):
            mailbox.put_back(entry, self._now())
            self._witness.note(self._now(), Step.BROKEN, entry.label)
            raise
        mailbox.fetched(entry, self._now())
        self._witness.note(self._now(), Step.FETCHED, entry.label)
        return response

    def _acknowledge(self, mailbox: Mailbox, tx_id: str) -> web.Response:
        try:
            acknowledged = mailbox.acknowledge(tx_id)
        except NotFound:
            return self._absent(tx_id)
        if acknowledged is None:
            self._witness.note(self._now(), Step.ACKNOWLEDGED, tx_id=tx_id)
            return replies.plain(200, "OK")
        # Försäkringskassan reads no confirms: of this one there is its label, for the receipt.
        confirm = letters.administrative(acknowledged, names.CONFIRM, self._now())
        self._witness.note(self._now(), Step.ACKNOWLEDGED, acknowledged, confirm=confirm.tx_id)
        return replies.plain(200, "OK", replies.receipt(confirm, self._now()))

    def _absent(self, tx_id: str) -> web.Response:
        self._witness.note(self._now(), Step.ABSENT, tx_id=tx_id)
        return replies.plain(404, "no such message")


def _organisation(request: web.Request) -> str | None:
    """The organisation number in the client's certificate: its subject's serialNumber without 16."""
    certificate = request.get_extra_info("peercert") or {}
    subject = dict(pair for rdn in certificate.get("subject", ()) for pair in rdn)
    return subject.get("serialNumber", "").removeprefix("16") or None


def _tx_id(segment: str) -> str | None:
    """The canonical tx.id that Axel takes *segment* for, or None where it is a product."""
    if not _UUID.fullmatch(segment):
        return None
    groups = segment.lower().split("-")
    return "-".join(group.zfill(width) for group, width in zip(groups, _WIDTHS, strict=True))
