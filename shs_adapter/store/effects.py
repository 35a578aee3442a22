"""What answers change for their questions: what they say is put in the place of what they said before, and
their questions, and the first ones of their families, come to what follows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import contents, standing, subjects
from shs_adapter.store.bulk import Writes
from shs_adapter.store.contents import Content
from shs_adapter.store.recount import recount
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.tables import agency_result
from shs_adapter.store.types import among
from shs_adapter.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A message, what it was worth, the question that it answers, and the first one of the family; and the
    *others* that have come to the same envelope and were decoded, by their ids.

    One that *is_repeated* says nothing new: its payload has come to the same envelope before.
    """

    message: Row[Any]
    decoded: Decoded
    question: Row[Any]
    root: Row[Any]
    others: Collection[str]
    is_repeated: bool

    @property
    def is_withdrawn(self) -> bool:
        return self.question.withdrawn_at is not None or self.root.withdrawn_at is not None

    @property
    def results(self) -> Sequence[Result]:
        return () if self.is_repeated else self.decoded.results

    @property
    def family(self) -> Collection[int]:
        return {self.question.id, self.root.id}

    @property
    def says_much(self) -> bool:
        return any(result.payments or result.subs or result.deviations for result in self.results)


async def let_count(
    connection: AsyncConnection, vault: Vault, answers: Sequence[Answer]
) -> dict[int, Collection[str]]:
    """Let answers count, each of another family; returns the agencies that have answered each question."""
    if not answers:
        return {}
    questions = {row.id: row for one in answers for row in (one.question, one.root)}
    again = [one.message.id for one in answers if one.message.decoded_at is not None]
    shown = await standing.shown(connection, questions.values())
    written = await contents.written(connection, again)
    await _write(connection, vault, answers, again)
    written_now = await contents.written(connection, again)
    without = {outbox_id: one.decoded.outcome for one in answers for outbox_id in one.family}
    standings = {
        one.question.id: one for one in await standing.reckon(connection, questions.values(), without)
    }
    changed = [
        outbox_id
        for one in answers
        for outbox_id in one.family
        if shown[outbox_id] != standings[outbox_id].shown
        or written.get(one.message.id, one.says_much) != written_now.get(one.message.id, False)
    ]
    await standing.write(connection, standings.values(), changed)
    await recount(connection, {one.question.subject_id for one in answers})
    return {outbox_id: one.verified for outbox_id, one in standings.items()}


async def _write(
    connection: AsyncConnection, vault: Vault, answers: Sequence[Answer], again: Collection[str]
) -> None:
    if again:  # of the others nothing was ever written
        await contents.remove(connection, again)
        await connection.execute(delete(agency_result).where(among(agency_result.c.inbox_id, again)))
    said = [_said(one, result) for one in answers for result in one.results]
    writes = Writes()
    writes.insert(agency_result, said)
    held = [
        Content(
            inbox_id=one.message.id,
            root_id=one.root.id,
            subject_id=one.question.subject_id,
            results=one.results,
        )
        for one in answers
    ]
    await contents.write(connection, vault, held, writes)
    for one in answers:
        if any(result.protected for result in one.results):
            await subjects.restrict(connection, one.question)


def _said(answer: Answer, result: Result) -> dict[str, Any]:
    return {
        "inbox_id": answer.message.id,
        "agency": result.agency,
        "outbox_id": answer.question.id,
        "root_id": answer.root.id,
        "received_at": answer.message.received_at,
        "row_count": len(result.payments) + len(result.facts),
        "current": True,  # as most are; `standing` says
    } | {name: getattr(result, name) for name in standing.SAID}
