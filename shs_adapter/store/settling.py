"""When no more is expected of a question: written down, for a reader of changes would not see time pass."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import journal
from shs_adapter.store.tables import outbox


async def settle(connection: AsyncConnection, now: datetime, late: timedelta, limit: int) -> int:
    """Settle questions that failed more than *late* ago and might still be answered; returns how many."""
    waited_for = select(outbox.c.id).where(
        outbox.c.state == State.FAILED, outbox.c.settled_at.is_(None), outbox.c.finished_at <= now - late
    )
    found = list(await connection.scalars(waited_for.limit(limit)))
    for outbox_id in found:
        await end(connection, outbox_id, now)
    return len(found)


async def end(connection: AsyncConnection, outbox_id: int, at: datetime) -> None:
    """Expect nothing more of this question; does nothing where that was written down before.

    A question waits for those that ask again for it, and ends with the last of them.
    """
    waits = select(outbox.c.id).where(outbox.c.root_id == outbox_id, outbox.c.settled_at.is_(None)).limit(1)
    row = (
        await connection.execute(
            select(outbox.c.settled_at, outbox.c.root_id).where(outbox.c.id == outbox_id)
        )
    ).one()
    if row.settled_at is None and await connection.scalar(waits) is None:
        change = await journal.next_change(connection)
        await connection.execute(
            update(outbox).where(outbox.c.id == outbox_id).values(settled_at=at, change_no=change)
        )
    if row.root_id is not None:
        await end(connection, row.root_id, at)
