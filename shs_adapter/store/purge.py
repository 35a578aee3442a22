"""Purging: what need not be kept any more goes, bit by bit, so that nobody waits for it.

    answers (all that is sealed, and what answers say) → questions (the rows) → tombstones; the audit trail

Rule 1: of a family (a question, and those that ask again for it) all goes or nothing; and nothing while one
of them is not settled, a message about it is still to be had, or an answer to it is not decoded.
Rule 2: a batch is a short transaction of its own and looks at a bounded number of rows, in the order of time.
Rule 3: what is purged is not "nothing found": until the row itself goes, its days are a gap that says PURGED.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    case,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter.config import Retention
from shs_adapter.store import audit, contents, duties, journal, notices, pieces, tombstones
from shs_adapter.store.attempts import place as envelope_place
from shs_adapter.store.bulk import update_all
from shs_adapter.store.engine import is_locked, turn
from shs_adapter.store.inbox import Kind, undecoded
from shs_adapter.store.inbox import place as inbox_place
from shs_adapter.store.inbox import remove as remove_messages
from shs_adapter.store.recount import recount
from shs_adapter.store.report_tables import disclosure, gap, payment, subject
from shs_adapter.store.tables import (
    agency_result,
    attempt,
    audit_disclosure,
    audit_reading,
    inbox,
    notice,
    outbox,
    tombstone,
)
from shs_adapter.store.tables import journal as journal_table
from shs_adapter.store.types import among
from shs_adapter.store.vault import Vault

BATCH = 50  # rows that one transaction looks at; families go whole, so it may purge a few more

_DUTY = "purge"
_LEASE = timedelta(minutes=5)  # longer than any batch
_PAUSE = timedelta(milliseconds=250)  # in which others take their turns

Counts = dict[str, int]
Mark = tuple[datetime, Any]  # time and key of the last row that was looked at


@dataclass(frozen=True, slots=True)
class _Found:
    """Keys of what may go, and where to look on; None: there is no more."""

    keys: Sequence[Any]
    after: Mark | None


_NOTHING = _Found((), None)


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One kind of thing that goes; *find* changes nothing."""

    what: str
    find: Callable[..., Awaitable[_Found]]
    remove: Callable[[AsyncConnection, Sequence[Any]], Awaitable[None]]


async def run(
    engine: AsyncEngine,
    vault: Vault,
    retention: Retention,
    *,
    owner: str,
    actor: str,
    now: Callable[[], datetime],
    pause: timedelta = _PAUSE,
) -> Counts | None:
    """Purge all that is due; returns how many of what, or None, and does nothing, while another purges.

    Each batch has a line in the journal that says what, how many, and by whom.
    """
    async with engine.begin() as connection:
        held = await duties.take(connection, _DUTY, owner=owner, lease=_LEASE, now=now())
    if held is None:
        return None
    counts: Counts = {}
    try:
        for sweep in _sweeps(vault, retention, now(), actor):
            counts[sweep.what] = 0
            after: Mark | None = None
            alone = 0  # rows that are looked at one by one: of several one met a row that another has locked
            while True:
                found, removed = _NOTHING, 0
                try:
                    async with turn(engine) as connection:
                        if not await duties.hold(connection, held, now() + _LEASE):
                            return counts
                        found = await sweep.find(connection, after, 1 if alone else BATCH)
                        if found.keys:
                            await sweep.remove(connection, found.keys)
                            said = f"{sweep.what}:{len(found.keys)}"
                            await journal.write(
                                connection, [journal.line("purged", at=now(), actor=actor, code=said)]
                            )
                    removed = len(found.keys)
                except DBAPIError as error:
                    if not is_locked(error):
                        raise
                    if not alone:
                        alone = BATCH
                        continue
                counts[sweep.what] += removed
                if found.after is None:
                    break
                after, alone = found.after, max(alone - 1, 0)
                await asyncio.sleep(pause.total_seconds())
    finally:
        async with engine.begin() as connection:
            await duties.leave(connection, held, now())
    return counts


