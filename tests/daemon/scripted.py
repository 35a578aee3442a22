"""A node over real mutual TLS that says what a test has it say, and keeps what it was told.

It knows no SSBTEK and no rules; where a counterpart with a mind of its own will do, there is the sandbox.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from aiohttp import web

from shs_adapter.sandbox import letters, pki, replies, ssbtek
from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT, Letter
from shs_adapter.sandbox.server import tls
from shs_adapter.shs import message
from shs_adapter.shs.label import Label, SequenceType, Status
from shs_adapter.shs.names import CONFIRM
from tests.daemon.municipality import CLIENT

Say = Callable[[], web.Response]


@dataclass(slots=True)
class ScriptedNode:
    """Every message is accepted and every letter handed out, as long as nothing else is set.

    *refusal* answers submissions, and where it *cuts* the connection ends instead; *on_list* lists,
    *on_fetch* and *on_acknowledge* what is asked of a tx.id (with None the connection is cut), and *spoils*
    the next fetches of it, each as it goes over the wire; while *gate* is closed, submissions and fetches
    wait. A fetched letter is listed no more, unless the node *keeps* letters until they are acknowledged.
    """

    url: str = ""
    refusal: Callable[[Label], web.Response | None] = lambda label: None
    cuts: Callable[[Label], bool] = lambda label: False
    on_list: Say | None = None
    on_fetch: dict[str, Say | None] = field(default_factory=dict)
    on_acknowledge: dict[str, Say] = field(default_factory=dict)
    spoils: dict[str, list[Callable[[bytes], bytes]]] = field(default_factory=dict)
    keeps: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    letters: list[Letter] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def accepted(self) -> list[str]:
        """The tx.ids of what was received, in order, repetitions too."""
        return [message.scan(raw).tx_id for raw in self.received]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        self.paths.append(path)
        match path.split("/"):
            case ["", "shs", "rs"]:
                return await self._receive(request, await request.read())
            case ["", "shs", "ds", _]:
                return self.on_list() if self.on_list else self._list(int(request.query["maxhits"]))
            case ["", "shs", "ds", _, tx_id] if request.method == "POST":
                return self._acknowledge(tx_id)
            case ["", "shs", "ds", _, tx_id]:
                return await self._fetch(request, tx_id)
        return web.Response(status=404)

    async def _receive(self, request: web.Request, raw: bytes) -> web.Response:
        self.received.append(raw)
        await self.gate.wait()
        label = message.scan(raw)
        if self.cuts(label) and request.transport:
            request.transport.abort()
        return self.refusal(label) or replies.accepted(replies.receipt(label, datetime.now(UTC)))

    def _list(self, most: int) -> web.Response:
        return replies.message_list(letter.label for letter in self.letters[:most])

    async def _fetch(self, request: web.Request, tx_id: str) -> web.Response:
        self.fetched.append(tx_id)
        await self.gate.wait()
        if tx_id in self.on_fetch:
            say = self.on_fetch[tx_id]
            if say is None and request.transport:
                request.transport.abort()
            return say() if say else web.Response()
        for letter in self.letters:
            if letter.label.tx_id == tx_id:
                if not self.keeps:
                    self.letters.remove(letter)
                if (spoils := self.spoils.get(tx_id)) and request.transport:
                    request.transport.write(spoils.pop(0)(letter.raw))
                    request.transport.close()
                return web.Response(body=letter.raw, content_type="message/rfc822")
        return web.Response(status=404)

    def _acknowledge(self, tx_id: str) -> web.Response:
        self.acknowledged.append(tx_id)
        if say := self.on_acknowledge.get(tx_id):
            return say()
        self.letters = [letter for letter in self.letters if letter.label.tx_id != tx_id]
        return web.Response(text="OK")


@asynccontextmanager
async def scripted(directory: Path, host: str = "localhost") -> AsyncIterator[ScriptedNode]:
    """A node on a free port of *host*, with the sandbox's certificates, whose server is localhost."""
    node = ScriptedNode()
    node.gate.set()
    application = web.Application(client_max_size=1 << 26)
    application.router.add_route("*", "/{path:.*}", node.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    bound = "127.0.0.1" if host == "localhost" else host
    certificates = pki.write(directory, CLIENT, datetime.now(UTC))
    await web.TCPSite(runner, bound, 0, ssl_context=tls(certificates)).start()
    node.url = f"https://{host}:{runner.addresses[0][1]}"
    try:
        yield node
    finally:
        await runner.cleanup()


def confirm_of(question: bytes) -> Letter:
    return letters.confirm(message.scan(question), datetime.now(UTC))


def error_of(question: bytes, code: str = "MissingDeliveryExecution") -> Letter:
    return letters.error(message.scan(question), code, datetime.now(UTC))


def answer_of(question: bytes) -> Letter:
    """What SSBTEK answers to these bytes."""
    now = datetime.now(UTC)
    part = message.read(question).parts[0]
    (reaction,) = ssbtek.react(part.content, now=now, late=timedelta())
    assert isinstance(reaction, ssbtek.Answer)
    return letters.answer(message.scan(question), part, reaction.payload, now)


def long_answer_of(question: bytes, size: int, encoding: str = "binary") -> Letter:
    """The same, made about *size* bytes large by one long text, if it is not as large anyhow."""
    plain = answer_of(question)
    (part,) = message.read(plain.raw).parts
    share = 1.0 if encoding == "binary" else 57 / 78  # of a line of base64 with its end
    length = max(0, int((size - len(plain.raw)) * share))
    content = part.content.replace(b"</so:Paragraf>", b"x" * length + b"</so:Paragraf>", 1)
    assert len(content) == len(part.content) + length
    asked = replace(part, transfer_encoding=encoding)
    return letters.answer(message.scan(question), asked, content, datetime.now(UTC))


def letter_of_others(product: str) -> Letter:
    """A confirm or an error in a conversation that is none of ours."""
    foreign = Label(
        tx_id=str(uuid4()),
        corr_id=str(uuid4()),
        content_id=str(uuid4()),
        sequence_type=SequenceType.REQUEST,
        product=PRODUCT,
        datetime=datetime(2026, 11, 23, 8, 30),  # noqa: DTZ001  # labels have no zone
        sender=CLIENT,
        to=ORGANISATION,
        status=Status.TEST,
    )
    now = datetime.now(UTC)
    return letters.confirm(foreign, now) if product == CONFIRM else letters.error(foreign, "OtherError", now)


def received_as(status: Status, letter: Letter) -> Letter:
    """The letter as traffic of this status."""
    return replace(letter, label=replace(letter.label, status=status))


def under(tx_id: str, letter: Letter) -> Letter:
    """The letter as a node would hand it out under another tx.id."""
    raw = letter.raw.replace(letter.label.tx_id.encode(), tx_id.encode())
    return replace(letter, label=replace(letter.label, tx_id=tx_id), raw=raw)


def says(status: int, body: bytes = b"", **headers: str) -> Say:
    """A reply; the names of *headers* have underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: web.Response(status=status, body=body, headers=named)
