"""What an answer was worth, agency by agency, and which answer counts.

Rule: failure never displaces what was verified. Of several answers to one question the newest verified one
counts for each agency; neither a PARTIAL nor a narrower period hides earlier DATA. What is unverified is
computed: what the question came to ask, minus what was verified, per agency and period. An answer to a
question that was asked again counts for the first one, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.ssbtek.facts import Fact, Payment
from shs_adapter.ssbtek.finding import Sub
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.store import (
    asking_again,
    attempts,
    contents,
    disclosures,
    journal,
    outbox,
    settling,
    subjects,
)
from shs_adapter.store.asking_again import Policy
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.recount import recount
from shs_adapter.store.tables import agency_result, inbox
from shs_adapter.store.tables import outbox as outbox_table
from shs_adapter.store.vault import Vault

_RANK = {"DATA": 3, "EMPTY": 3, "PARTIAL": 2, "ERROR": 1, "MISSING": 1, "UNASKED": 0}
_SAID = (
    "outcome",
    "kalla",
    "felkod",
    "status",
    "transience",
    "protected",
    "asked_from",
    "asked_to",
    "version",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One agency's part of one answer; *asked_from* and *asked_to* are None for agencies without period."""

    agency: str
    outcome: str
    kalla: str | None = None
    felkod: str | None = None
    status: str | None = None
    transience: str | None = None
    protected: bool = field(default=False, repr=False)
    asked_from: str | None = None
    asked_to: str | None = None
    version: str | None = None
    subs: Sequence[Sub] = ()
    payments: Sequence[Payment] = field(default=(), repr=False)
    facts: Sequence[Fact] = field(default=(), repr=False)
    deviations: Sequence[Deviation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """An answer judged as a whole; *results* is empty where nothing of it may be used."""

    outcome: str  # COMPLETE, PARTIAL, FAULT, UNDECODABLE or QUARANTINED
    code: str | None
    payload_sha256: str
    results: Sequence[Result] = ()
    warnings: Sequence[str] = ()  # codes, for the journal


_Counting = Mapping[str, Row[Any]]  # agency -> the result that counts
_Period = tuple[str, str]  # first and last day, both included


async def keep(
    connection: AsyncConnection,
    vault: Vault,
    message: Row[Any],
    decoded: Decoded,
    at: datetime,
    actor: str,
    policy: Policy = asking_again.NEVER,
) -> str:
    """Write what *message* was worth and let it count; returns what became of it, as the journal's code.

    An answer to a withdrawn question stays in the sealed inbox and only settles it. One whose payload has
    come to the same envelope before changes nothing. An answer that is decoded for the first time may have
    agencies asked again, after *policy*.
    """
    question = await outbox.one(connection, message.outbox_id)
    root = question if question.root_id is None else await outbox.one(connection, question.root_id)
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
    if question.withdrawn_at is not None or root.withdrawn_at is not None:
        code = "withdrawn"
        await disclosures.fare(connection, message, decoded.outcome, decoded.results)
    elif repeated:
        code = "repeated"
        await _let_count(connection, vault, question, message, decoded.outcome, ())
    else:
        code = str(decoded.outcome)
        verified = await _let_count(connection, vault, question, message, decoded.outcome, decoded.results)
        await disclosures.fare(connection, message, decoded.outcome, decoded.results)
        await asking_again.drop_answered(connection, root.id, verified)
        if message.decoded_at is None:
            await asking_again.ask(connection, vault, question, decoded.results, verified, at, actor, policy)
    for name, said in [("decoded", code), *(("warned", warning) for warning in decoded.warnings)]:
        await journal.write(
            connection, name, at=at, actor=actor, outbox_id=question.id, tx_id=message.tx_id, code=said
        )
    if not repeated:
        await settling.end(connection, question.id, at)
    return code


def unverified(requested: Sequence[str], current: Iterable[Any], first: str, last: str) -> list[str]:
    """The agencies whose word is missing for all or part of the period that was requested."""
    verified = {
        result.agency for result in current if result.outcome in VERIFIED and _covers(result, (first, last))
    }
    return [agency for agency in requested if agency not in verified]


def _covers(result: Any, requested: _Period) -> bool:
    """Whether the agency was asked about the whole period."""
    first, last = requested
    return (result.asked_from is None or result.asked_from <= first) and (
        result.asked_to is None or result.asked_to >= last
    )


async def _has_come_before(connection: AsyncConnection, message: Row[Any], digest: str) -> bool:
    came_before = or_(
        inbox.c.received_at < message.received_at,
        and_(inbox.c.received_at == message.received_at, inbox.c.id < message.id),
    )
    earlier = select(inbox.c.id).where(
        inbox.c.attempt_tx_id == message.attempt_tx_id, inbox.c.payload_sha256 == digest, came_before
    )
    return await connection.scalar(earlier.limit(1)) is not None


async def _let_count(
    connection: AsyncConnection,
    vault: Vault,
    question: Row[Any],
    message: Row[Any],
    worth: str,
    results: Sequence[Result],
) -> set[str]:
    """Put *results* in the place of what the answer said before, and let its question, and the first one of
    the family, come to what follows; returns the agencies that have answered the first one by now.
    """
    root_id = question.root_id or question.id
    family = dict.fromkeys((question.id, root_id))
    before = {outbox_id: await _shown(connection, outbox_id, message.id) for outbox_id in family}
    await contents.remove(connection, message.id)
    await connection.execute(delete(agency_result).where(agency_result.c.inbox_id == message.id))
    for result in results:
        await connection.execute(
            insert(agency_result).values(
                inbox_id=message.id,
                agency=result.agency,
                outbox_id=question.id,
                root_id=root_id,
                received_at=message.received_at,
                row_count=len(result.payments) + len(result.facts),
                current=False,
                **{name: getattr(result, name) for name in _SAID},
            )
        )
    await contents.write(
        connection,
        vault,
        results,
        inbox_id=message.id,
        root_id=root_id,
        subject_id=question.subject_id,
    )
    if any(result.protected for result in results):
        await subjects.restrict(connection, question)
    for outbox_id in family:
        counting = await _tell(connection, outbox_id, worth)
    for outbox_id in family:
        if before[outbox_id] != await _shown(connection, outbox_id, message.id):
            await _raise_version(connection, outbox_id)
    await recount(connection, question.subject_id)
    return {agency for agency, result in counting.items() if result.outcome in VERIFIED}


async def _shown(connection: AsyncConnection, outbox_id: int, inbox_id: str) -> tuple[Any, ...]:
    """What a reader of the question sees of its answers, and all that is written of this one."""
    question = await outbox.one(connection, outbox_id)
    said = sorted(
        repr([getattr(row, name) for name in ("inbox_id", "agency", "current", "row_count", *_SAID)])
        for row in await _results(connection, question)
        if row.current or question.root_id is not None
    )
    return question.outcome, said, await contents.written(connection, inbox_id)


async def _raise_version(connection: AsyncConnection, outbox_id: int) -> None:
    change = await journal.next_change(connection)
    await connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == outbox_id)
        .values(answer_version=outbox_table.c.answer_version + 1, change_no=change)
    )


