"""Notices: what a mailbox list showed, written down before anything is fetched, and what became of each.

Fetching consumes on some nodes. A notice without inbox row is therefore never forgotten: it is fetched,
or it is lost at the node, and then it stays visible with its tx.id, because a human must ask for it there.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.bulk import Record, insert_all, update_all
from shs_adapter.store.tables import notice, outbox
from shs_adapter.store.types import among, any_of


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
# What a human should look at.
TROUBLED = (NoticeState.LOCKED, NoticeState.UNFETCHABLE, NoticeState.UNACKNOWLEDGED, NoticeState.LOST)

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
                notice.c.mailbox == mailbox, among(notice.c.tx_id, {entry.tx_id for entry in seen})
            )
        )
    }
    new, back = list[Record](), list[Record]()
    busy = await _busy(connection, {entry.outbox_id for entry in seen if entry.outbox_id is not None})
    # Of entries under one tx.id ours counts.
    for entry in {entry.tx_id: entry for entry in sorted(seen, key=lambda one: one.ours)}.values():
        row = known.get(entry.tx_id)
        if entry.outbox_id in busy:
            continue  # it is listed again
        state = NoticeState.LISTED if entry.ours else NoticeState.LEFT
        if row is None:
            new.append(_row(mailbox, entry, state, now))
        elif row.state not in OPEN and state != row.state:
            again = now + rest(row.tries) if row.tries else now
            back.append(
                {
                    "id": row.id,
                    "state": state,
                    "tries": row.tries + 1,
                    "due_at": again,
                    "outbox_id": entry.outbox_id,
                    "put_away_at": None,
                }
            )
    await insert_all(connection, notice, new)
    await update_all(connection, notice, ["id"], back)
    if known:
        ids = [row.id for row in known.values()]
        await connection.execute(update(notice).where(among(notice.c.id, ids)).values(last_seen_at=now))
    return len(new) + len(back)


async def _busy(connection: AsyncConnection, outbox_ids: Collection[int]) -> set[int]:
    """Those of the questions that another has locked so that nothing may refer to them."""
    if not outbox_ids or connection.dialect.name != "postgresql":
        return set()
    free = select(outbox.c.id).where(among(outbox.c.id, outbox_ids))
    return set(outbox_ids) - set(
        await connection.scalars(free.with_for_update(read=True, key_share=True, skip_locked=True))
    )


def _row(mailbox: str, entry: Seen, state: NoticeState, now: datetime) -> dict[str, Any]:
    return {
        "mailbox": mailbox,
        "tx_id": entry.tx_id,
        "corr_id": entry.corr_id,
        "content_id": entry.content_id,
        "product": entry.product,
        "sequence_type": entry.sequence_type,
        "sender": entry.sender,
        "outbox_id": entry.outbox_id,
        "state": state,
        "first_seen_at": now,
        "last_seen_at": now,
        "due_at": now,
    }


async def one(connection: AsyncConnection, mailbox: str, tx_id: str) -> Row[Any]:
    named = select(notice).where(notice.c.mailbox == mailbox, notice.c.tx_id == tx_id)
    return (await connection.execute(named)).one()


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


_STATES = select(notice.c.id, notice.c.state).where(any_of(notice.c.id, "ids"))


async def change(
    connection: AsyncConnection, was: Collection[NoticeState], changes: Mapping[int, Record]
) -> set[int]:
    """Write what became of notices, in a turn; returns those that are changed.

    One that is not what it *was* is not: another has it.
    """
    found = await connection.execute(_STATES, {"ids": changes})
    ours = {row.id: row.state for row in found if row.state in was}
    await update_all(
        connection, notice, ["id"], [{"id": one, **_shown(ours[one], changes[one])} for one in sorted(ours)]
    )
    return set(ours)


def _shown(before: str, change: Record) -> Record:
    """The change; what was put away is listed again when it is lost."""
    is_news = change.get("state", before) == NoticeState.LOST != before
    return {**change, "put_away_at": None} if is_news else change


_CLOSE = (
    update(notice)
    .where(any_of(notice.c.id, "ids"), notice.c.state == NoticeState.STORED)
    .values(state=bindparam("ended"))
    .returning(notice.c.id)
)


async def close(
    connection: AsyncConnection, notice_ids: Collection[int], state: NoticeState = NoticeState.ACKED
) -> set[int]:
    """End notices of stored messages; returns those that are ended, for another may have them."""
    if not notice_ids:
        return set()
    return set(await connection.scalars(_CLOSE, {"ids": notice_ids, "ended": state}))


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
