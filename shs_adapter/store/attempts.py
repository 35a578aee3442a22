"""Attempts: every envelope ever frozen for a question. Matching goes through them, so that a late answer to
an earlier envelope still finds its question.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter.lifecycle import State
from shs_adapter.store import disclosures, pieces, subjects
from shs_adapter.store.bulk import Writes
from shs_adapter.store.recount import recount
from shs_adapter.store.tables import attempt, outbox
from shs_adapter.store.types import UtcDateTime, any_of
from shs_adapter.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An SHS message as it will be sent, and what is needed to know its answer again."""

    tx_id: str
    corr_id: str
    content_id: str
    contract: int
    raw: bytes = field(repr=False)
    case_sent: str
    officer_sent: str
    from_date: str
    to_date: str
    asked: Mapping[str, tuple[str, str]]
    left_out: Mapping[str, str]
    details: Mapping[str, Any] = field(default_factory=dict)  # lefi_profile, skv_years, skv_parts


_TO_FREEZE: Select[Any] = select(
    *(outbox.c[name] for name in ("id", "subject_id")),
    select(func.max(attempt.c.number))
    .where(attempt.c.outbox_id == outbox.c.id)
    .scalar_subquery()
    .label("last_number"),
    subjects.are_assigned().label("is_assigned"),
).where(any_of(outbox.c.id, "ids"))


async def freeze(
    connection: AsyncConnection, vault: Vault, envelopes: Mapping[int, Envelope], at: datetime, writes: Writes
) -> None:
    """Keep envelopes, each by the id of its question, which has this identity until it is rebuilt; other
    *writes* are sent with them.

    What they will ask of whom counts as awaited from now on.
    """
    if not envelopes:
        await writes.send(connection)
        return
    questions = await _to_freeze(connection, list(envelopes))
    if nobody := [row.id for row in questions.values() if row.subject_id is None]:
        raise ValueError(f"about nobody: {nobody}")  # what is told of whom is to be found again
    writes.insert(
        attempt,
        [_row(vault, questions[outbox_id], envelope, at) for outbox_id, envelope in envelopes.items()],
    )
    disclosures.plan(writes, {one.tx_id: one.asked for one in envelopes.values()})
    await writes.send(connection)
    for one in envelopes.values():
        await pieces.put(connection, vault, one.raw, place(one.tx_id))
    await recount(connection, {row.subject_id for row in questions.values()})


async def _to_freeze(connection: AsyncConnection, outbox_ids: Collection[int]) -> dict[int, Row[Any]]:
    """The questions, with their subjects: a case may have been written anew since it was sealed."""
    rows = await connection.execute(_TO_FREEZE, {"ids": outbox_ids})
    questions: dict[int, Row[Any]] = {row.id: row for row in rows}
    if left := [row.id for row in questions.values() if not row.is_assigned]:
        await subjects.assign(connection, left)
        questions |= {row.id: row for row in await connection.execute(_TO_FREEZE, {"ids": left})}
    return questions


