"""Where a question stands: which result counts for each agency, and what its row says of it.

Rule: failure never displaces what was verified. Of several answers to one question the newest verified one
counts for each agency; neither a PARTIAL nor a narrower period hides earlier DATA. What is unverified is
computed: what the question came to ask, minus what was verified, per agency and period.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import journal, outbox
from shs_adapter.store.bulk import update_all
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.tables import agency_result, attempt
from shs_adapter.store.tables import outbox as outbox_table
from shs_adapter.store.types import any_of

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


async def tell(connection: AsyncConnection, without: Mapping[int, str]) -> dict[int, set[str]]:
    """Write what questions have come to: by all answers of the family, or by its own if one asks again.

    *without* names the questions, and their outcome where no answer of theirs may be used. Returns the
    agencies that each has verified answers of.
    """
    questions = (await outbox.some(connection, without)).values()
    periods = await _periods(connection, questions)
    said = await _results(connection, questions)
    counting = {one.id: _best(said[one.id], periods[one.tx_id]) for one in questions}
    first_ones = [one.id for one in questions if one.root_id is None]
    await _mark(connection, [(said[one], counting[one]) for one in first_ones])
    rows, verified = [], dict[int, set[str]]()
    for one in questions:
        best = counting[one.id]
        requested = one.asked_agencies.split(",")
        missing = unverified(requested, best.values(), *periods[one.tx_id])
        verified[one.id] = {agency for agency, result in best.items() if result.outcome in VERIFIED}
        rows.append(
            {
                "id": one.id,
                "outcome": ("PARTIAL" if missing else "COMPLETE") if best else without[one.id],
                "agencies_answered": ",".join(agency for agency in requested if agency in verified[one.id]),
                "agencies_unverified": ",".join(missing),
            }
        )
    await update_all(connection, outbox_table, ["id"], rows)
    return verified


_PERIODS = select(attempt.c.tx_id, attempt.c.from_date, attempt.c.to_date).where(
    any_of(attempt.c.tx_id, "tx_ids")
)


async def _periods(connection: AsyncConnection, questions: Iterable[Row[Any]]) -> dict[str, _Period]:
    """The periods that the envelopes ask about, by tx.id."""
    asked = await connection.execute(_PERIODS, {"tx_ids": [one.tx_id for one in questions]})
    return {row.tx_id: (row.from_date, row.to_date) for row in asked}


_SAID = select(agency_result).where(any_of(agency_result.c.root_id, "families"))


async def _results(connection: AsyncConnection, questions: Collection[Row[Any]]) -> dict[int, list[Row[Any]]]:
    """What the agencies said: in the whole family of a first question, in the own answers of another."""
    families = {one.root_id or one.id for one in questions}
    said: dict[int, list[Row[Any]]] = {one.id: [] for one in questions}
    for row in await connection.execute(_SAID, {"families": families}):
        for outbox_id in {row.outbox_id, row.root_id} & said.keys():
            said[outbox_id].append(row)
    return said


def _best(rows: Iterable[Row[Any]], requested: _Period) -> dict[str, Row[Any]]:
    """For every agency the result that counts: the best, of equals the one that covers the period that is
    *requested*, and of equals the newest.
    """
    best: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (_RANK[row.outcome], _covers(row, requested), row.received_at)):
        best[row.agency] = row
    return best


async def _mark(
    connection: AsyncConnection, families: Iterable[tuple[Iterable[Row[Any]], _Counting]]
) -> None:
    changed = [
        {"inbox_id": row.inbox_id, "agency": row.agency, "current": counting[row.agency] is row}
        for rows, counting in families
        for row in rows
        if row.current != (counting[row.agency] is row)
    ]
    await update_all(connection, agency_result, ["inbox_id", "agency"], changed)


async def shown(connection: AsyncConnection, outbox_ids: Collection[int]) -> dict[int, tuple[Any, ...]]:
    """What a reader of each question sees of its answers, but for what lies in them."""
    questions = (await outbox.some(connection, outbox_ids)).values()
    said = await _results(connection, questions)
    return {one.id: (one.outcome, sorted(map(_seen, _visible(one, said[one.id])))) for one in questions}


def _visible(question: Row[Any], said: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
    return (row for row in said if row.current or question.root_id is not None)


def _seen(row: Row[Any]) -> str:
    return repr([getattr(row, name) for name in ("inbox_id", "agency", "current", "row_count", *SAID)])


_VERSIONS = select(outbox_table.c.id, outbox_table.c.answer_version).where(any_of(outbox_table.c.id, "ids"))


async def raise_versions(connection: AsyncConnection, outbox_ids: Sequence[int]) -> None:
    """What readers see of the answers to these questions has changed."""
    if not outbox_ids:
        return
    changes = await journal.changes(connection, outbox_ids)
    versions = await connection.execute(_VERSIONS, {"ids": outbox_ids})
    rows = [
        {"id": row.id, "answer_version": row.answer_version + 1, "change_no": changes[row.id]}
        for row in versions
    ]
    await update_all(connection, outbox_table, ["id"], rows)


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
