"""The inbox: every inbound message, sealed, once; unreadable and unsolicited ones too.

Rule: a message is put here by itself as soon as it is fetched; what it is, and whose, is written later.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import leases, pieces
from shs_adapter.store.bulk import Record, insert_new, update_all
from shs_adapter.store.leases import FREE, NOW
from shs_adapter.store.tables import inbox, notice
from shs_adapter.store.types import among, any_of
from shs_adapter.store.vault import Vault


class Kind(StrEnum):
    FETCHED = "fetched"  # nothing was made of it yet
    ANSWER = "answer"
    CONFIRM = "confirm"
    ERROR = "error"
    UNSOLICITED = "unsolicited"  # readable, but of no conversation of ours, or not from whom we talk to
    QUARANTINED = "quarantined"  # about a question of ours, from whom was asked, and not to be counted for it
    INVALID = "invalid"  # fetched in place of a message, or not to be understood; not acknowledged
    UNREADABLE = "unreadable"  # the node's last word, and acknowledged


async def put(
    connection: AsyncConnection, vault: Vault, mailbox: str, tx_id: str, raw: bytes, at: datetime
) -> str:
    """Keep a message that came to *mailbox*, by one statement unless it is large; returns where it lies.

    The same bytes under the same tx.id are kept once. Other bytes under a known tx.id are kept beside them.
    """
    digest, inbox_id = vault.digest(raw), uuid4().hex
    row = {
        "id": inbox_id,
        "mailbox": mailbox,
        "tx_id": tx_id,
        "kind": Kind.FETCHED,
        "body_sealed": pieces.column(vault, raw, place(inbox_id)),
        "body_sha256": digest,
        "size": len(raw),
        "received_at": at,
        "due_at": at,
    }
    if await connection.scalar(insert_new(connection.dialect.name, inbox, inbox.c.id), row):
        await pieces.put(connection, vault, raw, place(inbox_id))
        return inbox_id
    same = inbox.c.mailbox == mailbox, inbox.c.tx_id == tx_id, inbox.c.body_sha256 == digest
    known: str = (await connection.execute(select(inbox.c.id).where(*same))).scalar_one()
    return known


_LEFT = (
    select(inbox.c.id)
    .join(notice, and_(notice.c.mailbox == inbox.c.mailbox, notice.c.tx_id == inbox.c.tx_id))
    .where(inbox.c.mailbox == bindparam("mailbox"), inbox.c.kind == literal_column(f"'{Kind.FETCHED}'"))
    .order_by(inbox.c.received_at, inbox.c.id)
)


async def left(connection: AsyncConnection, mailbox: str) -> list[str]:
    """The messages of which nothing was made when somebody died."""
    return list(await connection.scalars(_LEFT, {"mailbox": mailbox}))


_BEARING = select(
    *(inbox.c[name] for name in ("id", "tx_id", "kind", "code", "size", "received_at", "fetches"))
).where(inbox.c.mailbox == bindparam("mailbox"), any_of(inbox.c.tx_id, "tx_ids"))


async def bearing(
    connection: AsyncConnection, mailbox: str, tx_ids: Collection[str]
) -> dict[str, dict[str, Row[Any]]]:
    """What was fetched under each tx.id, by id: kind, code, size, and since when and how often it came."""
    found: dict[str, dict[str, Row[Any]]] = {tx_id: {} for tx_id in tx_ids}
    for row in await connection.execute(_BEARING, {"mailbox": mailbox, "tx_ids": tx_ids}):
        found[row.tx_id][row.id] = row
    return found


async def unread(connection: AsyncConnection, outbox_ids: Collection[int]) -> set[int]:
    """Those of the questions about which something came that nobody could read."""
    unread = select(inbox.c.outbox_id).where(
        among(inbox.c.outbox_id, outbox_ids), inbox.c.kind.in_((Kind.INVALID, Kind.UNREADABLE))
    )
    return set(await connection.scalars(unread))


async def remove(connection: AsyncConnection, inbox_ids: Collection[str]) -> None:
    """Delete messages that nothing refers to."""
    await connection.execute(delete(inbox).where(among(inbox.c.id, inbox_ids)))
    await pieces.remove(connection, [*map(place, inbox_ids)])


async def understand(connection: AsyncConnection, messages: Sequence[Record]) -> None:
    """Write what messages are: `id`, `kind` and what else is known."""
    await update_all(connection, inbox, ["id"], messages)


def is_due() -> ColumnElement[bool]:
    """The condition that an answer is to be decoded at `leases.NOW`, if nobody does it."""
    return and_(*undecoded(), inbox.c.due_at <= NOW)


def undecoded() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that an answer's worth is not known yet, in the words that their index uses."""
    return inbox.c.kind == literal_column(f"'{Kind.ANSWER}'"), inbox.c.decoded_at.is_(None)


_CLAIM = leases.claiming(
    inbox,
    is_due(),
    (inbox.c.due_at, inbox.c.id),  # what came together is judged in one order, always
    told=[column for column in inbox.c if column.name != "body_sealed"],
)


async def claim(
    connection: AsyncConnection, *, limit: int, owner: str, lease: timedelta, now: datetime
) -> list[Row[Any]]:
    """Lease up to *limit* answers whose worth is not known yet, oldest first; returns them without body."""
    claimed = await leases.claim(connection, _CLAIM, limit=limit, owner=owner, lease=lease, now=now)
    return sorted(claimed, key=lambda row: (row.due_at, row.id))


_SOME = select(inbox).where(any_of(inbox.c.id, "ids"))


async def some(connection: AsyncConnection, inbox_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The messages by id, as far as they are there."""
    rows = await connection.execute(_SOME, {"ids": inbox_ids})
    return {row.id: row for row in rows}


_LEASED = (
    select(inbox.c.id, inbox.c.lease_token)
    .where(any_of(inbox.c.id, "ids"))
    .order_by(inbox.c.id)
    .with_for_update(key_share=True)
)


async def held(connection: AsyncConnection, tokens: Mapping[str, str]) -> set[str]:
    """The messages whose leases, by id, are still ours; then they are so until the transaction ends."""
    rows = await connection.execute(_LEASED, {"ids": tokens})
    return {row.id for row in rows if row.lease_token == tokens[row.id]}


async def take_back(connection: AsyncConnection, owner: str) -> int:
    """Free every lease of *owner* on an answer that is not decoded; returns how many."""
    return await leases.take_back(connection, inbox, owner, inbox.c.decoded_at.is_(None))


async def defer(
    connection: AsyncConnection, row: Row[Any], now: datetime, rest: timedelta, *, tries: int = 1
) -> None:
    """This answer rests, the others go on; how many *tries* that counts as."""
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == row.id, inbox.c.lease_token == row.lease_token)
        .values(decode_tries=inbox.c.decode_tries + tries, due_at=now + rest, **FREE)
    )


async def body(connection: AsyncConnection, vault: Vault, row: Row[Any]) -> bytes:
    """The message as it came."""
    if row.body_sealed:
        return vault.open(row.body_sealed, place(row.id))
    return await pieces.get(connection, vault, place(row.id))


def place(inbox_id: str) -> str:
    """What a message is sealed for."""
    return f"inbox.body_sealed:{inbox_id}"
