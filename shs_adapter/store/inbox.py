"""The inbox: every inbound message, sealed, once; unreadable and unsolicited ones too."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import leases, pieces
from shs_adapter.store.bulk import insert_all
from shs_adapter.store.leases import FREE, Moment, is_free
from shs_adapter.store.tables import inbox
from shs_adapter.store.types import among
from shs_adapter.store.vault import Vault


class Kind(StrEnum):
    ANSWER = "answer"
    CONFIRM = "confirm"
    ERROR = "error"
    UNSOLICITED = "unsolicited"  # readable, but of no conversation of ours
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as it was fetched; *columns* are what is known of it."""

    tx_id: str
    kind: Kind
    raw: bytes = field(repr=False)
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a message lies; *repeated* if its tx.id had come before, with the same bytes or others."""

    inbox_id: str
    is_new: bool
    repeated: bool


async def store(
    connection: AsyncConnection, vault: Vault, mailbox: str, arrivals: Sequence[Arrival], at: datetime
) -> list[Kept]:
    """Keep messages that came to *mailbox*, each once.

    The same bytes under the same tx.id are kept once. Other bytes under a known tx.id are kept beside them.
    """
    columns = inbox.c.tx_id, inbox.c.body_sha256, inbox.c.id
    came = {arrival.tx_id for arrival in arrivals}
    rows = await connection.execute(
        select(*columns).where(inbox.c.mailbox == mailbox, among(inbox.c.tx_id, came))
    )
    known = {(row.tx_id, row.body_sha256): row.id for row in rows}
    kept, new = list[Kept](), list[dict[str, Any]]()
    for arrival in arrivals:
        digest = hashlib.sha256(arrival.raw).hexdigest()
        repeated = any(tx_id == arrival.tx_id for tx_id, _ in known)
        is_new = (arrival.tx_id, digest) not in known
        if is_new:
            known[arrival.tx_id, digest] = uuid4().hex
            new.append(_row(vault, mailbox, arrival, known[arrival.tx_id, digest], digest, at))
        kept.append(Kept(inbox_id=known[arrival.tx_id, digest], is_new=is_new, repeated=repeated))
    await insert_all(connection, inbox, new)
    for arrival, one in zip(arrivals, kept, strict=True):
        if one.is_new:
            await pieces.put(connection, vault, arrival.raw, place(one.inbox_id))
    return kept


def _row(
    vault: Vault, mailbox: str, arrival: Arrival, inbox_id: str, digest: str, at: datetime
) -> dict[str, Any]:
    return {
        "id": inbox_id,
        "mailbox": mailbox,
        "tx_id": arrival.tx_id,
        "kind": arrival.kind,
        "body_sealed": pieces.column(vault, arrival.raw, place(inbox_id)),
        "body_sha256": digest,
        "size": len(arrival.raw),
        "received_at": at,
        "due_at": at,
        **arrival.columns,
    }


def is_due(now: Moment, longest: timedelta | None = None) -> ColumnElement[bool]:
    """The condition that an answer is to be decoded now; see `leases.is_free` for *longest*."""
    return and_(*undecoded(), inbox.c.due_at <= now, is_free(inbox, now, longest))


def undecoded() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that an answer's worth is not known yet, in the words that their index uses."""
    return inbox.c.kind == literal_column(f"'{Kind.ANSWER}'"), inbox.c.decoded_at.is_(None)


async def claim(
    connection: AsyncConnection, *, limit: int, owner: str, lease: timedelta, now: datetime
) -> list[Row[Any]]:
    """Lease up to *limit* answers whose worth is not known yet, oldest first."""
    order = (inbox.c.due_at, inbox.c.id)  # what came together is judged in one order, always
    claimed = await leases.claim(
        connection, inbox, is_due(now, 2 * lease), order, limit=limit, owner=owner, lease=lease, now=now
    )
    return sorted(claimed, key=lambda row: (row.due_at, row.id))


async def keep(connection: AsyncConnection, row: Row[Any]) -> bool:
    """Whether the lease of a claimed *row* is still ours; then it is so until the transaction ends."""
    ours = select(inbox.c.id).where(inbox.c.id == row.id, inbox.c.lease_token == row.lease_token)
    return await connection.scalar(ours.with_for_update(key_share=True)) is not None


async def take_back(connection: AsyncConnection, owner: str) -> int:
    """Free every lease of *owner* on an answer that is not decoded; returns how many."""
    return await leases.take_back(connection, inbox, owner, inbox.c.decoded_at.is_(None))


async def defer(connection: AsyncConnection, row: Row[Any], now: datetime, rest: timedelta) -> None:
    """Decoding met a surprise: this answer rests, the others go on."""
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == row.id, inbox.c.lease_token == row.lease_token)
        .values(decode_tries=inbox.c.decode_tries + 1, due_at=now + rest, **FREE)
    )


async def body(connection: AsyncConnection, vault: Vault, row: Row[Any]) -> bytes:
    """The message as it came."""
    if row.body_sealed:
        return vault.open(row.body_sealed, place(row.id))
    return await pieces.get(connection, vault, place(row.id))


def place(inbox_id: str) -> str:
    """What a message is sealed for."""
    return f"inbox.body_sealed:{inbox_id}"