async def due(engine: AsyncEngine, vault: Vault, retention: Retention, now: datetime) -> Counts:
    """What `run` would purge now; changes nothing."""
    found: dict[str, set[Any]] = {}
    for sweep in _sweeps(vault, retention, now, "", dry=True):
        keys = found.setdefault(sweep.what, set())  # a family may be met again at another of its questions
        after: Mark | None = None
        while True:
            async with engine.begin() as connection:
                batch = await sweep.find(connection, after)
            keys.update(batch.keys)
            if batch.after is None:
                break
            after = batch.after
    return {what: len(keys) for what, keys in found.items()}


def _sweeps(
    vault: Vault, retention: Retention, now: datetime, actor: str, *, dry: bool = False
) -> Iterator[_Sweep]:
    """In the order in which things go. A row goes only when what is sealed in it has gone: in a *dry* run,
    which leaves that where it is, the rows that still have it are looked for, too.
    """
    first = retention.answers_after or retention.questions_after
    if first:
        until = now - first
        erase = partial(_erase_answers, at=now, actor=actor)
        yield _Sweep("answers", partial(_families, until=until, purged=False), erase)
        yield _Sweep("messages", partial(_strays, until=until), _delete_messages)
    if retention.questions_after:
        until = now - retention.questions_after
        bury = partial(_delete_questions, vault=vault, at=now)
        yield _Sweep("questions", partial(_families, until=until, purged=True), bury)
        if dry:
            yield _Sweep("questions", partial(_families, until=until, purged=False), bury)
    until = now - retention.tombstones_after
    yield _Sweep("tombstones", partial(_tombstones, until=until), _delete_tombstones)
    if retention.audit_after:
        until = now - retention.audit_after
        shown = journal_table.c.event == literal_column(f"'{audit.PERSONS_SHOWN}'")  # as its index says it
        for what, table, where, remove in (
            ("readings", audit_reading, (), audit.remove_readings),
            ("persons-shown", journal_table, (shown,), audit.remove_lines),
            ("disclosures", audit_disclosure, (), audit.remove_disclosures),
        ):
            yield _Sweep(what, partial(_trail, table=table, where=where, until=until), remove)


async def _families(
    connection: AsyncConnection, after: Mark | None, most: int = BATCH, *, until: datetime, purged: bool
) -> _Found:
    """All questions of the families that may go, of those with a question that settled by *until*.

    An earlier question about the same person in the case goes first, else its older word would come to count
    again.
    """
    row = outbox.c
    where = [row.purged_at.is_not(None)] if purged else [row.settled_at.is_not(None), row.purged_at.is_(None)]
    page, go_on = await _page(
        connection, outbox, row.settled_at, after, most, until, *where, beside=[row.root_id]
    )
    members = await _members(connection, {one.root_id or one.id for one in page})
    ids = [one.id for one in members]
    earliest = await _earliest_to_stay(connection, {one.subject_id for one in members}, until)
    waiting = await _awaited(connection, ids) | await _busy(connection, ids)
    kept = {
        one.root_id or one.id
        for one in members
        if one.settled_at is None
        or one.settled_at > until
        or one.id in waiting
        or earliest.get(one.subject_id, one.id) < one.id
    }
    return _Found([one.id for one in members if (one.root_id or one.id) not in kept], go_on)


async def _members(connection: AsyncConnection, heads: Collection[int]) -> Sequence[Any]:
    """The families of the first questions *heads*, whether those are there or not."""
    row = outbox.c
    wanted = select(row.id, row.root_id, row.subject_id, row.settled_at)
    again = wanted.where(row.root_id.is_not(None), among(row.root_id, heads))  # as its index says it
    return (await connection.execute(wanted.where(among(row.id, heads)).union_all(again))).all()


