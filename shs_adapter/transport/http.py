"""One HTTP session per client certificate: kept-alive connections, deadlines on everything, no redirects."""

import io
import ssl
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from yarl import URL

from shs_adapter.errors import NodeUnreachable, UnexpectedReply


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class Http:
    """*limit* bounds every body that is read, in bytes; to be closed after use."""

    def __init__(
        self, context: ssl.SSLContext, *, connect: timedelta, total: timedelta, limit: int, connections: int
    ) -> None:
        self._limit = limit
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=total.total_seconds(), sock_connect=connect.total_seconds(), connect=None
            ),
            headers={"User-Agent": "shs-adapter"},
        )

    async def close(self) -> None:
        await self._session.close()

    async def request(self, method: str, url: str, body: bytes | None = None, kind: str = "") -> Reply:
        """Send one request and read the whole reply.

        Raises NodeUnreachable if the link failed (whether the request arrived is then unknown), and
        UnexpectedReply `too_large` if the reply is over the limit.
        """
        headers = {"Content-Type": kind} if kind else {}
        data = None if body is None else io.BytesIO(body)  # aiohttp warns of large bytes
        # The URL is sent as written: nodes take `%3A` for another address than `:` (shs-wire 11.2).
        target = URL(url, encoded=True)
        try:
            async with self._session.request(
                method, target, data=data, headers=headers, allow_redirects=False
            ) as response:
                content = await self._bounded(response.content)
                return Reply(response.status, dict(response.headers), content)
        except TimeoutError:
            raise NodeUnreachable("timeout") from None
        except aiohttp.ClientConnectorCertificateError:
            raise NodeUnreachable("server_certificate") from None
        except aiohttp.ClientSSLError:
            raise NodeUnreachable("tls") from None
        except aiohttp.ClientConnectorError:
            raise NodeUnreachable("connect") from None
        except (aiohttp.ClientError, OSError):
            # Under TLS 1.3 a client certificate that the node refuses looks like this, too.
            raise NodeUnreachable("connection_lost") from None

    async def _bounded(self, stream: aiohttp.StreamReader) -> bytes:
        content = bytearray()
        async for chunk in stream.iter_chunked(1 << 16):
            content += chunk
            if len(content) > self._limit:
                raise UnexpectedReply("too_large")
        return bytes(content)
