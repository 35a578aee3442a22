"""Disclosures: each agency that an envelope tells about a person, and how it fared."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.bulk import Writes, update_all
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.report_tables import disclosure
from shs_adapter.store.results import Decoded, Judged
from shs_adapter.store.tables import agency_result, attempt
from shs_adapter.store.types import any_of

Asked = Mapping[str, tuple[str, str]]  # the first and last day by agency


def plan(writes: Writes, envelopes: Mapping[str, Asked]) -> None:
    """Note whom each envelope, by its tx.id, tells that we ask, and of which days, once it is sent."""
    rows = [
        {"tx_id": tx_id, "agency": str(agency), "asked_from": first, "asked_to": last}
        for tx_id, asked in envelopes.items()
        for agency, (first, last) in asked.items()
    ]
    writes.insert(disclosure, rows)


_TOLD = (
    select(disclosure.c.tx_id, disclosure.c.agency, attempt.c.first_sent_at)
    .join(attempt, attempt.c.tx_id == disclosure.c.tx_id)
    .where(any_of(disclosure.c.tx_id, "tx_ids"))
)
_VERIFIED = select(agency_result.c.inbox_id, agency_result.c.agency).where(
    any_of(agency_result.c.inbox_id, "inbox_ids"), agency_result.c.outcome.in_(VERIFIED)
)


async def fare(
    connection: AsyncConnection, answers: Collection[Judged], others: Mapping[str, Collection[str]]
) -> None:
    """Write how each agency fared by answers, each to another envelope; a failure displaces nothing that
    *others*, by envelope (tx.id) the ids of messages in the inbox, have verified.

    Without results a whole answer is worth nothing, and its outcome says why.
    """
    told = {message.attempt_tx_id: (message, decoded) for message, decoded in answers}
    envelopes = {inbox_id: tx_id for tx_id in told for inbox_id in others[tx_id]}
    known = set[tuple[str, str]]()
    if envelopes:
        verified = await connection.execute(_VERIFIED, {"inbox_ids": envelopes})
        known = {(envelopes[row.inbox_id], row.agency) for row in verified}
    fared = [
        {"tx_id": row.tx_id, "agency": row.agency, **how}
        for row in await connection.execute(_TOLD, {"tx_ids": told})
        if (how := _how(row, *told[row.tx_id], is_known=(row.tx_id, row.agency) in known))
    ]
    await update_all(connection, disclosure, ["tx_id", "agency"], fared)


def _how(asked: Any, message: Row[Any], decoded: Decoded, *, is_known: bool) -> dict[str, Any] | None:
    """How an agency fared by this answer; None where an earlier one told more."""
    result = next((one for one in decoded.results if one.agency == asked.agency), None)
    if is_known and not (result and result.outcome in VERIFIED):
        return None
    sent = asked.first_sent_at
    return {
        "latency": round((message.received_at - sent).total_seconds()) if sent else None,
        "outcome": result.outcome if result else decoded.outcome,
        "kalla": result.kalla if result else None,
        "felkod": result.felkod if result else None,
    }
