"""The audit trail: who read answers, and which agencies were told about whom. It outlives the question.

    journal, disclosure → (the question is purged) → audit_reading, audit_disclosure → (audit_after) → gone

Rule: an explanation needs the question's id (of a family: the first one's), the business system's reference,
and whom it was about, by `person_key`. Nothing else of the question is kept.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.printable import clean
from shs_adapter.ssbtek.person import without_persons
from shs_adapter.store.bulk import insert_all
from shs_adapter.store.report_tables import disclosure
from shs_adapter.store.tables import attempt, audit_disclosure, audit_reading, journal, outbox
from shs_adapter.store.types import among

ANSWER_SHOWN = "answer-shown"
PERSONS_SHOWN = "persons-shown"  # in a report: of no single question

_LONGEST = 200
_ABOUT = (
    func.coalesce(outbox.c.root_id, outbox.c.id).label("question_id"),
    *(outbox.c.tenant, outbox.c.reference, outbox.c.person_key),
)


async def keep(connection: AsyncConnection, outbox_ids: Collection[int]) -> None:
    """Write down what is kept of questions that are about to be deleted."""
    readings = (
        select(journal.c.at, journal.c.event, journal.c.tx_id, journal.c.actor, *_ABOUT)
        .join(outbox, outbox.c.id == journal.c.outbox_id)
        .where(among(journal.c.outbox_id, outbox_ids), journal.c.event == ANSWER_SHOWN)
        .order_by(journal.c.id)
    )
    told = (
        select(
            attempt.c.first_sent_at.label("at"),
            *(disclosure.c[name] for name in ("tx_id", "agency", "asked_from", "asked_to")),
            *_ABOUT,
        )
        .join(attempt, attempt.c.tx_id == disclosure.c.tx_id)
        .join(outbox, outbox.c.id == attempt.c.outbox_id)
        .where(among(attempt.c.outbox_id, outbox_ids), attempt.c.first_sent_at.is_not(None))
        .order_by(disclosure.c.tx_id, disclosure.c.agency)
    )
    for table, query in ((audit_reading, readings), (audit_disclosure, told)):
        await insert_all(connection, table, [_kept(row) for row in await connection.execute(query)])


def _kept(row: Row[Any]) -> Mapping[str, Any]:
    """The row, whose tenant and reference the business system may have made of a personal number."""
    typed = {name: getattr(row, name) for name in ("tenant", "reference")}
    return row._asdict() | {name: value and _harmless(value) for name, value in typed.items()}


def _harmless(value: object) -> str:
    return without_persons(clean(value), lambda _: "***")[:_LONGEST]


async def of_question(connection: AsyncConnection, outbox_id: int) -> dict[str, list[dict[str, Any]]]:
    """What is kept of a question that is gone, oldest first; empty where nothing is."""
    return {
        name: [
            {
                column: value
                for column, value in row.items()
                if column not in ("id", "question_id", "person_key")
            }
            for row in (
                await connection.execute(
                    select(table).where(table.c.question_id == outbox_id).order_by(table.c.at, table.c.id)
                )
            ).mappings()
        ]
        for name, table in (("readings", audit_reading), ("disclosures", audit_disclosure))
    }


async def remove_readings(connection: AsyncConnection, ids: Sequence[int]) -> None:
    await connection.execute(delete(audit_reading).where(among(audit_reading.c.id, ids)))


async def remove_disclosures(connection: AsyncConnection, ids: Sequence[int]) -> None:
    await connection.execute(delete(audit_disclosure).where(among(audit_disclosure.c.id, ids)))


async def remove_lines(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Of the journal: who had persons named in a report."""
    await connection.execute(delete(journal).where(among(journal.c.id, ids)))
