"""Alarms: what a human should look at is logged as an error, and kept in the journal."""

import logging
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.log import event
from shs_adapter.store import journal

_log = logging.getLogger(__name__)


async def alarm(
    connection: AsyncConnection, context: Context, name: str, notice: Row[Any], code: str | None = None
) -> None:
    """Something is wrong with the message of *notice*."""
    about = {"outbox_id": notice.outbox_id, "tx_id": notice.tx_id, "code": code}
    await journal.write(connection, [journal.line(name, at=context.now(), actor=context.owner, **about)])
    event(_log, name, logging.ERROR, tx_id=notice.tx_id, id=notice.outbox_id, code=code)
