"""What is known of a person in a case, reckoned anew from all answers: payments that count, income, gaps.

Rule: it is made from the tables alone, and making it again gives the same. Whoever changes what an answer
says, or what was asked, calls `recount` in the same transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import reckoning
from shs_adapter.store.bulk import Writes
from shs_adapter.store.merging import Said, counts, tellings
from shs_adapter.store.reckoning import Question
from shs_adapter.store.report_tables import asked_month, gap, income, payment, subject
from shs_adapter.store.tables import agency_result, attempt, outbox
from shs_adapter.store.types import any_of

_DERIVED = (gap, income, asked_month)
_REMOVE = {table.name: delete(table).where(any_of(table.c.subject_id, "subjects")) for table in _DERIVED}


async def recount(connection: AsyncConnection, subject_ids: Iterable[int]) -> None:
    """Reckon anew all that is derived for the subjects."""
    wanted = sorted(set(subject_ids))
    questions, has = await _questions(connection, wanted)
    said = await _said(connection, questions if agency_result.name in has else {})
    paid = await _payments(connection, wanted if payment.name in has else [])
    derived = [_derived(one, questions[one], said[one], paid[one]) for one in wanted]
    writes = Writes()
    writes.update(payment, ["id"], [mark for one in derived for mark in one.marks])
    for table in _DERIVED:
        if table.name in has:
            await connection.execute(_REMOVE[table.name], {"subjects": wanted})
        writes.insert(table, [row for one in derived for row in one.rows[table.name]])
    rows = [{"id": one.subject_id, "open_agencies": one.open_agencies} for one in derived]
    writes.update(subject, ["id"], rows)
    await writes.send(connection)


@dataclass(frozen=True, slots=True)
class _Derived:
    subject_id: int
    open_agencies: str
    marks: Sequence[dict[str, Any]]  # payments that begin or cease to count
    rows: Mapping[str, Sequence[dict[str, Any]]]  # by table


def _derived(
    subject_id: int,
    questions: Sequence[Question],
    said: Mapping[str, Sequence[Said]],
    paid: Sequence[Row[Any]],
) -> _Derived:
    gaps = reckoning.gaps(questions, said)
    counting = _counting(paid, said)
    known = {row.id for row in counting}
    tables = {
        gap.name: gaps,
        income.name: reckoning.income(counting),
        asked_month.name: reckoning.asked_months(questions, said, gaps, counting),
    }
    return _Derived(
        subject_id=subject_id,
        open_agencies=",".join(sorted({one["agency"] for one in gaps})),
        marks=[{"id": row.id, "counts": row.id in known} for row in paid if row.counts != (row.id in known)],
        rows={name: [{"subject_id": subject_id, **row} for row in rows] for name, rows in tables.items()},
    )


_ASKED = (
    *("id", "subject_id", "asked_agencies"),
    *("state", "failure_code", "purged_at", "outcome"),
)
# Whether a table says anything of the subject already; of most there is nothing when they are first asked of.
_HAS = {
    agency_result.name: exists(literal(1)).where(agency_result.c.root_id == outbox.c.id),
    **{
        table.name: exists(literal(1)).where(table.c.subject_id == outbox.c.subject_id)
        for table in (payment, *_DERIVED)
    },
}
_QUESTIONS = (
    select(
        *(outbox.c[name] for name in _ASKED),
        attempt.c.from_date.label("first"),
        attempt.c.to_date.label("last"),
        attempt.c.built_at,
        *(there.label(f"has_{name}") for name, there in _HAS.items()),
    )
    .join(attempt, attempt.c.tx_id == outbox.c.tx_id)
    .where(
        any_of(outbox.c.subject_id, "subjects"), outbox.c.root_id.is_(None), outbox.c.withdrawn_at.is_(None)
    )
    .order_by(outbox.c.id)
    # What is written refers to them. Where another has locked one so that nothing may, this is told at once:
    # PostgreSQL itself, looking at a foreign key, would wait.
    .with_for_update(of=outbox, read=True, key_share=True, nowait=True)
)


async def _questions(
    connection: AsyncConnection, subject_ids: Sequence[int]
) -> tuple[dict[int, list[Question]], set[str]]:
    """The questions of the business system about each subject, but for those taken back; and which tables
    may say anything of the subjects.
    """
    rows = (await connection.execute(_QUESTIONS, {"subjects": subject_ids})).all()
    questions: dict[int, list[Question]] = defaultdict(list)
    for row in rows:
        questions[row.subject_id].append(
            Question(
                id=row.id,
                period=(date.fromisoformat(row.first), date.fromisoformat(row.last)),
                asked_at=row.built_at,
                agencies=(row.asked_agencies or "").split(","),
                ending=_ending(row),
            )
        )
    is_sure = questions.keys() >= set(subject_ids)
    has = {name for name in _HAS if not is_sure or any(getattr(row, f"has_{name}") for row in rows)}
    return questions, has


def _ending(row: Any) -> tuple[str, str | None]:
    if row.state == State.FAILED:
        return "FAILED", row.failure_code
    if row.purged_at is not None and row.outcome in ("COMPLETE", "PARTIAL"):
        return "PURGED", None  # answered once, and nobody can say what any more
    return ("WAITING", None) if row.outcome == "PENDING" else (row.outcome, None)


_SAID = select(agency_result).where(any_of(agency_result.c.root_id, "roots"))


async def _said(
    connection: AsyncConnection, questions: Mapping[int, Sequence[Question]]
) -> dict[int, dict[str, list[Said]]]:
    """What each agency said about each subject, in all answers; those of questions taken back are gone."""
    about = {question.id: subject_id for subject_id, asked in questions.items() for question in asked}
    said: dict[int, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))
    if not about:
        return said
    for row in await connection.execute(_SAID, {"roots": about}):
        said[about[row.root_id]][row.agency].append(
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


_PAID = select(payment).where(any_of(payment.c.subject_id, "subjects")).order_by(payment.c.id)


async def _payments(connection: AsyncConnection, subject_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    paid: dict[int, list[Row[Any]]] = defaultdict(list)
    if not subject_ids:
        return paid
    for row in await connection.execute(_PAID, {"subjects": subject_ids}):
        paid[row.subject_id].append(row)
    return paid


def _counting(paid: Sequence[Row[Any]], said: Mapping[str, Sequence[Said]]) -> list[Row[Any]]:
    told = tellings((row.inbox_id, row) for row in paid)
    own = {(one.inbox_id, agency): one for agency, words in said.items() for one in words}
    newest_first = {
        agency: sorted(words, key=lambda one: one.precedence, reverse=True) for agency, words in said.items()
    }
    return [
        row
        for row in paid
        if (teller := own.get((row.inbox_id, row.agency)))
        and counts(row, teller, newest_first[row.agency], told)
    ]
