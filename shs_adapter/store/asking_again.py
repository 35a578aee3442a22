"""Asking again, by policy: only the agencies that failed in a way that may pass, as a question of its own.

Rule: each time is another disclosure. It is capped, spaced and journalled; there is one for each answer and
round, made in the transaction that decodes the answer, so that decoding again makes none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import journal, persons
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.tables import outbox
from shs_adapter.store.vault import Vault

# What a question that asks again has from the one whose answer was not whole.
_SAME = (
    *("tenant", "case_id", "officer", "unit", "household_role", "from_date", "to_date"),
    *("lefi_profile", "priority", "contract", "give_up_at", "person_key"),
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
    counting: Iterable[Row[Any]],
    at: datetime,
    actor: str,
    policy: Policy,
) -> int | None:
    """Put the agencies that may answer another time into a new question; returns its id, or None.

    *counting* is what counts for the first question. Nothing is asked for a question that is taken back.
    """
    number, root_id = question.round + 1, question.root_id or question.id
    asked = set(question.asked_agencies.split(","))
    agencies = sorted(
        result.agency
        for result in counting
        if result.agency in asked
        and result.outcome not in VERIFIED
        and number <= policy.rounds.get(result.transience or "", 0)
    )
    exists = select(outbox.c.id).where(outbox.c.parent_id == question.id, outbox.c.round == number)
    taken_back = select(outbox.c.withdraw_reason).where(outbox.c.id == root_id)
    if not agencies or await connection.scalar(exists) or await connection.scalar(taken_back):
        return None
    row = {name: getattr(question, name) for name in _SAME} | {
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
    for outbox_id, said in ((root_id, f"{child_id}:{row['agencies']}"), (child_id, row["agencies"])):
        await journal.write(connection, "asked-again", at=at, actor=actor, outbox_id=outbox_id, code=said)
    return child_id


async def withdraw(connection: AsyncConnection, root_id: int) -> None:
    """Take back what was asked again for a question that is taken back."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.root_id == root_id, outbox.c.withdrawn_at.is_(None))
        .values(withdraw_reason="the question was withdrawn")
    )
