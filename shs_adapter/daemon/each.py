"""What is due for several questions is done in one transaction; where another has locked a row, in parts."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.log import event
from shs_adapter.store import engine, outbox
from shs_adapter.store.tables import outbox as table
from shs_adapter.store.types import among

_log = logging.getLogger(__name__)

Work = Callable[[AsyncConnection, Sequence[int]], Awaitable[None]]


async def each(context: Context, where: Sequence[ColumnElement[bool]], work: Work, *, limit: int) -> None:
    """Do *work* for up to *limit* questions as *where* says; one that is locked waits for the next time."""
    async with engine.single(context.engine) as connection:
        found = await outbox.ids(connection, *where, limit=limit)
    if found:
        await _in_parts(context, where, work, found)


async def _in_parts(
    context: Context, where: Sequence[ColumnElement[bool]], work: Work, found: Sequence[int]
) -> None:
    try:
        async with context.turn() as connection:
            still = await outbox.ids(connection, *where, among(table.c.id, found), limit=len(found))
            await work(connection, still)
    except Exception as error:
        if not engine.is_locked(error):
            raise
        if len(found) == 1:
            event(_log, "row_locked", logging.WARNING, id=found[0])
            return
        half = len(found) // 2
        await _in_parts(context, where, work, found[:half])
        await _in_parts(context, where, work, found[half:])
