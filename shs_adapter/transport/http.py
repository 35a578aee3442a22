"""One HTTP session per client certificate: kept-alive connections, deadlines on everything, no redirects."""

import io
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import aiohttp
from yarl import URL

from shs_adapter.errors import NodeUnreachable, UnexpectedReply
from shs_adapter.transport import failures

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 16  # bytes of a header; a longer one is no HTTP to us
_MOST_HEADERS = 1000


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
        self._connector = aiohttp.TCPConnector(ssl=context, limit=connections)
        make = partial(
            aiohttp.ClientSession,
            connector=self._connector,
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=total.total_seconds(), sock_connect=connect.total_seconds(), connect=None
            ),
            headers={"User-Agent": "shs-adapter"},
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            max_headers=_MOST_HEADERS,
        )
        self._session, self._once = make(), make()
        # aiohttp repeats a GET by itself where a connection that was kept breaks, and says nothing of it: a
        # node that gives a message once has then given it to nobody.
        self._once._retry_connection = False

    async def close(self) -> None:
        await self._session.close()
        await self._once.close()
        await self._connector.close()

    async def request(
        self, method: str, url: str, body: bytes | None = None, kind: str = "", *, once: bool = False
    ) -> Reply:
        """Send one request and read the whole reply; *once*: not again by itself, where that is allowed.

        Raises NodeUnreachable if the link failed (whether the request arrived is then unknown), and
        UnexpectedReply `too_large` if the reply is over the limit, `reply_unreadable` if it is no HTTP.
        """
        headers = {"Content-Type": kind} if kind else {}
        data: bytes | AsyncIterator[bytes] | None = body
        if body is not None and len(body) > _CHUNK:
            data = _chunks(body)  # whatever else aiohttp takes, it copies
            headers["Content-Length"] = str(len(body))
        # The URL is sent as written: nodes take `%3A` for another address than `:` (shs-wire 11.2).
        target = URL(url, encoded=True)
        status, content = 0, io.BytesIO()  # gives away what it has gathered without a copy
        try:
            async with (self._once if once else self._session).request(
                method, target, data=data, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
                await self._gather(response, content)
                return Reply(status, dict(response.headers), content.getvalue())
        except aiohttp.ClientResponseError:  # its text quotes the reply
            raise UnexpectedReply("reply_unreadable") from None
        except (aiohttp.ClientError, OSError) as error:  # a time-out is an OSError, too
            if failures.is_garbled(error):
                raise UnexpectedReply("reply_unreadable") from None
            raise NodeUnreachable(failures.code(error), _begun(status, content)) from None

    async def _gather(self, response: aiohttp.ClientResponse, content: io.BytesIO) -> None:
        """Read the body, up to the limit; of one that says that it is larger nothing is read."""
        if (response.content_length or 0) > self._limit:
            raise UnexpectedReply("too_large")
        async for chunk in response.content.iter_chunked(_CHUNK):
            if content.tell() + len(chunk) > self._limit:
                raise UnexpectedReply("too_large")
            content.write(chunk)


def _begun(status: int, content: io.BytesIO) -> bytes:
    """What there is of a reply that was good until it was cut off."""
    return content.getvalue() if status == 200 else b""


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _CHUNK):
        yield body[start : start + _CHUNK]