async def _tell(connection: AsyncConnection, outbox_id: int, without: str) -> _Counting:
    """Write what the question has come to: by all answers of its family, or by its own if it asks again.

    *without* is its outcome where no answer of it may be used.
    """
    question = await outbox.one(connection, outbox_id)
    attempt = await attempts.by_tx_id(connection, question.tx_id)
    period = attempt.from_date, attempt.to_date
    rows = await _results(connection, question)
    counting = _best(rows, period)
    if question.root_id is None:
        await _mark(connection, rows, counting)
    requested = question.asked_agencies.split(",")
    missing = unverified(requested, counting.values(), *period)
    verified = {agency for agency, result in counting.items() if result.outcome in VERIFIED}
    await connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == question.id)
        .values(
            outcome=("PARTIAL" if missing else "COMPLETE") if counting else without,
            agencies_answered=",".join(agency for agency in requested if agency in verified),
            agencies_unverified=",".join(missing),
        )
    )
    return counting


async def _results(connection: AsyncConnection, question: Row[Any]) -> list[Row[Any]]:
    """What the agencies said: in the whole family of a first question, in the own answers of another."""
    whose = agency_result.c.root_id if question.root_id is None else agency_result.c.outbox_id
    return list(await connection.execute(select(agency_result).where(whose == question.id)))


def _best(rows: Iterable[Row[Any]], requested: _Period) -> dict[str, Row[Any]]:
    """For every agency the result that counts: the best, of equals the one that covers the period that is
    *requested*, and of equals the newest.
    """
    best: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (_RANK[row.outcome], _covers(row, requested), row.received_at)):
        best[row.agency] = row
    return best


async def _mark(connection: AsyncConnection, rows: Iterable[Row[Any]], counting: _Counting) -> None:
    for row in rows:
        if row.current != (current := counting[row.agency] is row):
            await connection.execute(
                update(agency_result)
                .where(agency_result.c.inbox_id == row.inbox_id, agency_result.c.agency == row.agency)
                .values(current=current)
            )


async def retract(connection: AsyncConnection, outbox_id: int) -> None:
    """Let no answer to a withdrawn question count; all stays in the sealed inbox.

    That is a change of the answer, where there was one. What was asked again for it is withdrawn with it.
    """
    question = await outbox.one(connection, outbox_id)
    told = or_(agency_result.c.outbox_id == outbox_id, agency_result.c.root_id == outbox_id)
    told_ids = list(await connection.scalars(select(agency_result.c.inbox_id).where(told).distinct()))
    for inbox_id in told_ids:
        await contents.remove(connection, inbox_id)
    await connection.execute(delete(agency_result).where(told))
    await connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == outbox_id, outbox_table.c.answer_version > 0)
        .values(
            agencies_answered=None,
            agencies_unverified=None,
            answer_version=outbox_table.c.answer_version + 1,
        )
    )
    await asking_again.withdraw(connection, outbox_id)
    if question.root_id is not None and told_ids:
        root = await outbox.one(connection, question.root_id)
        if root.withdrawn_at is None:
            await _tell(connection, root.id, "PARTIAL")
            await _raise_version(connection, root.id)
    if question.subject_id is not None:
        await recount(connection, question.subject_id)
