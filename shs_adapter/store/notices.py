"""Notices: what a mailbox list showed, written down before anything is fetched, and what became of each.

Fetching consumes on some nodes. A notice without inbox row is therefore never forgotten: it is fetched,
or it is lost at the node, and then it stays visible with its tx.id, because a human must ask for it there.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.tables import notice
from shs_adapter.store.types import among


class NoticeState(StrEnum):
    LISTED = "listed"  # to be fetched
    LOCKED = "locked"  # listed, but not to be had now: perhaps a lock at the node
    UNFETCHABLE = "unfetchable"  # the node fails to hand it over, or it is larger than we take
    STORED = "stored"  # in the inbox; to be acknowledged
    ACKED = "acked"
    UNACKNOWLEDGED = "unacknowledged"  # in the inbox, but the node did not know it when acknowledged
    LOST = "lost"  # lost at the node
    LEFT = "left"  # another system's; not touched


TO_FETCH = (NoticeState.LISTED, NoticeState.LOCKED, NoticeState.UNFETCHABLE)
OPEN = (*TO_FETCH, NoticeState.STORED)

TOO_LARGE = "too_large"  # the code of what is larger than we take


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One entry of a mailbox list."""

    tx_id: str
    corr_id: str | None
    content_id: str | None
    product: str | None
    sequence_type: str | None
    sender: str | None
    ours: bool
    outbox_id: int | None


async def note(
    connection: AsyncConnection,
    mailbox: str,
    seen: Collection[Seen],
    now: datetime,
    rest: Callable[[int], timedelta],
) -> int:
    """Write down what a list showed; returns how many entries are new or back again.

    An entry that was finished and is listed again (the node's operator has reset it, another message bears
    the same tx.id, or the node never takes it off) is fetched again, after a *rest* that grows with every
    time; the inbox knows by its bytes whether it is the same.
    """
    known = {
        row.tx_id: row
        for row in await connection.execute(
            select(notice).where(
                notice.c.mailbox == mailbox, notice.c.tx_id.in_([entry.tx_id for entry in seen])
            )
        )
    }
    fresh = 0
    # Of entries under one tx.id ours counts.
    for entry in {entry.tx_id: entry for entry in sorted(seen, key=lambda one: one.ours)}.values():
        row = known.get(entry.tx_id)
        state = NoticeState.LISTED if entry.ours else NoticeState.LEFT
        if row is None:
            fresh += 1
            await connection.execute(
                insert(notice).values(
                    mailbox=mailbox,
                    tx_id=entry.tx_id,
                    corr_id=entry.corr_id,
                    content_id=entry.content_id,
                    product=entry.product,
                    sequence_type=entry.sequence_type,
                    sender=entry.sender,
                    outbox_id=entry.outbox_id,
                    state=state,
                    first_seen_at=now,
                    last_seen_at=now,
                    due_at=now,
                )
            )
            continue
        again: dict[str, Any] = {}
        if row.state not in OPEN and state != row.state:
            fresh += 1
            again = {
                "state": state,
                "tries": row.tries + 1,
                "due_at": now + rest(row.tries) if row.tries else now,
                "outbox_id": entry.outbox_id,
            }
        await connection.execute(
            update(notice).where(notice.c.id == row.id).values(last_seen_at=now, **again)
        )
    return fresh


async def due(connection: AsyncConnection, mailbox: str, now: datetime, limit: int) -> list[Row[Any]]:
    """Notices to work on now: to be fetched, or stored and to be acknowledged."""
    return list(
        await connection.execute(
            select(notice)
            .where(notice.c.mailbox == mailbox, notice.c.state.in_(OPEN), notice.c.due_at <= now)
            .order_by(notice.c.id)
            .limit(limit)
        )
    )


async def ignored(connection: AsyncConnection, mailbox: str, now: datetime, since: datetime) -> int:
    """How many entries seen after *since* lie in the mailbox untouched: they take up places in a list."""
    rows = await connection.scalars(
        select(notice.c.id).where(
            notice.c.mailbox == mailbox,
            or_(notice.c.state == NoticeState.LEFT, notice.c.due_at > now),
            notice.c.last_seen_at >= since,
        )
    )
    return len(rows.all())


async def change(
    connection: AsyncConnection, notice_id: int, was: Iterable[NoticeState], **columns: Any
) -> bool:
    """Write what became of it; False, and nothing, where it is not what it *was*: another has it."""
    changed = await connection.execute(
        update(notice).where(notice.c.id == notice_id, notice.c.state.in_(list(was))).values(**columns)
    )
    return changed.rowcount == 1


async def unfetchable(connection: AsyncConnection, outbox_ids: Collection[int]) -> set[int]:
    """Those of the questions about which a message lies at the node that cannot be fetched."""
    stuck = select(notice.c.outbox_id).where(
        among(notice.c.outbox_id, outbox_ids), notice.c.state == NoticeState.UNFETCHABLE
    )
    return set(await connection.scalars(stuck))


async def hasten(connection: AsyncConnection, now: datetime) -> None:
    """Have what was too large tried again at once: the limit may have been raised."""
    too_large = notice.c.state == NoticeState.UNFETCHABLE, notice.c.code == TOO_LARGE
    await connection.execute(update(notice).where(*too_large).values(due_at=now))


def nothing_open(outbox_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that no message about a question is still to be had."""
    pending = (NoticeState.LISTED, NoticeState.LOCKED)
    return ~exists().where(notice.c.outbox_id == outbox_id, notice.c.state.in_(pending))
