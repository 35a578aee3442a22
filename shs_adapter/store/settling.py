"""When no more is expected of a question: written down, for a reader of changes would not see time pass."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import journal
from shs_adapter.store.tables import outbox


async def settle(connection: AsyncConnection, now: datetime, late: timedelta, limit: int) -> int:
    """Settle questions that failed more than *late* ago and might still be answered; returns how many.

    And those that were answered, and wait for a question that somebody has deleted.
    """
    child = outbox.alias()
    waits = exists().where(child.c.root_id == outbox.c.id, child.c.settled_at.is_(None))
    over = or_(
        and_(outbox.c.state == State.FAILED, outbox.c.finished_at <= now - late),
        and_(outbox.c.state == State.DONE, outbox.c.outcome != "PENDING", ~waits),
    )
    waited_for = select(outbox.c.id).where(
        outbox.c.state.in_((State.FAILED, State.DONE)), outbox.c.settled_at.is_(None), over
    )
    found = list(await connection.scalars(waited_for.limit(limit)))
    for outbox_id in found:
        await end(connection, outbox_id, now)
    return len(found)


async def end(connection: AsyncConnection, outbox_id: int, at: datetime) -> None:
    """Expect nothing more of this question; does nothing where that was written down before.

    A question waits for those that ask again for it, and ends with the last of them.
    """
    row = (
        await connection.execute(
            select(outbox.c.settled_at, outbox.c.root_id).where(outbox.c.id == outbox_id)
        )
    ).one()
    if row.settled_at is None and not await _waits(connection, outbox_id):
        await _write(connection, outbox_id, at)
    if row.root_id is not None:
        await end_family(connection, row.root_id, at)


async def end_family(connection: AsyncConnection, root_id: int, at: datetime) -> None:
    """End the first question, if its answer is here and nothing that asks again for it is still expected."""
    row = (
        await connection.execute(select(outbox.c.settled_at, outbox.c.state).where(outbox.c.id == root_id))
    ).one_or_none()
    if row is None or row.settled_at is not None or row.state != State.DONE:
        return
    if not await _waits(connection, root_id):
        await _write(connection, root_id, at)


async def reopen(connection: AsyncConnection, root_id: int) -> None:
    """Something that asks again for the question is under way once more."""
    settled = await connection.scalar(select(outbox.c.settled_at).where(outbox.c.id == root_id))
    if settled is not None:
        await _write(connection, root_id, None)


async def _waits(connection: AsyncConnection, outbox_id: int) -> bool:
    waited_for = select(outbox.c.id).where(outbox.c.root_id == outbox_id, outbox.c.settled_at.is_(None))
    return await connection.scalar(waited_for.limit(1)) is not None


async def _write(connection: AsyncConnection, outbox_id: int, settled_at: datetime | None) -> None:
    change = await journal.next_change(connection)
    await connection.execute(
        update(outbox).where(outbox.c.id == outbox_id).values(settled_at=settled_at, change_no=change)
    )
