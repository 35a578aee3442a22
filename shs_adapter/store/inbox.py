"""The inbox: every inbound message, sealed, once; unreadable and unsolicited ones too."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

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


def is_due(now: datetime) -> ColumnElement[bool]:
    """The condition that an answer is to be decoded now."""
    return and_(inbox.c.kind == Kind.ANSWER, inbox.c.decoded_at.is_(None), inbox.c.due_at <= now)


async def undecoded(connection: AsyncConnection, now: datetime, limit: int) -> list[Row[Any]]:
    """Answers whose worth is not known yet, oldest first."""
    return list(
        await connection.execute(select(inbox).where(is_due(now)).order_by(inbox.c.due_at).limit(limit))
    )


async def defer(connection: AsyncConnection, inbox_id: str, now: datetime, rest: timedelta) -> None:
    """Decoding met a surprise: this answer rests, the others go on."""
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == inbox_id)
        .values(decode_tries=inbox.c.decode_tries + 1, due_at=now + rest)
    )


def body(vault: Vault, row: Row[Any]) -> bytes:
    """The message as it came."""
    return vault.open(row.body_sealed, _place(row.id))


def _place(inbox_id: str) -> str:
    return f"inbox.body_sealed:{inbox_id}"