async def _busy(connection: AsyncConnection, outbox_ids: Collection[int]) -> set[int]:
    """Those of the questions that a business system writes at this moment; the others are ours until the
    transaction ends. Waiting for it would hold up everybody else.
    """
    ours = select(outbox.c.id).where(among(outbox.c.id, outbox_ids)).with_for_update(skip_locked=True)
    return set(outbox_ids) - set(await connection.scalars(ours))


async def _awaited(connection: AsyncConnection, outbox_ids: Collection[int]) -> set[int]:
    """Those of the questions about which a message is to be had, or an answer to be decoded."""
    listed = select(notice.c.outbox_id).where(
        among(notice.c.outbox_id, outbox_ids), notice.c.state.in_(notices.OPEN)
    )
    stored = select(inbox.c.outbox_id).where(among(inbox.c.outbox_id, outbox_ids), *undecoded())
    return {*await connection.scalars(listed), *await connection.scalars(stored)}


async def _earliest_to_stay(
    connection: AsyncConnection, subject_ids: Set[int | None], until: datetime
) -> dict[int | None, int]:
    """By subject, the id of the first question that cannot go yet."""
    row = outbox.c
    stays = select(row.subject_id, func.min(row.id).label("first")).where(
        among(row.subject_id, subject_ids - {None}),
        row.purged_at.is_(None),
        or_(row.settled_at.is_(None), row.settled_at > until),
    )
    found = await connection.execute(stays.group_by(row.subject_id))
    return {one.subject_id: one.first for one in found}


async def _erase_answers(
    connection: AsyncConnection, outbox_ids: Sequence[int], *, at: datetime, actor: str
) -> None:
    """Blank what is sealed, remove what answers say, and let readers know that it is gone."""
    messages = list(await connection.scalars(select(inbox.c.id).where(among(inbox.c.outbox_id, outbox_ids))))
    subjects = await _subjects(
        connection,
        (outbox.c.subject_id, among(outbox.c.id, outbox_ids)),
        (payment.c.subject_id, among(payment.c.inbox_id, messages)),
    )
    await contents.remove(connection, messages)
    await connection.execute(delete(agency_result).where(among(agency_result.c.inbox_id, messages)))
    blank: dict[str, Any] = {"body_sealed": b"", "body_sha256": inbox.c.id, "payload_sha256": None}
    await connection.execute(update(inbox).where(among(inbox.c.id, messages)).values(blank))
    blank = {"envelope_sealed": b""}
    ours = among(attempt.c.outbox_id, outbox_ids)
    envelopes = await connection.scalars(update(attempt).where(ours).values(blank).returning(attempt.c.tx_id))
    await pieces.remove(connection, [*map(inbox_place, messages), *map(envelope_place, envelopes)])
    version = outbox.c.answer_version
    blank = {
        **dict.fromkeys(("person_sealed", "agencies_answered", "agencies_unverified")),
        "answer_version": case((version > 0, version + 1), else_=version),
        "purged_at": at,
    }
    await connection.execute(update(outbox).where(among(outbox.c.id, outbox_ids)).values(blank))
    changes = await journal.changes(connection, outbox_ids)
    shown = [{"id": one, "change_no": number} for one, number in changes.items()]
    await update_all(connection, outbox, ["id"], shown)
    lines = [journal.line("purged", at=at, actor=actor, outbox_id=one) for one in outbox_ids]
    await journal.write(connection, lines)
    await recount(connection, subjects)


