"""Questions: claimed under a lease, moved by `record`, and by nothing else.

Rule: `record` is the only writer of `state`, and writes the journal line in the same transaction.
A lease fences *our* work (build, submit). News from the node needs none and moves the row whoever holds it.
"""

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.errors import NotFound
from shs_adapter.lifecycle import MOVES, Event, State, after, changes
from shs_adapter.store import journal, settling
from shs_adapter.store.recount import recount
from shs_adapter.store.tables import attempt, outbox

# A failure after which no answer is expected; of the others one may still come late.
_FINAL = {Event.MALFORMED, Event.REFUSED, Event.ERRORED}
_TEXTS = {
    Event.REFUSED: "the node refuses this message; resend or rebuild it when the cause is mended",
    Event.EXHAUSTED: "given up by age; the code says how the last try ended",
    Event.ERRORED: "an SHS error message came instead of an answer",
    Event.TIMED_OUT: "accepted, but no answer came in time; a late one is still taken",
}
_FREE: dict[str, Any] = {"lease_token": None, "lease_owner": None, "lease_until": None}
_STAMP = {State.ACCEPTED: outbox.c.accepted_at, State.CONFIRMED: outbox.c.confirmed_at}


async def claim(
    connection: AsyncConnection,
    state: State,
    *,
    limit: int,
    owner: str,
    lease: timedelta,
    now: datetime,
    tenants: Collection[str] | None = None,
) -> list[Row[Any]]:
    """Lease up to *limit* due rows in *state*, most urgent first; `record` asks for their `lease_token`.

    *tenants* narrows the choice; None takes any, even a tenant that does not exist.
    """
    free = or_(
        outbox.c.lease_until.is_(None),
        outbox.c.lease_until <= now,
        outbox.c.lease_until > now + 2 * lease,  # the clock stepped back: such a lease is void
    )
    claimable = and_(
        outbox.c.state == state,
        outbox.c.due_at <= now,
        free,
        func.coalesce(outbox.c.withdraw_reason, "") == "",
        or_(outbox.c.deadline_at.is_(None), outbox.c.deadline_at > now),
        *([outbox.c.tenant.in_(tenants)] if tenants is not None else []),
    )
    urgency = (outbox.c.priority.nulls_last(), outbox.c.due_at, outbox.c.id)
    due = (
        select(outbox.c.id)
        .where(claimable)
        .order_by(*urgency)
        .limit(limit)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    claimed = await connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(select(due.c.id)), free)
        .values(lease_token=uuid4().hex, lease_owner=owner, lease_until=now + lease)
        .returning(outbox)
    )
    return sorted(claimed, key=lambda row: (_rank(row.priority), row.due_at, row.id))


def _rank(priority: object) -> float:
    """NULL, and what SQLite keeps as text in a column of numbers, goes last."""
    return priority if isinstance(priority, int | float) else math.inf


async def record(
    connection: AsyncConnection,
    outbox_id: int,
    event: Event,
    *,
    at: datetime,
    actor: str,
    token: str | None = None,
    tx_id: str | None = None,
    code: str | None = None,
    text: str | None = None,
    **columns: Any,
) -> bool:
    """Move the row on, give up our lease on it, and write the move in the journal.

    With *token*, returns False and moves nothing if the lease is no longer ours or the row has moved on
    without us. Without, an event that the life cycle does not allow raises IllegalMove. *code* and *text*
    become failure_code and failure_text where the question fails; *columns* are set when the row changes.
    """
    row = await one(connection, outbox_id, keep=True)
    state = State(row.state)
    if token is not None and (row.lease_token != token or event not in MOVES[state]):
        return False
    target = after(state, event, row.reason)
    values: dict[str, Any] = dict(_FREE) if token is not None else {}
    if changes(state, event):
        values |= columns
        values |= {"state": target, "reason": event, "change_no": await journal.next_change(connection)}
        values |= {"tx_id": tx_id} if event is Event.BUILT else {}
        values |= await _marks(connection, row, event, target, at, code, text)
    elif event is Event.ACCEPTED:
        values["change_no"] = await journal.next_change(connection)  # the view shows the receipt
    if values:
        await connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(values))
        if State.FAILED in (state, target):
            await _fail(connection, row, target, at)
    await journal.write(
        connection,
        event,
        at=at,
        actor=actor,
        outbox_id=outbox_id,
        tx_id=tx_id or row.tx_id,
        before=state,
        after=target,
        code=code,
    )
    return True


async def _marks(
    connection: AsyncConnection,
    row: Row[Any],
    event: Event,
    target: State,
    at: datetime,
    code: str | None,
    text: str | None,
) -> dict[str, Any]:
    """The times and texts that go with arriving in *target* by *event*."""
    marks: dict[str, Any] = {}
    if event is Event.WITHDRAWN:
        marks["withdrawn_at"] = at
    if target == row.state:
        return marks
    if target in _STAMP:
        marks[_STAMP[target].key] = func.coalesce(_STAMP[target], at)
    marks |= {"finished_at": None, "settled_at": None, "failure_code": None, "failure_text": None}
    if target in (State.NEW, State.READY):
        marks |= {"accepted_at": None, "confirmed_at": None}  # else waiting for an answer began long ago
    if target in (State.DONE, State.FAILED):
        marks["finished_at"] = at
    if target is State.FAILED:
        marks |= {"failure_code": code, "failure_text": text or _TEXTS.get(event)}
        if event in _FINAL or not await may_have_been_sent(connection, row.id):
            marks["settled_at"] = at
    return marks


async def _fail(connection: AsyncConnection, row: Row[Any], target: State, at: datetime) -> None:
    """What was awaited has failed, or what had failed is awaited again: the subject and the first question
    of the family learn of it.
    """
    if row.subject_id is not None:
        await recount(connection, row.subject_id)
    if row.root_id is not None and target is State.FAILED:
        await settling.end_family(connection, row.root_id, at)
    elif row.root_id is not None:
        await settling.reopen(connection, row.root_id)


async def may_have_been_sent(connection: AsyncConnection, outbox_id: int) -> bool:
    """Whether sending any envelope of the question was ever begun."""
    begun = exists().where(attempt.c.outbox_id == outbox_id, attempt.c.first_sent_at.is_not(None))
    return bool(await connection.scalar(select(begun)))


async def one(connection: AsyncConnection, outbox_id: int, *, keep: bool = False) -> Row[Any]:
    """The row; raises NotFound. With *keep*, no claim changes it until the transaction ends."""
    query = select(outbox).where(outbox.c.id == outbox_id)
    if keep:
        query = query.with_for_update(key_share=True)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("no_such_question", f"there is no question with id {outbox_id}")
    return row


async def ids(connection: AsyncConnection, *where: ColumnElement[bool], limit: int) -> list[int]:
    """The ids of rows that satisfy *where*, oldest first."""
    found = await connection.scalars(select(outbox.c.id).where(*where).order_by(outbox.c.id).limit(limit))
    return list(found)


async def take_back(connection: AsyncConnection, owner: str) -> int:
    """Free every lease that an earlier life of *owner* left behind; returns how many."""
    freed = await connection.execute(update(outbox).where(outbox.c.lease_owner == owner).values(_FREE))
    return freed.rowcount
