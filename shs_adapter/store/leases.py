"""Leases: who works on a row, told by a token, until a time. All tables that have them have the same columns.

Rule: a lease fences our own work. Whoever writes what came of it asks that the token is still there; SKIP
LOCKED only spares claimers waiting for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Row, Table, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

Moment = datetime | ColumnElement[datetime]  # a time, or the parameter that will be one

FREE: dict[str, Any] = {"lease_token": None, "lease_owner": None, "lease_until": None}


def taken(owner: str, until: datetime) -> dict[str, Any]:
    """The columns of a new lease."""
    return {"lease_token": uuid4().hex, "lease_owner": owner, "lease_until": until}


def is_free(table: Table, now: Moment, longest: timedelta | None = None) -> ColumnElement[bool]:
    """The condition that nobody works on a row; a lease that ends further ahead than *longest* is none."""
    return is_over(table.c.lease_until, now, None if longest is None else now + longest)


def is_over(until: Column[datetime], now: Moment, void_after: Moment | None) -> ColumnElement[bool]:
    """The condition that *until* has come, or lies so far ahead that the clock was wrong when it was set."""
    void = [until > void_after] if void_after is not None else []
    return or_(until.is_(None), until <= now, *void)


async def claim(
    connection: AsyncConnection,
    table: Table,
    claimable: ColumnElement[bool],
    urgency: Sequence[ColumnElement[Any]],
    *,
    limit: int,
    owner: str,
    lease: timedelta,
    now: datetime,
    told: Iterable[ColumnElement[Any]] | None = None,
    **columns: Any,
) -> list[Row[Any]]:
    """Lease up to *limit* rows that are *claimable*, most urgent first; returns them in no order, whole or
    the columns *told*.

    *columns* are set beside the lease. One statement.
    """
    free, lease_columns = is_free(table, now, 2 * lease), taken(owner, now + lease)
    claimed = await connection.execute(
        claiming(table, claimable, urgency, free, limit=limit, columns=lease_columns | columns, told=told)
    )
    return list(claimed)


def claiming(
    table: Table,
    claimable: ColumnElement[bool],
    urgency: Sequence[ColumnElement[Any]],
    free: ColumnElement[bool],
    *,
    limit: int | ColumnElement[int],
    columns: Mapping[str, Any],
    told: Iterable[ColumnElement[Any]] | None = None,
) -> ReturningUpdate[Any]:
    """The statement of a claim, which returns the columns *told* of the rows, or all.

    MATERIALIZED, else PostgreSQL may claim more; that the lease is *free* is looked at twice, for the row may
    have been claimed between.
    """
    due = (
        select(table.c.id)
        .where(claimable)
        .order_by(*urgency)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    where = table.c.id.in_(select(due.c.id)), free
    return update(table).where(*where).values(columns).returning(*(told or table.c))


async def take_back(
    connection: AsyncConnection, table: Table, owner: str, *where: ColumnElement[bool]
) -> int:
    """Free every lease of *owner* that nobody works under any more; returns how many."""
    freed = await connection.execute(update(table).where(table.c.lease_owner == owner, *where).values(FREE))
    return freed.rowcount
