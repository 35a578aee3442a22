"""Disclosures: each agency that an envelope tells about a person, when it was told, and how it fared."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.bulk import insert_all
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.report_tables import disclosure
from shs_adapter.store.results import Result
from shs_adapter.store.tables import agency_result, attempt, inbox
from shs_adapter.store.types import among

Asked = Mapping[str, tuple[str, str]]  # the first and last day by agency


async def plan(connection: AsyncConnection, envelopes: Iterable[tuple[Row[Any], str, Asked]]) -> None:
    """Note whom each question's envelope (a tx.id) will tell, and of which days; nobody is told yet."""
    rows = [
        {
            "tx_id": tx_id,
            "agency": str(agency),
            "outbox_id": question.id,
            "root_id": question.root_id or question.id,
            "subject_id": question.subject_id,
            "tenant": question.tenant,
            "round": question.round,
            "asked_from": first,
            "asked_to": last,
        }
        for question, tx_id, asked in envelopes
        for agency, (first, last) in asked.items()
    ]
    await insert_all(connection, disclosure, rows)


async def begin(connection: AsyncConnection, tx_ids: Collection[str], day: date) -> None:
    """The envelopes may go out from now on, the Swedish *day*; noted once."""
    await connection.execute(
        update(disclosure)
        .where(among(disclosure.c.tx_id, tx_ids), disclosure.c.day.is_(None))
        .values(day=str(day))
    )


async def fare(
    connection: AsyncConnection, message: Row[Any], outcome: str, results: Iterable[Result]
) -> None:
    """Write how each agency fared by this answer; a failure displaces nothing that another answer verified.

    Without *results* the whole answer is worth nothing, and *outcome* says why.
    """
    tx_id = message.attempt_tx_id
    sent = await connection.scalar(select(attempt.c.first_sent_at).where(attempt.c.tx_id == tx_id))
    latency = round((message.received_at - sent).total_seconds()) if sent else None
    verified = set(
        await connection.scalars(
            select(agency_result.c.agency)
            .join(inbox, inbox.c.id == agency_result.c.inbox_id)
            .where(
                inbox.c.attempt_tx_id == tx_id,
                inbox.c.id != message.id,
                agency_result.c.outcome.in_(VERIFIED),
            )
        )
    )
    told = {result.agency: result for result in results}
    fared: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for agency in await connection.scalars(select(disclosure.c.agency).where(disclosure.c.tx_id == tx_id)):
        result = told.get(agency)
        if agency not in verified or (result and result.outcome in VERIFIED):
            how = (result.outcome, result.kalla, result.felkod) if result else (outcome, None, None)
            fared[how].append(agency)
    for (ended, kalla, felkod), agencies in fared.items():
        await connection.execute(
            update(disclosure)
            .where(disclosure.c.tx_id == tx_id, among(disclosure.c.agency, agencies))
            .values(latency=latency, outcome=ended, kalla=kalla, felkod=felkod)
        )
