"""A node that writes whatever bytes it likes into its replies, over real mutual TLS.

    python -m tests.hostile.odd_replies DIRECTORY

serves on a free port, with the sandbox's certificates in the directory, and answers every message with a
receipt whose node id is "Västerås" in Latin-1, as nodes on the JVM write it.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shs_adapter.sandbox import pki
from shs_adapter.sandbox.server import tls

_TX_ID = re.compile(rb'tx\.id="([^"]+)"')


@dataclass(slots=True)
class OddNode:
    """Messages get a receipt with the *header*; the list is *listing*, and there is nothing to fetch."""

    header: bytes = b""
    reason: bytes = b"Accepted"
    body: bytes = b""
    listing: bytes = b"<shs.message-list/>"
    url: str = ""
    posted: list[bytes] = field(default_factory=list)  # the tx.ids that came, in order
    asked: list[bytes] = field(default_factory=list)  # for which tx.ids there was a GET or an acknowledgement

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *([0-9]+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                writer.write(self._answer(head, body))
                await writer.drain()
        writer.close()

    def _answer(self, head: bytes, body: bytes) -> bytes:
        path = head.split(b" ", 2)[1]
        if head.startswith(b"POST ") and path.endswith(b"/rs"):
            tx_id = _TX_ID.search(body)
            assert tx_id is not None
            self.posted.append(tx_id[1])
            return self._written(b"202 " + self.reason, self.body, b"X-shs-txid: " + tx_id[1], self.header)
        if b"?status=" in path:
            return self._written(b"200 OK", self.listing)
        self.asked.append(path)
        return self._written(b"404 Not Found", b"")

    @staticmethod
    def _written(status: bytes, body: bytes, *headers: bytes) -> bytes:
        length = b"Content-Length: %d" % len(body)
        return b"\r\n".join([b"HTTP/1.1 " + status, *filter(None, headers), length, b"", body])


@asynccontextmanager
async def odd_node(directory: Path, client: str) -> AsyncIterator[OddNode]:
    node = OddNode()
    certificates = pki.write(directory, client, datetime.now(UTC))
    server = await asyncio.start_server(node.serve, "127.0.0.1", 0, ssl=tls(certificates))
    node.url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    try:
        yield node
    finally:
        server.close()


async def main(directory: Path) -> None:
    async with odd_node(directory, "2120002411") as node:
        node.header = "X-shs-nodeid: Västerås".encode("latin-1")
        print(node.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
