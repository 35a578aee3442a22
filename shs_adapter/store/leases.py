"""Leases: who works on a row, told by a token, until a time. All tables that have them have the same columns.

Rule: a lease fences our own work. Whoever writes what came of it asks that the token is still there; SKIP
LOCKED only spares claimers waiting for each other.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

FREE: dict[str, Any] = {"lease_token": None, "lease_owner": None, "lease_until": None}


def taken(owner: str, until: datetime) -> dict[str, Any]:
    """The columns of a new lease."""
    return {"lease_token": uuid4().hex, "lease_owner": owner, "lease_until": until}


def is_free(table: Table, now: datetime, longest: timedelta | None = None) -> ColumnElement[bool]:
    """The condition that nobody works on a row; a lease that ends further ahead than *longest* is none."""
    until = table.c.lease_until
    stepped_back = [until > now + longest] if longest is not None else []  # the clock was ahead when taken
    return or_(until.is_(None), until <= now, *stepped_back)


async def take_back(
    connection: AsyncConnection, table: Table, owner: str, *where: ColumnElement[bool]
) -> int:
    """Free every lease of *owner* that nobody works under any more; returns how many."""
    freed = await connection.execute(update(table).where(table.c.lease_owner == owner, *where).values(FREE))
    return freed.rowcount
