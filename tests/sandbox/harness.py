"""A sandbox in this process, and a client that speaks to it over real mutual TLS."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, TCPConnector
from yarl import URL

from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT
from shs_adapter.sandbox.server import Options, serve
from shs_adapter.shs import message, notices
from shs_adapter.shs.label import Label, SequenceType
from shs_adapter.shs.message import Message
from shs_adapter.shs.mime import Part
from shs_adapter.shs.notices import Notice

CLIENT = "2120002411"
STRANGER = "202402292383"
SOLE_TRADER = "197701192390"
_TRIES = 500

_QUESTION = """<hamtaBastjanstInformation xmlns="http://schema.forsakringskassan.se/integration/ssbt/10">
<generellaFrageparametrar>
<korrelationsid>{corr_id}</korrelationsid>
<fraganSkallInkluderasISvaret>true</fraganSkallInkluderasISvaret>
<ingivare><organisationsnummer>16{client}</organisationsnummer><namn>Provköping</namn>
<handlaggare>prov</handlaggare></ingivare>
<personidentitet>{person}</personidentitet>
<arendeidentitet>E-1</arendeidentitet>
<tidsperiod><fromDatum>2026-09-01</fromDatum><tomDatum>2026-10-31</tomDatum></tidsperiod>
<syfte>Prov</syfte>
<lagtext>{echoed}</lagtext>
</generellaFrageparametrar>
<specifikaFrageparametrar>
<AF inkludera="{af}"/><CSN inkludera="false"/><FK inkludera="false"/><SKV inkludera="false"/>
<SO inkludera="true"/><TNS inkludera="true"/><MIV inkludera="false"/>
</specifikaFrageparametrar>
</hamtaBastjanstInformation>"""


def label(**changes: Any) -> Label:
    tx_id = str(uuid4())
    fields: dict[str, Any] = {
        "tx_id": tx_id,
        "corr_id": tx_id,
        "content_id": str(uuid4()),
        "sequence_type": SequenceType.REQUEST,
        "product": PRODUCT,
        "datetime": datetime(2026, 11, 23, 8, 30),  # noqa: DTZ001  # labels have no zone
        "sender": CLIENT,
        "to": ORGANISATION,
    }
    return Label(**(fields | changes))


def question(
    asking: Label,
    person: str = STRANGER,
    transfer_encoding: str = "base64",
    echoed: str = "Ingen",
    af: str = "false",
) -> bytes:
    """A message about *person*; *echoed* is repeated in the answer, *af* says whether AF is asked."""
    payload = _QUESTION.format(corr_id=asking.corr_id, client=CLIENT, person=person, echoed=echoed, af=af)
    part = Part(
        content_type="text/xml",
        transfer_encoding=transfer_encoding,
        filename="fraga.xml",
        content=payload.encode(),
        datapart_type="ssbtek",
    )
    return message.build(asking, [part])


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Client:
    """One organisation's connection to the node."""

    session: ClientSession
    base: str
    directory: Path
    outbox: str = CLIENT

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Paths go out as they are written."""
        url = URL(self.base + path, encoded=True)
        data = BytesIO(body) if body else None  # aiohttp warns of large bytes
        async with self.session.request(method, url, data=data, headers=headers) as response:
            names = {name.decode(): value.decode() for name, value in response.raw_headers}
            return Response(response.status, names, await response.read())

    async def submit(self, raw: bytes) -> Response:
        return await self.call("POST", "/shs/rs", raw, {"Content-Type": "message/rfc822"})

    async def waiting(self, query: str = "") -> list[Notice]:
        response = await self.call("GET", f"/shs/ds/{self.outbox}?{query}")
        assert response.status == 200
        return [*notices.read(response.body)]

    async def arrived(self, count: int, query: str = "") -> list[Notice]:
        """What is listed as soon as there are *count* messages."""
        for _ in range(_TRIES):
            if len(found := await self.waiting(query)) >= count:
                break
            await asyncio.sleep(0.01)
        assert len(found) == count
        return found

    async def fetch(self, tx_id: str) -> Response:
        return await self.call("GET", f"/shs/ds/{self.outbox}/{tx_id}")

    async def read(self, tx_id: str) -> Message:
        response = await self.fetch(tx_id)
        assert response.status == 200
        return message.read(response.body)

    async def acknowledge(self, tx_id: str) -> Response:
        return await self.call("POST", f"/shs/ds/{self.outbox}/{tx_id}?action=ack")

    def witnessed(self, what: str) -> list[dict[str, Any]]:
        return [line for line in _lines(self.directory) if line["what"] == what]

    async def seen(self, what: str) -> dict[str, Any]:
        """The first line about *what*, as soon as there is one."""
        for _ in range(_TRIES):
            if lines := self.witnessed(what):
                break
            await asyncio.sleep(0.01)
        return lines[0]


def _lines(directory: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, (directory / "node.jsonl").read_bytes().splitlines())


def trust(directory: Path) -> ssl.SSLContext:
    """A client's side of TLS that knows the node and has no certificate of its own."""
    context = ssl.create_default_context(cafile=directory / "ca.pem")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def identity(directory: Path) -> ssl.SSLContext:
    context = trust(directory)
    context.load_cert_chain(directory / "client.pem", directory / "client.key")
    return context


@asynccontextmanager
async def connection(base: str, directory: Path, context: ssl.SSLContext) -> AsyncIterator[Client]:
    async with ClientSession(connector=TCPConnector(ssl=context)) as session:
        yield Client(session, base, directory)


@asynccontextmanager
async def serving(directory: Path, **options: Any) -> AsyncIterator[str]:
    """Run `serve` as a task; gives its base URL, and stops it at the end."""
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    fast = {"think": timedelta(0)} | options
    task = asyncio.create_task(serve(Options(directory=directory, **fast), started.set_result))
    task.add_done_callback(lambda _: started.cancel())
    try:
        yield await started
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def sandbox(directory: Path, **options: Any) -> AsyncIterator[Client]:
    async with (
        serving(directory, **options) as base,
        connection(base, directory, identity(directory)) as client,
    ):
        yield client


def now() -> datetime:
    return datetime.now(UTC)