def _row(vault: Vault, question: Row[Any], envelope: Envelope, at: datetime) -> dict[str, Any]:
    return {
        "tx_id": envelope.tx_id,
        "outbox_id": question.id,
        "subject_id": question.subject_id,
        "number": (question.last_number or 0) + 1,
        "corr_id": envelope.corr_id,
        "content_id": envelope.content_id,
        "contract": envelope.contract,
        "envelope_sealed": pieces.column(vault, envelope.raw, place(envelope.tx_id)),
        "case_sent": envelope.case_sent,
        "officer_sent": envelope.officer_sent,
        "from_date": envelope.from_date,
        "to_date": envelope.to_date,
        "asked": json.dumps(envelope.asked),
        "left_out": json.dumps(envelope.left_out),
        "details": json.dumps(envelope.details),
        "built_at": at,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question that is about to be asked, and the *agencies* that it comes to ask, with commas."""

    row: Row[Any]
    agencies: str
    envelope: Envelope


_ASKED_SINCE = (
    select(
        *(outbox.c[name] for name in ("id", "tenant", "case_id", "person_key")),
        *(outbox.c[name] for name in ("lefi_profile", "asked_agencies")),
        attempt.c.from_date,
        attempt.c.to_date,
    )
    .join(attempt, attempt.c.tx_id == outbox.c.tx_id)
    .where(
        any_of(outbox.c.case_id, "cases"),
        attempt.c.built_at >= bindparam("since", type_=UtcDateTime()),
        outbox.c.root_id.is_(None),
        outbox.c.state != State.FAILED,
        outbox.c.outcome.not_in(("FAULT", "UNDECODABLE", "QUARANTINED")),
        func.coalesce(outbox.c.withdraw_reason, "") == "",
    )
)


async def asked_before(
    connection: AsyncConnection, asking: Sequence[Asking], since: datetime
) -> dict[int, int]:
    """Of questions that repeat another of the time *since*, the id of the newest such one, by their own.

    The same are person, case, period and agencies. One that was taken back, or has failed, or whose answer is
    worth nothing, does not count. In turn, so that of two that look at the same moment one sees the other.
    """
    if not asking:
        return {}
    cases = {one.row.case_id for one in asking}
    rows = await connection.execute(_ASKED_SINCE, {"cases": cases, "since": since})
    newest: dict[tuple[object, ...], int] = {}
    for row in sorted(rows, key=lambda row: row.id):
        newest[_sense(row, row.asked_agencies, row.from_date, row.to_date)] = row.id
    found: dict[int, int] = {}
    for one in asking:
        sense = _sense(one.row, one.agencies, one.envelope.from_date, one.envelope.to_date)
        if newest.get(sense, one.row.id) != one.row.id:
            found[one.row.id] = newest[sense]
        else:
            newest[sense] = one.row.id
    return found


def _sense(row: Any, agencies: str, first: str, last: str) -> tuple[object, ...]:
    """What a question asks; which of FK's benefits counts only where FK is asked."""
    profile = (row.lefi_profile or "").strip() or "payments"
    about_fk = profile if "FK" in agencies.split(",") else None
    return row.tenant, row.case_id, row.person_key, agencies, first, last, about_fk


_BEGIN = (
    update(attempt)
    .where(any_of(attempt.c.tx_id, "tx_ids"))
    .values(
        sends=attempt.c.sends + case((attempt.c.accepted_at.is_(None), 1), else_=0),
        first_sent_at=func.coalesce(attempt.c.first_sent_at, bindparam("at", type_=UtcDateTime())),
        day=func.coalesce(attempt.c.day, bindparam("today")),
    )
    .returning(attempt)
)


async def begin_sending(
    connection: AsyncConnection, tx_ids: Collection[str], at: datetime, day: date
) -> dict[str, Row[Any]]:
    """Mark the attempts as possibly sent, on the Swedish *day*; committed before the first byte goes out.

    Returns them by tx.id. One that was accepted is not to be sent: only its question does not know.
    """
    begun = await connection.execute(_BEGIN, {"tx_ids": tx_ids, "at": at, "today": str(day)})
    return {row.tx_id: row for row in begun}


def keep_receipts(writes: Writes, receipts: Mapping[str, Mapping[str, Any]], at: datetime) -> None:
    """Store what the node said when it took messages, by tx.id; kept in any state of their questions."""
    rows = [{"tx_id": tx_id, "accepted_at": at, **said} for tx_id, said in receipts.items()]
    writes.update(attempt, ["tx_id"], rows, once=["accepted_at"])


_SOME = select(attempt).where(any_of(attempt.c.tx_id, "tx_ids"))


async def some(connection: AsyncConnection, tx_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The attempts by tx.id, as far as they are there."""
    rows = await connection.execute(_SOME, {"tx_ids": tx_ids})
    return {row.tx_id: row for row in rows}


async def by_tx_id(connection: AsyncConnection, tx_id: str) -> Row[Any]:
    return (await connection.execute(select(attempt).where(attempt.c.tx_id == tx_id))).one()


_FOUND = ("corr_id", "tx_id", "outbox_id", "first_sent_at", "accepted_at", "node_id")
_WHOSE: Select[Any] = (
    select(*(attempt.c[name] for name in _FOUND), outbox.c.tenant)
    .join(outbox, outbox.c.id == attempt.c.outbox_id)
    .where(any_of(attempt.c.corr_id, "corr_ids"), outbox.c.purged_at.is_(None))
)


async def by_corr_ids(connection: AsyncConnection, corr_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Whose attempts conversations are, by corr.id, with the question's tenant; what is not ours is missing.

    A corr.id alone proves nothing: others know it, too.
    So is what belongs to a question that was purged, or deleted from outside: its answer is nobody's.
    """
    found = await connection.execute(_WHOSE, {"corr_ids": corr_ids})
    return {row.corr_id: row for row in found}


async def envelope(engine: AsyncEngine, vault: Vault, row: Row[Any]) -> bytes:
    """The frozen bytes; only where they are large they are read from the database."""
    if row.envelope_sealed:
        return vault.open(row.envelope_sealed, place(row.tx_id))
    async with engine.begin() as connection:
        return await pieces.get(connection, vault, place(row.tx_id))


def place(tx_id: str) -> str:
    """What an envelope is sealed for."""
    return f"attempt.envelope_sealed:{tx_id}"
