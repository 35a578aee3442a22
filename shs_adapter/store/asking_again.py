"""Asking again, by policy: only the agencies that failed in a way that may pass, as a question of its own.

Rule: each time is another disclosure. It is capped, spaced and journalled; there is one for each answer and
round, made in the transaction that decodes the answer, so that decoding again makes none.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import journal, persons
from shs_adapter.store.report_tables import subject
from shs_adapter.store.results import Result
from shs_adapter.store.tables import attempt, outbox
from shs_adapter.store.types import among, any_of
from shs_adapter.store.vault import Vault

# What a question that asks again has from the one whose answer was not whole.
_SAME = (
    *("tenant", "officer", "unit", "household_role", "lefi_profile", "priority", "contract"),
    *("give_up_at", "deadline_at", "person_key", "subject_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many *rounds* a kind of failure is worth, and how long to *rest* before a round."""

    rounds: Mapping[str, int]  # by transience
    rest: Callable[[int], timedelta]


NEVER = Policy(rounds={}, rest=lambda _: timedelta())


async def ask(
    connection: AsyncConnection,
    vault: Vault,
    question: Row[Any],
    results: Iterable[Result],
    verified: Collection[str],
    at: datetime,
    actor: str,
    policy: Policy,
) -> int | None:
    """Put the agencies that may answer another time into a new question; returns its id, or None.

    *results* are this answer's, and *verified* the agencies that have answered the first question by now.
    Nothing is asked for a question that is taken back.
    """
    number, root_id = question.round + 1, question.root_id or question.id
    agencies = sorted(
        result.agency
        for result in results
        if result.agency not in verified and number <= policy.rounds.get(result.transience or "", 0)
    )
    if not agencies or not await _may_ask(connection, question, number, at + policy.rest(number)):
        return None
    asked = await _as_asked(connection, question)
    row = {name: getattr(question, name) for name in _SAME} | {
        "case_id": asked.case_id,
        "from_date": asked.from_date,
        "to_date": asked.to_date,
        "agencies": ",".join(agencies),
        "created_by": "shs-adapter",
        "created_at": at,
        "due_at": at + policy.rest(number),
        "root_id": root_id,
        "parent_id": question.id,
        "round": number,
        "change_no": await journal.next_change(connection),
    }
    child_id: int = (await connection.execute(insert(outbox).values(row).returning(outbox.c.id))).scalar_one()
    sealed = persons.moved(vault, question, child_id)
    await connection.execute(update(outbox).where(outbox.c.id == child_id).values(person_sealed=sealed))
    said = ((root_id, f"{child_id}:{row['agencies']}"), (child_id, row["agencies"]))
    lines = [
        journal.line("asked-again", at=at, actor=actor, outbox_id=outbox_id, code=code)
        for outbox_id, code in said
    ]
    await journal.write(connection, lines)
    return child_id


async def _may_ask(connection: AsyncConnection, question: Row[Any], number: int, due_at: datetime) -> bool:
    """Not twice, not for a question that is taken back or about somebody else by now, and not in vain."""
    asked_before = select(outbox.c.id).where(outbox.c.parent_id == question.id, outbox.c.round == number)
    taken_back = select(outbox.c.id).where(
        outbox.c.id.in_((question.id, question.root_id)), func.coalesce(outbox.c.withdraw_reason, "") != ""
    )
    asked = await _as_asked(connection, question)
    return (
        asked.person_key == question.person_key
        and (question.deadline_at is None or due_at < question.deadline_at)
        and await connection.scalar(asked_before) is None
        and await connection.scalar(taken_back) is None
    )


async def _as_asked(connection: AsyncConnection, question: Row[Any]) -> Any:
    """The person, case and period of the envelope: its row may say something else by now."""
    frozen = (
        select(subject.c.person_key, subject.c.case_id, attempt.c.from_date, attempt.c.to_date)
        .join(subject, subject.c.id == question.subject_id)
        .where(attempt.c.tx_id == question.tx_id)
    )
    return (await connection.execute(frozen.select_from(attempt))).one()


_WAITING = (
    select(outbox.c.id, outbox.c.root_id, outbox.c.agencies)
    .where(any_of(outbox.c.root_id, "roots"), outbox.c.state == State.NEW, outbox.c.withdrawn_at.is_(None))
    .with_for_update(key_share=True, nowait=True)
)


async def drop_answered(connection: AsyncConnection, verified: Mapping[int, Collection[str]]) -> None:
    """Ask no agency again that has answered a first question meanwhile, as far as it is not asked yet.

    *verified* are those that have, by the id of the first question.
    """
    for row in (await connection.execute(_WAITING, {"roots": verified})).all():
        left = [agency for agency in row.agencies.split(",") if agency not in verified[row.root_id]]
        change = {"agencies": ",".join(left)} if left else {"withdraw_reason": "answered meanwhile"}
        await connection.execute(update(outbox).where(outbox.c.id == row.id).values(change))


async def withdraw(connection: AsyncConnection, outbox_id: int) -> None:
    """Take back what was asked again for a question that is taken back; raises where that is locked."""
    asked = (
        or_(outbox.c.root_id == outbox_id, outbox.c.parent_id == outbox_id),
        outbox.c.withdrawn_at.is_(None),
    )
    again = select(outbox.c.id).where(*asked).with_for_update(key_share=True, nowait=True)
    if ids := list(await connection.scalars(again)):
        reason = "the question was withdrawn"
        await connection.execute(update(outbox).where(among(outbox.c.id, ids)).values(withdraw_reason=reason))
