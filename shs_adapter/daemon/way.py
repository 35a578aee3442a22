"""The ways to a node, as the pumps find them: open again, or closed for a while, and the operator told."""

import logging

from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.log import event
from shs_adapter.store import links
from shs_adapter.store.links import Link

_log = logging.getLogger(__name__)


async def works(connection: AsyncConnection, context: Context, scope: str) -> None:
    """The link *scope* has just been used with success."""
    if await links.succeeded(connection, scope, context.now()):
        event(_log, "link up", logging.WARNING, scope=scope)


async def breaks(
    connection: AsyncConnection, context: Context, scope: str, code: str, *, tolerated: int = 0
) -> None:
    """The link *scope* has just failed; after more than *tolerated* failures in a row it rests."""
    failures = (await links.read(connection)).get(scope, Link(scope)).failures + 1
    rest = context.rest(failures - tolerated) if failures > tolerated else None
    if await links.failed(connection, scope, context.now(), code, rest):
        event(_log, "link down", logging.ERROR, scope=scope, code=code)
