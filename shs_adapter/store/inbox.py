"""The inbox: every inbound message, sealed, once; unreadable and unsolicited ones too."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.leases import FREE, is_free, taken
from shs_adapter.store.tables import inbox
from shs_adapter.store.vault import Vault


class Kind(StrEnum):
    ANSWER = "answer"
    CONFIRM = "confirm"
    ERROR = "error"
    UNSOLICITED = "unsolicited"  # readable, but of no conversation of ours
    UNREADABLE = "unreadable"


async def store(
    connection: AsyncConnection,
    vault: Vault,
    raw: bytes,
    *,
    mailbox: str,
    tx_id: str,
    kind: Kind,
    at: datetime,
    **columns: Any,
) -> tuple[str, bool]:
    """Keep a message; returns its inbox id and whether it is new.

    The same bytes under the same tx.id are kept once. Other bytes under a known tx.id are kept beside them.
    """
    digest = hashlib.sha256(raw).hexdigest()
    same = await connection.scalar(
        select(inbox.c.id).where(
            inbox.c.mailbox == mailbox, inbox.c.tx_id == tx_id, inbox.c.body_sha256 == digest
        )
    )
    if same:
        return same, False
    inbox_id = uuid4().hex
    await connection.execute(
        insert(inbox).values(
            id=inbox_id,
            mailbox=mailbox,
            tx_id=tx_id,
            kind=kind,
            body_sealed=vault.seal(raw, _place(inbox_id)),
            body_sha256=digest,
            size=len(raw),
            received_at=at,
            due_at=at,
            **columns,
        )
    )
    return inbox_id, True


async def known_tx_id(connection: AsyncConnection, mailbox: str, tx_id: str) -> bool:
    """Whether any message with this tx.id has come in before."""
    found = select(inbox.c.id).where(inbox.c.mailbox == mailbox, inbox.c.tx_id == tx_id).limit(1)
    return await connection.scalar(found) is not None


def is_due(now: datetime, longest: timedelta | None = None) -> ColumnElement[bool]:
    """The condition that an answer is to be decoded now; see `leases.is_free` for *longest*."""
    return and_(*undecoded(), inbox.c.due_at <= now, is_free(inbox, now, longest))


def undecoded() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that an answer's worth is not known yet, in the words that their index uses."""
    return inbox.c.kind == literal_column(f"'{Kind.ANSWER}'"), inbox.c.decoded_at.is_(None)


async def claim(
    connection: AsyncConnection, *, limit: int, owner: str, lease: timedelta, now: datetime
) -> list[Row[Any]]:
    """Lease up to *limit* answers whose worth is not known yet, oldest first."""
    due = (
        select(inbox.c.id)
        .where(is_due(now, 2 * lease))
        .order_by(inbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    claimed = await connection.execute(
        update(inbox)
        .where(inbox.c.id.in_(select(due.c.id)), is_free(inbox, now, 2 * lease))
        .values(taken(owner, now + lease))
        .returning(inbox)
    )
    return sorted(claimed, key=lambda row: row.due_at)


async def keep(connection: AsyncConnection, row: Row[Any]) -> bool:
    """Whether the lease of a claimed *row* is still ours; then it is so until the transaction ends."""
    ours = select(inbox.c.id).where(inbox.c.id == row.id, inbox.c.lease_token == row.lease_token)
    return await connection.scalar(ours.with_for_update(key_share=True)) is not None


async def defer(connection: AsyncConnection, row: Row[Any], now: datetime, rest: timedelta) -> None:
    """Decoding met a surprise: this answer rests, the others go on."""
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == row.id, inbox.c.lease_token == row.lease_token)
        .values(decode_tries=inbox.c.decode_tries + 1, due_at=now + rest, **FREE)
    )


def body(vault: Vault, row: Row[Any]) -> bytes:
    """The message as it came."""
    return vault.open(row.body_sealed, _place(row.id))


def _place(inbox_id: str) -> str:
    return f"inbox.body_sealed:{inbox_id}"