async def _delete_questions(
    connection: AsyncConnection, outbox_ids: Sequence[int], *, vault: Vault, at: datetime
) -> None:
    """Leave nothing of purged questions but their tombstones, nor of persons about whom there is no other."""
    await tombstones.put(connection, vault, outbox_ids, at)
    subjects = await _subjects(
        connection,
        (outbox.c.subject_id, among(outbox.c.id, outbox_ids)),
        (attempt.c.subject_id, among(attempt.c.outbox_id, outbox_ids)),
    )
    messages = select(inbox.c.id).where(among(inbox.c.outbox_id, outbox_ids))
    await audit.keep(connection, outbox_ids)
    await connection.execute(delete(gap).where(among(gap.c.root_id, outbox_ids)))
    await connection.execute(delete(notice).where(among(notice.c.outbox_id, outbox_ids)))
    # What the node lists again after purging is nobody's.
    await connection.execute(update(notice).where(notice.c.inbox_id.in_(messages)).values(inbox_id=None))
    envelopes = select(attempt.c.tx_id).where(among(attempt.c.outbox_id, outbox_ids))
    await connection.execute(delete(disclosure).where(disclosure.c.tx_id.in_(envelopes)))
    for table in (inbox, attempt, journal_table):
        await connection.execute(delete(table).where(among(table.c.outbox_id, outbox_ids)))
    await connection.execute(delete(outbox).where(among(outbox.c.id, outbox_ids)))
    await recount(connection, subjects)
    told = exists(literal(1)).where(attempt.c.subject_id == subject.c.id)
    asked = exists(literal(1)).where(outbox.c.subject_id == subject.c.id)
    paid = exists(literal(1)).where(payment.c.subject_id == subject.c.id)
    await connection.execute(delete(subject).where(among(subject.c.id, subjects), ~told, ~asked, ~paid))


async def _subjects(
    connection: AsyncConnection, *sources: tuple[ColumnElement[int], ColumnElement[bool]]
) -> set[int]:
    found: set[int | None] = set()
    for column, where in sources:
        found |= set(await connection.scalars(select(column).where(where).distinct()))
    return {one for one in found if one is not None}


async def _strays(
    connection: AsyncConnection, after: Mark | None, most: int = BATCH, *, until: datetime
) -> _Found:
    """Messages of no question, or of one that was purged before they came."""
    where = inbox.c.outbox_id.is_(None), inbox.c.kind != Kind.FETCHED  # of these nobody knows yet
    page, go_on = await _page(connection, inbox, inbox.c.received_at, after, most, until, *where)
    ids = [one.id for one in page]
    held = select(notice.c.inbox_id).where(among(notice.c.inbox_id, ids), notice.c.state.in_(notices.OPEN))
    kept = set(await connection.scalars(held))
    return _Found([one for one in ids if one not in kept], go_on)


async def _delete_messages(connection: AsyncConnection, inbox_ids: Sequence[str]) -> None:
    await connection.execute(delete(notice).where(among(notice.c.inbox_id, inbox_ids)))
    await remove_messages(connection, inbox_ids)


async def _trail(
    connection: AsyncConnection,
    after: Mark | None,
    most: int = BATCH,
    *,
    table: Table,
    where: Sequence[ColumnElement[bool]],
    until: datetime,
) -> _Found:
    page, go_on = await _page(connection, table, table.c.at, after, most, until, *where)
    return _Found([one.id for one in page], go_on)


async def _tombstones(
    connection: AsyncConnection, after: Mark | None, most: int = BATCH, *, until: datetime
) -> _Found:
    page, go_on = await _page(connection, tombstone, tombstone.c.purged_at, after, most, until)
    return _Found([one.id for one in page], go_on)


async def _delete_tombstones(connection: AsyncConnection, ids: Sequence[int]) -> None:
    await connection.execute(delete(tombstone).where(among(tombstone.c.id, ids)))


async def _page(
    connection: AsyncConnection,
    table: Table,
    time: ColumnElement[Any],
    after: Mark | None,
    most: int,
    until: datetime,
    *where: ColumnElement[bool],
    beside: Sequence[ColumnElement[Any]] = (),
) -> tuple[Sequence[Row[Any]], Mark | None]:
    """The next rows in order of *time* that is not after *until*, and where the page after them begins."""
    key = table.c.id
    rest = [] if after is None else [tuple_(time, key) > tuple_(*map(literal, after, (time.type, key.type)))]
    query = select(key, time.label("time"), *beside).where(time <= until, *where, *rest)
    rows = (await connection.execute(query.order_by(time, key).limit(most))).all()
    return rows, (rows[-1].time, rows[-1].id) if len(rows) == most else None
