"""Claims: questions are leased, most urgent first, and set free again; `leases` says what a lease means."""

import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, or_, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from shs_adapter.lifecycle import State
from shs_adapter.store import leases
from shs_adapter.store.leases import FREE, NOW
from shs_adapter.store.marks import Mark, Place
from shs_adapter.store.outbox import is_in
from shs_adapter.store.tables import outbox
from shs_adapter.store.types import among, any_of

# No number is in the clear. PostgreSQL has no statistics of person_id: in these words it takes that for
# nearly always true, as it is, and claims along the index. In plain ones it would sort all that is new.
_IS_SEALED = case((outbox.c.person_id.is_(None), "sealed"), else_="clear") != "clear"


def is_due(state: State) -> ColumnElement[bool]:
    """The condition that a row in *state* may be claimed at `leases.NOW`, if nobody works on it."""
    return and_(
        is_in(state),
        outbox.c.due_at <= NOW,
        or_(outbox.c.withdraw_reason.is_(None), outbox.c.withdraw_reason == ""),
        or_(outbox.c.deadline_at.is_(None), outbox.c.deadline_at > NOW),
        *([_IS_SEALED] if state is State.NEW else []),
    )


async def claim(
    connection: AsyncConnection,
    state: State,
    *,
    limit: int,
    owner: str,
    lease: timedelta,
    now: datetime,
    tenants: Collection[str] | None = None,
    mark: Mark | None = None,
    besides: Collection[int] = (),
) -> list[Row[Any]]:
    """Lease up to *limit* due rows in *state*, most urgent first; `record` asks for their `lease_token`.

    *tenants* narrows the choice; None takes any, even a tenant that does not exist. What stands before the
    *mark* is passed over for a moment: see `store.marks`. None of the questions *besides* is taken.
    """
    narrowed: dict[str, Any] = {} if tenants is None else {"tenants": tenants}
    narrowed |= {"besides": besides} if besides else {}
    rows: list[Row[Any]] = []
    for place in mark.begins() if mark else [None]:
        begin = {} if place is None else {f"from_{name}": getattr(place, name) for name in _names(place)}
        statement = _claiming(state, tenants is not None, bool(besides), tuple(begin))
        claimed = await leases.claim(
            connection, statement, limit=limit, owner=owner, lease=lease, now=now, **narrowed, **begin
        )
        rows = sorted(claimed, key=lambda row: (_rank(row.priority), row.due_at, row.id))
        if mark:
            mark.claimed(place, Place(rows[0].priority, rows[0].due_at, rows[0].id) if rows else None)
        if rows:
            break
    return rows


@cache
def _claiming(
    state: State, is_narrowed: bool, leaves_some: bool, begin: tuple[str, ...]
) -> ReturningUpdate[Any]:
    claimable = [is_due(state)]
    if is_narrowed:
        claimable.append(any_of(outbox.c.tenant, "tenants"))
    if leaves_some:
        claimable.append(~any_of(outbox.c.id, "besides"))
    if begin:
        claimable.append(_stands_from(begin))
    urgency = (outbox.c.priority.nulls_last(), outbox.c.due_at, outbox.c.id)
    return leases.claiming(outbox, and_(*claimable), urgency)


def _names(place: Place) -> tuple[str, ...]:
    return ("priority", "due_at", "id") if place.priority is not None else ("due_at", "id")


def _stands_from(begin: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a row stands at a place or behind it, in a form in which an index begins there.

    Where the place has a priority it is true of no row that has none.
    """
    columns = [outbox.c[name.removeprefix("from_")] for name in begin]
    place = tuple_(*(bindparam(name, type_=one.type) for name, one in zip(begin, columns, strict=True)))
    behind = tuple_(*columns) >= place
    return behind if "from_priority" in begin else and_(outbox.c.priority.is_(None), behind)


def _rank(priority: object) -> float:
    """NULL, and what SQLite keeps as text in a column of numbers, goes last."""
    return priority if isinstance(priority, int | float) else math.inf


async def let_go(connection: AsyncConnection, outbox_ids: Collection[int]) -> None:
    """Free rows that were claimed in this transaction."""
    if outbox_ids:
        await connection.execute(update(outbox).where(among(outbox.c.id, outbox_ids)).values(FREE))


async def take_back(
    connection: AsyncConnection, owner: str, *states: State, under_way: Collection[str] = ()
) -> int:
    """Free the leases of *owner* on questions in *states*, but for tokens *under_way*; returns how many."""
    left = or_(*(is_in(state) for state in states)), ~among(outbox.c.lease_token, under_way)
    return await leases.take_back(connection, outbox, owner, *left)
