"""What is known of a person in a case, reckoned anew from all answers: payments that count, income, gaps.

Rule: it is made from the tables alone, and making it again gives the same. Whoever changes what an answer
says, or what was asked, calls `recount` in the same transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import reckoning
from shs_adapter.store.merging import Said, counts, tellings
from shs_adapter.store.reckoning import Question
from shs_adapter.store.report_tables import asked_month, gap, income, payment, subject
from shs_adapter.store.tables import agency_result, attempt, outbox


async def recount(connection: AsyncConnection, subject_id: int) -> None:
    """Reckon anew all that is derived for the subject."""
    questions = await _questions(connection, subject_id)
    said = await _said(connection, [question.id for question in questions])
    gaps = reckoning.gaps(questions, said)
    paid = await _payments(connection, subject_id)
    counting = _counting(paid, said)
    await _mark(connection, paid, {row.id for row in counting})
    await _replace(connection, gap, subject_id, gaps)
    open_agencies = ",".join(sorted({one["agency"] for one in gaps}))
    await connection.execute(
        update(subject).where(subject.c.id == subject_id).values(open_agencies=open_agencies)
    )
    await _replace(connection, income, subject_id, reckoning.income(counting))
    await _replace(
        connection, asked_month, subject_id, reckoning.asked_months(questions, said, gaps, counting)
    )


async def _questions(connection: AsyncConnection, subject_id: int) -> list[Question]:
    """The questions of the business system about the subject, but for those taken back."""
    rows = await connection.execute(
        select(
            outbox, attempt.c.from_date.label("first"), attempt.c.to_date.label("last"), attempt.c.built_at
        )
        .join(attempt, attempt.c.tx_id == outbox.c.tx_id)
        .where(outbox.c.subject_id == subject_id, outbox.c.root_id.is_(None), outbox.c.withdrawn_at.is_(None))
        .order_by(outbox.c.id)
    )
    return [
        Question(
            id=row.id,
            period=(date.fromisoformat(row.first), date.fromisoformat(row.last)),
            asked_at=row.built_at,
            agencies=(row.asked_agencies or "").split(","),
            ending=_ending(row),
        )
        for row in rows
    ]


def _ending(row: Row[Any]) -> tuple[str, str | None]:
    if row.state == State.FAILED:
        return "FAILED", row.failure_code
    return ("WAITING", None) if row.outcome == "PENDING" else (row.outcome, None)


async def _said(connection: AsyncConnection, root_ids: Sequence[int]) -> dict[str, list[Said]]:
    """What each agency said about the subject, in all answers; those of questions taken back are gone."""
    result = agency_result.c
    rows = await connection.execute(select(agency_result).where(result.root_id.in_(root_ids)))
    said: dict[str, list[Said]] = defaultdict(list)
    for row in rows:
        said[row.agency].append(
            Said(
                inbox_id=row.inbox_id,
                agency=row.agency,
                root_id=row.root_id,
                outcome=row.outcome,
                asked_from=row.asked_from and date.fromisoformat(row.asked_from),
                asked_to=row.asked_to and date.fromisoformat(row.asked_to),
                received_at=row.received_at,
                current=row.current,
                kalla=row.kalla,
                felkod=row.felkod,
                status=row.status,
                transience=row.transience,
            )
        )
    return said


async def _payments(connection: AsyncConnection, subject_id: int) -> list[Row[Any]]:
    rows = await connection.execute(
        select(payment).where(payment.c.subject_id == subject_id).order_by(payment.c.id)
    )
    return list(rows)


def _counting(paid: Sequence[Row[Any]], said: Mapping[str, Sequence[Said]]) -> list[Row[Any]]:
    told = tellings((row.inbox_id, row) for row in paid)
    own = {(one.inbox_id, agency): one for agency, words in said.items() for one in words}
    newest_first = {
        agency: sorted(words, key=lambda one: (one.received_at, one.inbox_id), reverse=True)
        for agency, words in said.items()
    }
    return [
        row
        for row in paid
        if (teller := own.get((row.inbox_id, row.agency)))
        and counts(row, teller, newest_first[row.agency], told)
    ]


async def _mark(connection: AsyncConnection, paid: Sequence[Row[Any]], counting: set[int]) -> None:
    changed = [
        {"payment_id": row.id, "counting": row.id in counting}
        for row in paid
        if row.counts != (row.id in counting)
    ]
    if changed:
        marked = update(payment).where(payment.c.id == bindparam("payment_id"))
        await connection.execute(marked.values(counts=bindparam("counting")), changed)


async def _replace(
    connection: AsyncConnection, table: Any, subject_id: int, rows: Sequence[dict[str, Any]]
) -> None:
    await connection.execute(delete(table).where(table.c.subject_id == subject_id))
    if rows:
        await connection.execute(insert(table), [{"subject_id": subject_id, **row} for row in rows])
