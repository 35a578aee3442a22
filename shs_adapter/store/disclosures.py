"""Disclosures: each agency that an envelope tells about a person, when it was told, and how it fared."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.report_tables import disclosure
from shs_adapter.store.tables import attempt

if TYPE_CHECKING:
    from shs_adapter.store.answers import Result
    from shs_adapter.store.attempts import Envelope


async def plan(
    connection: AsyncConnection, question: Row[Any], subject_id: int, envelope: "Envelope"
) -> None:
    """Note whom the envelope will tell; nobody is told yet."""
    rows = [
        {
            "tx_id": envelope.tx_id,
            "agency": str(agency),
            "outbox_id": question.id,
            "root_id": question.root_id or question.id,
            "subject_id": subject_id,
            "tenant": question.tenant,
            "round": question.round,
            "asked_from": first,
            "asked_to": last,
        }
        for agency, (first, last) in envelope.asked.items()
    ]
    await connection.execute(insert(disclosure), rows)


async def begin(connection: AsyncConnection, tx_ids: Collection[str], day: date) -> None:
    """The envelopes may go out from now on, the Swedish *day*; noted once."""
    await connection.execute(
        update(disclosure)
        .where(disclosure.c.tx_id.in_(tx_ids), disclosure.c.day.is_(None))
        .values(day=str(day))
    )


async def fare(
    connection: AsyncConnection, message: Row[Any], outcome: str, results: "Sequence[Result]"
) -> None:
    """Write how each agency fared by this answer; nothing displaces what was verified before.

    Without *results* the whole answer is worth nothing, and *outcome* says why.
    """
    sent = await connection.scalar(
        select(attempt.c.first_sent_at).where(attempt.c.tx_id == message.attempt_tx_id)
    )
    latency = round((message.received_at - sent).total_seconds()) if sent else None
    told = {result.agency: (result.outcome, result.kalla, result.felkod) for result in results}
    rows = await connection.execute(select(disclosure).where(disclosure.c.tx_id == message.attempt_tx_id))
    for row in rows.all():
        if row.outcome in VERIFIED or (row.outcome is not None and not results):
            continue
        how = told.get(row.agency, (outcome, None, None))
        await connection.execute(
            update(disclosure)
            .where(disclosure.c.tx_id == row.tx_id, disclosure.c.agency == row.agency)
            .values(outcome=how[0], kalla=how[1], felkod=how[2], latency=latency)
        )
