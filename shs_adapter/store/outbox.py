"""Questions: read, and moved by `record` and by nothing else.

Rule: `record` is the only writer of `state`, and writes the journal line in the same transaction.
A lease (see `claims`) fences *our* work (build, submit). News from the node needs none and moves the row
whoever holds it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, and_, bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.errors import NotFound
from shs_adapter.lifecycle import MOVES, Event, State, after, changes
from shs_adapter.store import journal, settling
from shs_adapter.store.bulk import Writes
from shs_adapter.store.leases import FREE
from shs_adapter.store.recount import recount
from shs_adapter.store.tables import attempt, outbox
from shs_adapter.store.types import among, any_of

# A failure after which no answer is expected; of the others one may still come late.
_FINAL = {Event.MALFORMED, Event.REFUSED, Event.ERRORED}
_TEXTS = {
    Event.REFUSED: "the node refuses this message; resend or rebuild it when the cause is mended",
    Event.EXHAUSTED: "given up by age; the code says how the last try ended",
    Event.ERRORED: "an SHS error message came instead of an answer",
    Event.TIMED_OUT: "accepted, but no answer came in time; a late one is still taken",
}
_STAMP = {State.ACCEPTED: "accepted_at", State.CONFIRMED: "confirmed_at"}
# What a move has to know of its row.
_MOVED = [
    outbox.c[name]
    for name in (
        *("id", "state", "reason", "lease_token", "tx_id", "accepted_at", "confirmed_at"),
        *("subject_id", "root_id"),
    )
]


def is_in(*states: State) -> ColumnElement[bool]:
    """The condition that a row is in one of *states*, in the words that the indexes on a state use."""
    words: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in states]
    return outbox.c.state == words[0] if len(words) == 1 else outbox.c.state.in_(words)


def to_withdraw() -> ColumnElement[bool]:
    """The condition that the business system takes a question back, and we have not noted it."""
    return and_(outbox.c.withdraw_reason != literal_column("''"), outbox.c.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What happens to a question; *token* is the lease under which it was worked on, if it was ours.

    News that is *about* an envelope (its tx.id) moves nothing where the question has another one by now,
    unless it is an answer: that counts whichever envelope it answers. *code* and *text* become failure_code
    and failure_text where the question fails; *columns* are set when the row changes.
    """

    outbox_id: int
    event: Event
    token: str | None = None
    about: str | None = None
    tx_id: str | None = None
    code: str | None = None
    text: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


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
    """Move one row on, as `record_all` does."""
    move = Move(
        outbox_id=outbox_id, event=event, token=token, tx_id=tx_id, code=code, text=text, columns=columns
    )
    (moved,) = await record_all(connection, [move], at=at, actor=actor)
    return moved


async def record_all(
    connection: AsyncConnection,
    moves: Sequence[Move],
    *,
    at: datetime,
    actor: str,
    writes: Writes | None = None,
) -> list[bool]:
    """Move rows on, give up our leases on them, and write the moves in the journal; a row has one move.

    Where there are other *writes*, this is added to them, and the caller sends all together; where a question
    fails or had failed, they are sent at once, for others have to see it.

    False for a move that moves nothing: with a token where the lease is no longer ours, or about an envelope
    that is not the question's any more; and in both cases where the life cycle does not allow it, for the row
    has moved on without us. Of any other move that raises IllegalMove. Raises NotFound for a row that is not
    there, and at once (`engine.is_locked`) where another has locked one.
    """
    rows = await _kept(connection, [move.outbox_id for move in moves])
    ours = [move for move in moves if _may_move(rows[move.outbox_id], move)]
    targets = {
        move.outbox_id: after(State(rows[move.outbox_id].state), move.event, rows[move.outbox_id].reason)
        for move in ours
    }
    shown = [move for move in ours if _is_shown(rows[move.outbox_id], move.event)]
    numbers = await journal.changes(connection, [move.outbox_id for move in shown])
    sent = await begun(connection, [one for one, target in targets.items() if target is State.FAILED])
    values = [
        {"id": move.outbox_id}
        | _values(rows[move.outbox_id], move, targets[move.outbox_id], at, sent, numbers.get(move.outbox_id))
        for move in ours
    ]
    failing = [
        move
        for move in shown
        if _changes(rows[move.outbox_id], move.event)
        and State.FAILED in (rows[move.outbox_id].state, targets[move.outbox_id])
    ]
    is_alone, writes = writes is None, writes or Writes()
    writes.update(outbox, ["id"], values)
    journal.add(
        writes,
        [
            journal.line(
                move.event,
                at=at,
                actor=actor,
                outbox_id=move.outbox_id,
                tx_id=move.tx_id or rows[move.outbox_id].tx_id,
                before=rows[move.outbox_id].state,
                after=targets[move.outbox_id],
                code=move.code,
            )
            for move in ours
        ],
    )
    if is_alone or failing:
        await writes.send(connection)
    for move in failing:
        await _fail(connection, rows[move.outbox_id], targets[move.outbox_id], at)
    moved = set(map(id, ours))
    return [id(move) in moved for move in moves]


_KEPT = (
    select(*_MOVED)
    .where(any_of(outbox.c.id, "ids"))
    .order_by(outbox.c.id)
    .with_for_update(key_share=True, nowait=True)
)


