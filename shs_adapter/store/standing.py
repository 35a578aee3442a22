"""Where a question stands: which result counts for each agency, and what its row says of it.

Rule: failure never displaces what was verified, and an answer that does not tell whom it is about displaces
nothing. Of several answers to one question the newest verified one
counts for each agency; neither a PARTIAL nor a narrower period hides earlier DATA. What is unverified is
computed: what the question came to ask, minus what was verified, per agency and period.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.ssbtek.finding import ANONYMOUS
from shs_adapter.store import journal
from shs_adapter.store.bulk import Writes
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.tables import agency_result, attempt, outbox
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a question stands: what its row is to say, and the agencies that it has *verified* answers of."""

    question: Row[Any]
    said: Sequence[Row[Any]]
    counting: _Counting
    verified: Collection[str]
    columns: Mapping[str, str]

    @property
    def shown(self) -> tuple[Any, ...]:
        """What a reader of the question sees of its answers, but for what lies in them."""
        rows = self.counting.values() if self.question.root_id is None else self.said
        return _shown(self.columns["outcome"], rows)


async def reckon(
    connection: AsyncConnection, questions: Collection[Row[Any]], without: Mapping[int, str]
) -> list[Standing]:
    """What questions have come to: by all answers of the family, or by its own if one asks again.

    *without* tells the outcome of each where no answer of theirs may be used.
    """
    periods = await _periods(connection, questions)
    said = await _results(connection, questions)
    return [_standing(one, said[one.id], periods[one.tx_id], without[one.id]) for one in questions]


def _standing(question: Row[Any], said: Sequence[Row[Any]], period: _Period, without: str) -> Standing:
    best = _best(said, period)
    requested = question.asked_agencies.split(",")
    missing = unverified(requested, best.values(), *period)
    verified = {agency for agency, result in best.items() if result.outcome in VERIFIED}
    columns = {
        "outcome": ("PARTIAL" if missing else "COMPLETE") if best else without,
        "agencies_answered": ",".join(agency for agency in requested if agency in verified),
        "agencies_unverified": ",".join(missing),
    }
    return Standing(question=question, said=said, counting=best, verified=verified, columns=columns)


async def write(connection: AsyncConnection, standings: Iterable[Standing], changed: Collection[int]) -> None:
    """Write it down; of the questions that are *changed*, by id, readers learn."""
    numbers = await journal.changes(connection, list(changed))
    rows = []
    for one in standings:
        row = {"id": one.question.id, **one.columns}
        if one.question.id in numbers:
            version = one.question.answer_version + 1
            row |= {"answer_version": version, "change_no": numbers[one.question.id]}
        rows.append(row)
    writes = Writes()
    _mark(writes, [one for one in standings if one.question.root_id is None])
    writes.update(outbox, ["id"], rows)
    await writes.send(connection)


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

    def worth(row: Row[Any]) -> tuple[Any, ...]:
        is_ours = row.status != ANONYMOUS
        return is_ours, _RANK[row.outcome], _covers(row, requested), row.received_at, row.inbox_id

    for row in sorted(rows, key=worth):
        best[row.agency] = row
    return best


def _mark(writes: Writes, standings: Iterable[Standing]) -> None:
    changed = [
        {"inbox_id": row.inbox_id, "agency": row.agency, "current": one.counting[row.agency] is row}
        for one in standings
        for row in one.said
        if row.current != (one.counting[row.agency] is row)
    ]
    writes.update(agency_result, ["inbox_id", "agency"], changed)


async def shown(connection: AsyncConnection, questions: Collection[Row[Any]]) -> dict[int, tuple[Any, ...]]:
    """What a reader of each question sees of its answers now, as `Standing.shown` says it."""
    said = await _results(connection, questions)
    return {
        one.id: _shown(one.outcome, [row for row in said[one.id] if row.current or one.root_id is not None])
        for one in questions
    }


def _shown(outcome: str, said: Iterable[Row[Any]]) -> tuple[Any, ...]:
    names = ("inbox_id", "agency", "row_count", *SAID)
    return outcome, sorted(repr([getattr(row, name) for name in names]) for row in said)


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
