"""Permits to make requests to a counterpart: so many rows, which all daemons share under leases.

A slot is had while a request is under way. A permit of the rate is had as long, and rests afterwards: no
request arrives after its reply, so two on one permit arrive at least the rest apart, whatever holds them up.
A dead daemon's permits are free when its leases end.

Rule: whoever sends questions `take`s what is free and not kept. Whoever polls a mailbox `ask`s: where nothing
is free, one permit that no mailbox has is kept for it, so it waits for the end of one request, however many
questions there are. The last of several permits is never a mailbox's, so neither side keeps out the other.
The only one, and one of the rate, which nobody has for long, is kept for the next while another has it and
while it rests: those who ask take turns. For the only one questions ask, too.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, case, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import leases
from shs_adapter.store.bulk import insert_new
from shs_adapter.store.leases import NOW, VOID_AFTER, is_free, is_over
from shs_adapter.store.tables import permit
from shs_adapter.store.types import UtcDateTime, among, any_of, utc_now

_KEPT = timedelta(seconds=1)  # for who asks, beside the time that it rests; it asks again sooner


class Kind(StrEnum):
    SLOT = "slot"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Pool:
    """A counterpart's permits of one kind, the rows up to *size*; each rests after it was had."""

    counterpart: str
    kind: Kind
    size: int
    rest: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit that is ours while the *token* holds."""

    id: int
    token: str


async def provide(connection: AsyncConnection, pool: Pool) -> None:
    """Make the rows that there are not."""
    rows = [
        {"counterpart": pool.counterpart, "kind": pool.kind, "number": number + 1}
        for number in range(pool.size)
    ]
    await connection.execute(insert_new(connection.dialect.name, permit), rows)


async def free(connection: AsyncConnection, pool: Pool, *, lease: timedelta, now: datetime) -> int:
    """How many permits there are to `take`: a look, which takes nothing."""
    void_after = now + 2 * (lease + pool.rest)
    found = await connection.scalar(_COUNT, {"now": now, "void_after": void_after, **_asked(pool)})
    return found or 0


async def take(
    connection: AsyncConnection, pool: Pool, most: int, *, owner: str, lease: timedelta, now: datetime
) -> list[Permit]:
    """Up to *most* permits that are free and not kept for a mailbox, for requests that end within *lease*."""
    lease += pool.rest
    rows = await leases.claim(
        connection, _TAKE, limit=most, owner=owner, lease=lease, now=now, **_asked(pool)
    )
    return [Permit(row.id, row.lease_token) for row in rows]


async def ask(
    connection: AsyncConnection, pool: Pool, *, owner: str, lease: timedelta, now: datetime
) -> Permit | None:
    """A permit for a mailbox; None where none is free: then one is kept for *owner*, who asks again soon."""
    lease += pool.rest
    is_long = pool.size > 1 and not pool.rest  # a mailbox has a slot for as long as it is worked on
    ours = _waits(owner)
    for_us = and_(
        _is_of(pool),
        permit.c.number <= max(pool.size - 1, 1),
        or_(ours, is_over(permit.c.kept_until, now, now + 2 * lease)),
    )
    best = ours.desc(), permit.c.number
    whose, until = (owner, now + lease) if is_long else (None, None)
    asking = leases.claiming(permit, for_us, best, kept_for=whose, kept_until=until)
    rows = await leases.claim(connection, asking, limit=1, owner=owner, lease=lease, now=now)
    if rows:
        return Permit(rows[0].id, rows[0].lease_token)
    next_free = select(permit.c.id).where(for_us, _is_anothers(owner, now)).order_by(*best).limit(1)
    await connection.execute(
        update(permit)
        .where(permit.c.id == next_free.scalar_subquery())
        .values(kept_for=owner, kept_until=now + pool.rest + _KEPT)
    )
    return None


async def is_worth_asking(
    connection: AsyncConnection, pool: Pool, *, owner: str, lease: timedelta, now: datetime
) -> bool:
    """Whether the only permit of a pool would be given to *owner*, or be kept: a look, which does neither."""
    void_after = now + 2 * (lease + pool.rest)
    is_kept = ~is_over(permit.c.kept_until, now, void_after)
    ours = _waits(owner)
    free = is_free(permit, now, void_after)
    would = or_(and_(free, or_(~is_kept, ours)), and_(~is_kept, _is_anothers(owner, now)))
    found = select(permit.c.id).where(_is_of(pool), permit.c.number == 1, would)
    return await connection.scalar(found) is not None


def _waits(owner: str) -> ColumnElement[bool]:
    """The condition that a permit was kept for *owner* last."""
    return func.coalesce(permit.c.kept_for == owner, False)


def _is_anothers(owner: str, now: datetime) -> ColumnElement[bool]:
    """The condition that it is not *owner* who has a permit, or had it last while it rests."""
    return or_(permit.c.lease_owner.is_distinct_from(owner), is_over(permit.c.lease_until, now, None))


async def hold(connection: AsyncConnection, held: Permit, until: datetime) -> bool:
    """Go on with what was asked for; False where it is not ours any more."""
    kept = await connection.execute(
        update(permit)
        .where(_are([held]))
        .values(
            lease_until=until,
            kept_until=case((permit.c.kept_for == permit.c.lease_owner, until), else_=permit.c.kept_until),
        )
    )
    return kept.rowcount == 1


async def give_back(connection: AsyncConnection, pool: Pool, held: Collection[Permit], now: datetime) -> None:
    """Set permits free once they have rested; those that are not ours any more are left. One statement."""
    if held:
        await connection.execute(_GIVE_BACK, {"held": _marks(held), "free_at": _free_at(pool, now)})


async def take_back(
    connection: AsyncConnection,
    pool: Pool,
    owners: Collection[str],
    now: datetime,
    *,
    under_way: Collection[Permit] = (),
) -> None:
    """Set free what none of *owners* works under any more, as `give_back` does."""
    lost = among(permit.c.lease_owner, owners), permit.c.lease_token.is_not(None), ~_are(under_way)
    freed = update(permit).where(_is_of(pool), *lost).values(_FREED)
    await connection.execute(freed, {"free_at": _free_at(pool, now)})


async def in_flight(connection: AsyncConnection) -> dict[str, int]:
    """How many slots are had, by counterpart."""
    had = permit.c.kind == Kind.SLOT, permit.c.lease_token.is_not(None), permit.c.lease_until > utc_now()
    counted = await connection.execute(
        select(permit.c.counterpart, func.count()).where(*had).group_by(permit.c.counterpart)
    )
    return dict(tuple(row) for row in counted)


def _free_at(pool: Pool, now: datetime) -> datetime | None:
    return now + pool.rest if pool.rest else None


def _is_of(pool: Pool) -> ColumnElement[bool]:
    return and_(permit.c.counterpart == pool.counterpart, permit.c.kind == pool.kind)


_MARK = permit.c.lease_token.concat(cast(permit.c.id, Text))


def _are(held: Collection[Permit]) -> ColumnElement[bool]:
    """The condition that a row is one of *held*, and still theirs who held it."""
    return among(_MARK, _marks(held))


def _marks(held: Collection[Permit]) -> list[str]:
    return [f"{one.token}{one.id}" for one in held]


# Made once: they are asked with every message.
_FREE = and_(
    permit.c.counterpart == bindparam("host"),
    permit.c.kind == bindparam("which"),
    permit.c.number <= bindparam("size"),
    is_over(permit.c.kept_until, NOW, VOID_AFTER),
)
_COUNT = select(func.count()).where(_FREE, is_free(permit, NOW, VOID_AFTER))
_TAKE = leases.claiming(permit, _FREE, [permit.c.number.desc()])
# What a free permit is like: it tells who had it last, and stays kept for a mailbox that waits for it.
_FREED = {
    "lease_token": None,
    "lease_until": bindparam("free_at", type_=UtcDateTime()),
    "kept_until": case((permit.c.kept_for == permit.c.lease_owner, None), else_=permit.c.kept_until),
}
_GIVE_BACK = update(permit).where(any_of(_MARK, "held")).values(_FREED)


def _asked(pool: Pool) -> dict[str, Any]:
    return {"host": pool.counterpart, "which": pool.kind, "size": pool.size}