async def _kept(connection: AsyncConnection, outbox_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The rows; nobody changes them until the transaction ends."""
    rows = {row.id: row for row in await connection.execute(_KEPT, {"ids": outbox_ids})}
    for outbox_id in outbox_ids:
        if outbox_id not in rows:
            raise _missing(outbox_id)
    return rows


def _may_move(row: Row[Any], move: Move) -> bool:
    if move.token is None and move.about is None:
        return True
    concerns = move.token is None or row.lease_token == move.token
    concerns &= move.about in (None, row.tx_id) or move.event is Event.COMPLETED
    return concerns and move.event in MOVES[State(row.state)]


def _changes(row: Row[Any], event: Event) -> bool:
    return changes(State(row.state), event, row.reason)


def _is_shown(row: Row[Any], event: Event) -> bool:
    """Whether a reader of the view sees it: a receipt is seen even where the row stays as it is."""
    return _changes(row, event) or event is Event.ACCEPTED


def _values(
    row: Row[Any], move: Move, target: State, at: datetime, sent: Collection[int], change: int | None
) -> dict[str, Any]:
    values: dict[str, Any] = dict(FREE) if move.token is not None else {}
    if _changes(row, move.event):
        values |= move.columns
        values |= {"state": target, "reason": move.event}
        values |= {"tx_id": move.tx_id} if move.event is Event.BUILT else {}
        values |= _marks(row, move, target, at, may_be_answered=row.id in sent)
    return values if change is None else values | {"change_no": change}


def _marks(
    row: Row[Any], move: Move, target: State, at: datetime, *, may_be_answered: bool
) -> dict[str, Any]:
    """The times and texts that go with arriving in *target* by the move."""
    marks: dict[str, Any] = {}
    if move.event is Event.WITHDRAWN:
        marks["withdrawn_at"] = at
    if target == row.state:
        return marks
    marks |= {"finished_at": None, "settled_at": None, "failure_code": None, "failure_text": None}
    if target in _STAMP:
        marks[_STAMP[target]] = getattr(row, _STAMP[target]) or at
    if target in (State.NEW, State.READY):
        marks |= {"accepted_at": None, "confirmed_at": None}  # else waiting for an answer began long ago
    if target in (State.DONE, State.FAILED):
        marks["finished_at"] = at
    if target is State.FAILED:
        marks |= {"failure_code": move.code, "failure_text": move.text or _TEXTS.get(move.event)}
        if move.event in _FINAL or not may_be_answered:
            marks["settled_at"] = at
    return marks


async def _fail(connection: AsyncConnection, row: Row[Any], target: State, at: datetime) -> None:
    """What was awaited has failed, or what had failed is awaited again: the subject and the first question
    of the family learn of it.
    """
    if row.subject_id is not None:
        await recount(connection, [row.subject_id])
    if row.root_id is not None and target is State.FAILED:
        await settling.end_families(connection, [row.root_id], at)
    elif row.root_id is not None:
        await settling.reopen(connection, row.root_id)


async def begun(connection: AsyncConnection, outbox_ids: Collection[int]) -> set[int]:
    """Those of the questions of which sending an envelope was ever begun."""
    if not outbox_ids:
        return set()
    begun = select(attempt.c.outbox_id).where(
        among(attempt.c.outbox_id, outbox_ids), attempt.c.first_sent_at.is_not(None)
    )
    return set(await connection.scalars(begun))


async def one(connection: AsyncConnection, outbox_id: int) -> Row[Any]:
    """The row; raises NotFound."""
    return (await some(connection, [outbox_id]))[outbox_id]


_SOME = select(outbox).where(any_of(outbox.c.id, "ids"))
_HELD = _SOME.order_by(outbox.c.id).with_for_update(key_share=True, nowait=True)


async def some(
    connection: AsyncConnection, outbox_ids: Collection[int], *, to_change: bool = False
) -> dict[int, Row[Any]]:
    """The rows by id; raises NotFound where one is missing.

    *to_change* keeps others from changing them until the transaction ends, and raises at once
    (`engine.is_locked`) where another has locked one.
    """
    if not outbox_ids:
        return {}
    rows = await connection.execute(_HELD if to_change else _SOME, {"ids": outbox_ids})
    found = {row.id: row for row in rows}
    for outbox_id in outbox_ids:
        if outbox_id not in found:
            raise _missing(outbox_id)
    return found


def _missing(outbox_id: int) -> NotFound:
    return NotFound("no_such_question", f"there is no question with id {outbox_id}")


_TAKEN_BACK = (
    select(outbox.c.id)
    .where(to_withdraw())
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(key_share=True, skip_locked=True)
)


async def taken_back(connection: AsyncConnection, limit: int) -> list[int]:
    """The ids of questions that the business system takes back, oldest first, but for those it has locked."""
    return list(await connection.scalars(_TAKEN_BACK, {"most": limit}))


async def ids(connection: AsyncConnection, *where: ColumnElement[bool], limit: int) -> list[int]:
    """The ids of rows that satisfy *where*, oldest first, but for those that another has locked."""
    found = select(outbox.c.id).where(*where).order_by(outbox.c.id).limit(limit)
    return list(await connection.scalars(found.with_for_update(key_share=True, skip_locked=True)))
