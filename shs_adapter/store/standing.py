"""Where a question stands: which result counts for each agency, and what its row says of it.

Rule: failure never displaces what was verified. Of several answers to one question the newest verified one
counts for each agency; neither a PARTIAL nor a narrower period hides earlier DATA. What is unverified is
computed: what the question came to ask, minus what was verified, per agency and period.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import attempts, journal, outbox
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.tables import agency_result
from shs_adapter.store.tables import outbox as outbox_table
from shs_adapter.store.types import among

SAID = (
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

_RANK = {"DATA": 3, "EMPTY": 3, "PARTIAL": 2, "ERROR": 1, "MISSING": 1, "UNASKED": 0}

_Counting = Mapping[str, Row[Any]]  # agency -> the result that counts
_Period = tuple[str, str]  # first and last day, both included


async def tell(connection: AsyncConnection, outbox_id: int, without: str) -> _Counting:
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
    changed: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for row in rows:
        if row.current != (current := counting[row.agency] is row):
            changed[row.inbox_id, current].append(row.agency)
    for (inbox_id, current), agencies in changed.items():
        await connection.execute(
            update(agency_result)
            .where(agency_result.c.inbox_id == inbox_id, among(agency_result.c.agency, agencies))
            .values(current=current)
        )


async def shown(connection: AsyncConnection, outbox_id: int) -> tuple[Any, ...]:
    """What a reader of the question sees of its answers, but for what lies in them."""
    question = await outbox.one(connection, outbox_id)
    said = sorted(
        repr([getattr(row, name) for name in ("inbox_id", "agency", "current", "row_count", *SAID)])
        for row in await _results(connection, question)
        if row.current or question.root_id is not None
    )
    return question.outcome, said


async def raise_version(connection: AsyncConnection, outbox_id: int) -> None:
    change = await journal.next_change(connection)
    await connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == outbox_id)
        .values(answer_version=outbox_table.c.answer_version + 1, change_no=change)
    )


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
