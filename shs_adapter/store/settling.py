"""When no more is expected of a question: written down, for a reader of changes would not see time pass."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import journal
from shs_adapter.store.bulk import update_all
from shs_adapter.store.tables import outbox
from shs_adapter.store.types import among, any_of


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
    waited_for = waited_for.limit(limit).with_for_update(key_share=True, skip_locked=True)
    found = list(await connection.scalars(waited_for))
    await end(connection, found, now)
    return len(found)


_ENDING = select(outbox.c.id, outbox.c.root_id, outbox.c.settled_at).where(any_of(outbox.c.id, "ids"))


async def end(connection: AsyncConnection, outbox_ids: Collection[int], at: datetime) -> None:
    """Expect nothing more of these questions; does nothing where that was written down before.

    A question waits for those that ask again for it, and ends with the last of them.
    """
    if not outbox_ids:
        return
    rows = (await connection.execute(_ENDING, {"ids": outbox_ids})).all()
    await _settle(connection, [row.id for row in rows if row.settled_at is None], at)
    await end_families(connection, {row.root_id for row in rows if row.root_id is not None}, at)


async def end_families(connection: AsyncConnection, root_ids: Collection[int], at: datetime) -> None:
    """End first questions whose answer is here, if nothing that asks again for them is still expected.

    One that another has locked ends with the next `settle`.
    """
    if root_ids:
        answered = select(outbox.c.id).where(
            among(outbox.c.id, root_ids), outbox.c.settled_at.is_(None), outbox.c.state == State.DONE
        )
        answered = answered.with_for_update(key_share=True, skip_locked=True)
        await _settle(connection, list(await connection.scalars(answered)), at)


async def reopen(connection: AsyncConnection, root_id: int) -> None:
    """Something that asks again for the question is under way once more."""
    root = select(outbox.c.settled_at).where(outbox.c.id == root_id)
    settled = await connection.scalar(root.with_for_update(key_share=True, nowait=True))
    if settled is not None:
        await _write(connection, [root_id], None)


_WAITED_FOR = select(outbox.c.root_id).where(any_of(outbox.c.root_id, "roots"), outbox.c.settled_at.is_(None))


async def _settle(connection: AsyncConnection, outbox_ids: Collection[int], at: datetime) -> None:
    """Settle those that wait for no other."""
    if outbox_ids:
        waiting = set(await connection.scalars(_WAITED_FOR, {"roots": outbox_ids}))
        await _write(connection, [one for one in outbox_ids if one not in waiting], at)


async def _write(connection: AsyncConnection, outbox_ids: Sequence[int], settled_at: datetime | None) -> None:
    numbers = await journal.changes(connection, outbox_ids)
    rows = [{"id": one, "settled_at": settled_at, "change_no": number} for one, number in numbers.items()]
    await update_all(connection, outbox, ["id"], rows)
