"""Duties: what one daemon at a time does, and none too often, such as polling a mailbox."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.bulk import insert_new
from shs_adapter.store.leases import FREE, is_free, taken
from shs_adapter.store.tables import duty

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty that is ours while the *token* holds."""

    name: str
    token: str


async def take(
    connection: AsyncConnection, name: str, *, owner: str, lease: timedelta, now: datetime
) -> Duty | None:
    """The duty, if it is due and nobody else has it; what an earlier life of *owner* held is free."""
    ours = duty.c.lease_owner == owner
    due = and_(duty.c.due_at <= now, or_(is_free(duty, now, now + 2 * lease), ours))
    values = taken(owner, now + lease)
    taking = update(duty).where(duty.c.name == name, due).values(values).returning(duty.c.lease_token)
    token = await connection.scalar(taking)
    if token is None and not await connection.scalar(select(duty.c.name).where(duty.c.name == name)):
        await connection.execute(
            insert_new(connection.dialect.name, duty), {"name": name, "due_at": _AT_ONCE}
        )
        token = await connection.scalar(taking)
    return None if token is None else Duty(name, token)


async def hold(connection: AsyncConnection, held: Duty, until: datetime) -> bool:
    """Go on with it; False where it is not ours any more."""
    kept = await connection.execute(update(duty).where(_is(held)).values(lease_until=until))
    return kept.rowcount == 1


async def leave(connection: AsyncConnection, held: Duty, due_at: datetime) -> None:
    """Let others have it, from *due_at* on; does nothing where it is not ours any more."""
    await connection.execute(update(duty).where(_is(held)).values(due_at=due_at, **FREE))


async def hasten(connection: AsyncConnection, now: datetime) -> None:
    """Make every duty due at *now*: a daemon that starts looks at once at what has come meanwhile."""
    await connection.execute(update(duty).where(duty.c.due_at > now).values(due_at=now))


def _is(held: Duty) -> ColumnElement[bool]:
    return and_(duty.c.name == held.name, duty.c.lease_token == held.token)
