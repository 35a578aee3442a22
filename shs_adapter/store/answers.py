"""What an answer was worth, agency by agency, and which answer counts.

Rule: failure never displaces what was verified. Of several answers to one question the newest verified one
counts for each agency; neither a PARTIAL nor a narrower period hides earlier DATA. What is unverified is
computed: what the question came to ask, minus what was verified, per agency and period.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import attempts, journal, outbox, settling
from shs_adapter.store.tables import agency_result, inbox
from shs_adapter.store.tables import outbox as outbox_table

VERIFIED = ("DATA", "EMPTY")
_RANK = {"DATA": 3, "EMPTY": 3, "PARTIAL": 2, "ERROR": 1, "MISSING": 1, "UNASKED": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One agency's part of one answer; *asked_from* and *asked_to* are None for agencies without period."""

    agency: str
    outcome: str
    kalla: str | None = None
    felkod: str | None = None
    status: str | None = None
    protected: bool = field(default=False, repr=False)
    asked_from: str | None = None
    asked_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """An answer judged as a whole; *results* is empty where nothing of it may be used."""

    outcome: str  # COMPLETE, PARTIAL, FAULT, UNDECODABLE or QUARANTINED
    code: str | None
    payload_sha256: str
    results: Sequence[Result] = ()
    warnings: Sequence[str] = ()  # codes, for the journal


_Counting = dict[str, tuple[str, Result]]  # agency -> which message its result came in, and the result
_Period = tuple[str, str]  # first and last day, both included


async def keep(
    connection: AsyncConnection, message: Row[Any], decoded: Decoded, at: datetime, actor: str
) -> str:
    """Write what *message* was worth and let it count; returns what became of it, as the journal's code.

    An answer to a withdrawn question stays in the sealed inbox and only settles it. One whose payload has
    come to the same envelope before changes nothing.
    """
    question = await outbox.one(connection, message.outbox_id)
    repeated = await _has_come_before(connection, message, decoded.payload_sha256)
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == message.id)
        .values(
            decoded_at=at,
            outcome=decoded.outcome,
            outcome_code=decoded.code,
            payload_sha256=decoded.payload_sha256,
        )
    )
    if question.withdrawn_at is not None:
        code = "withdrawn"
        await settling.end(connection, question.id, at)
    elif repeated:
        code = "repeated"
    else:
        code = await _let_count(connection, question, message, decoded, at)
    for name, said in [("decoded", code), *(("warned", warning) for warning in decoded.warnings)]:
        await journal.write(
            connection, name, at=at, actor=actor, outbox_id=question.id, tx_id=message.tx_id, code=said
        )
    return code


def unverified(requested: Sequence[str], current: Sequence[Result], first: str, last: str) -> list[str]:
    """The agencies whose word is missing for all or part of the period that was requested."""
    verified = {
        result.agency for result in current if result.outcome in VERIFIED and _covers(result, (first, last))
    }
    return [agency for agency in requested if agency not in verified]


def _covers(result: Result | Row[Any], requested: _Period) -> bool:
    """Whether the agency was asked about the whole period."""
    first, last = requested
    return (result.asked_from is None or result.asked_from <= first) and (
        result.asked_to is None or result.asked_to >= last
    )


async def _has_come_before(connection: AsyncConnection, message: Row[Any], digest: str) -> bool:
    earlier = select(inbox.c.id).where(
        inbox.c.attempt_tx_id == message.attempt_tx_id,
        inbox.c.payload_sha256 == digest,
        inbox.c.id != message.id,
    )
    return await connection.scalar(earlier.limit(1)) is not None


async def _let_count(
    connection: AsyncConnection, question: Row[Any], message: Row[Any], decoded: Decoded, at: datetime
) -> str:
    before = await _current(connection, question.id)
    await _replace(connection, question.id, message, decoded.results)
    attempt = await attempts.by_tx_id(connection, message.attempt_tx_id)
    period = attempt.from_date, attempt.to_date
    current = await _choose(connection, question.id, period)
    requested = question.asked_agencies.split(",")
    counting = [result for _, result in current.values()]
    missing = unverified(requested, counting, *period)
    verified = {result.agency for result in counting if result.outcome in VERIFIED}
    values: dict[str, Any] = {
        "outcome": ("PARTIAL" if missing else "COMPLETE") if current else decoded.outcome,
        "agencies_answered": ",".join(agency for agency in requested if agency in verified),
        "agencies_unverified": ",".join(missing),
    }
    if current != before or values["outcome"] != question.outcome:
        values |= {
            "answer_version": question.answer_version + 1,
            "change_no": await journal.next_change(connection),
        }
    await connection.execute(update(outbox_table).where(outbox_table.c.id == question.id).values(values))
    await settling.end(connection, question.id, at)
    return str(decoded.outcome)


async def retract(connection: AsyncConnection, outbox_id: int) -> None:
    """Let no answer to a withdrawn question count; all stays in the sealed inbox.

    That is a change of the answer, where there was one.
    """
    await connection.execute(delete(agency_result).where(agency_result.c.outbox_id == outbox_id))
    await connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == outbox_id, outbox_table.c.answer_version > 0)
        .values(
            agencies_answered=None,
            agencies_unverified=None,
            answer_version=outbox_table.c.answer_version + 1,
        )
    )


async def _replace(
    connection: AsyncConnection, outbox_id: int, message: Row[Any], results: Sequence[Result]
) -> None:
    await connection.execute(delete(agency_result).where(agency_result.c.inbox_id == message.id))
    for result in results:
        await connection.execute(
            insert(agency_result).values(
                inbox_id=message.id,
                outbox_id=outbox_id,
                current=False,
                **{name: getattr(result, name) for name in Result.__dataclass_fields__},
            )
        )


async def _choose(connection: AsyncConnection, outbox_id: int, requested: _Period) -> _Counting:
    """Mark for every agency the result that counts: the best, of equals the one that covers the period
    that is *requested*, and of equals the newest.
    """
    rows = (
        await connection.execute(
            select(agency_result, inbox.c.received_at)
            .join(inbox, inbox.c.id == agency_result.c.inbox_id)
            .where(agency_result.c.outbox_id == outbox_id)
        )
    ).all()
    best: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (_RANK[row.outcome], _covers(row, requested), row.received_at)):
        best[row.agency] = row
    for row in rows:
        await connection.execute(
            update(agency_result)
            .where(agency_result.c.inbox_id == row.inbox_id, agency_result.c.agency == row.agency)
            .values(current=best[row.agency] is row)
        )
    return _counting(best.values())


async def _current(connection: AsyncConnection, outbox_id: int) -> _Counting:
    rows = await connection.execute(
        select(agency_result).where(agency_result.c.outbox_id == outbox_id, agency_result.c.current)
    )
    return _counting(rows)


def _counting(rows: Iterable[Row[Any]]) -> _Counting:
    return {
        row.agency: (
            row.inbox_id,
            Result(**{name: getattr(row, name) for name in Result.__dataclass_fields__}),
        )
        for row in rows
    }
