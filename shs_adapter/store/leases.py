"""Leases: who works on a row, told by a token, until a time. All tables that have them have the same columns.

Rule: a lease fences our own work. Whoever writes what came of it asks that the token is still there; SKIP
LOCKED only spares claimers waiting for each other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Integer, Row, Table, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from shs_adapter.store.types import UtcDateTime

Moment = datetime | ColumnElement[datetime]  # a time, or the parameter that will be one

NOW = bindparam("now", type_=UtcDateTime())
VOID_AFTER = bindparam("void_after", type_=UtcDateTime())  # a lease that ends later is none

FREE: dict[str, Any] = {"lease_token": None, "lease_owner": None, "lease_until": None}


def taken(owner: str, until: datetime) -> dict[str, Any]:
    """The columns of a new lease."""
    return {"lease_token": uuid4().hex, "lease_owner": owner, "lease_until": until}


def is_free(table: Table, now: Moment, void_after: Moment | None = None) -> ColumnElement[bool]:
    """The condition that nobody works on a row."""
    return is_over(table.c.lease_until, now, void_after)


def is_over(until: Column[datetime], now: Moment, void_after: Moment | None) -> ColumnElement[bool]:
    """The condition that *until* has come, or lies so far ahead that the clock was wrong when it was set."""
    void = [until > void_after] if void_after is not None else []
    return or_(until.is_(None), until <= now, *void)


def claiming(
    table: Table,
    claimable: ColumnElement[bool],
    urgency: Sequence[ColumnElement[Any]],
    told: Iterable[ColumnElement[Any]] | None = None,
    **columns: Any,
) -> ReturningUpdate[Any]:
    """The statement for `claim`, best made once: to make it costs more than to run it. It returns the columns
    *told* of the rows, or all, in no order; *columns* are set beside the lease.

    MATERIALIZED, else PostgreSQL may claim more; that the lease is free is looked at twice, for the row may
    have been claimed between.
    """
    free = is_free(table, NOW, VOID_AFTER)
    due = (
        select(table.c.id)
        .where(claimable, free)
        .order_by(*urgency)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(key_share=True, skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    lease: dict[str, Any] = {name: bindparam(f"new_{name}") for name in FREE}
    where = table.c.id.in_(select(due.c.id)), free
    return update(table).where(*where).values(lease | columns).returning(*(told or table.c))


async def claim(
    connection: AsyncConnection,
    statement: ReturningUpdate[Any],
    *,
    limit: int,
    owner: str,
    lease: timedelta,
    now: datetime,
    **values: Any,
) -> list[Row[Any]]:
    """Lease up to *limit* rows; *values* are for the statement's own parameters."""
    leased = {f"new_{name}": value for name, value in taken(owner, now + lease).items()}
    given = {"now": now, "void_after": now + 2 * lease, "most": limit, **leased, **values}
    return list(await connection.execute(statement, given))


async def take_back(
    connection: AsyncConnection, table: Table, owner: str, *where: ColumnElement[bool]
) -> int:
    """Free every lease of *owner* that nobody works under any more; returns how many.

    One on a row that another has locked is left to run out.
    """
    ours = select(table.c.id).where(table.c.lease_owner == owner, *where).with_for_update(skip_locked=True)
    freed = await connection.execute(update(table).where(table.c.id.in_(ours)).values(FREE))
    return freed.rowcount
