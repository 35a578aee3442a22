"""What answers were worth, written down, and what follows from it for their questions.

Rule: all of it happens in one transaction, and doing it again gives the same. An answer to a question that
asked again counts for the first one, too. Which answer counts is said in `standing`, and in `merging`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import (
    asking_again,
    contents,
    disclosures,
    effects,
    journal,
    outbox,
    settling,
    standing,
)
from shs_adapter.store.asking_again import Policy
from shs_adapter.store.bulk import one_each, update_all
from shs_adapter.store.effects import Answer
from shs_adapter.store.leases import FREE
from shs_adapter.store.recount import recount
from shs_adapter.store.results import Judged
from shs_adapter.store.tables import agency_result, inbox
from shs_adapter.store.tables import outbox as outbox_table
from shs_adapter.store.types import any_of
from shs_adapter.store.vault import Vault


async def keep(
    connection: AsyncConnection,
    vault: Vault,
    judged: Sequence[Judged],
    at: datetime,
    actor: str,
    policy: Policy = asking_again.NEVER,
) -> list[str]:
    """Write what messages were worth and let them count; returns what became of each, as the journal's code.

    Raises at once (`engine.is_locked`) where another has locked a question.

    An answer to a withdrawn question stays in the sealed inbox and only settles it. One whose payload has
    come to the same envelope before changes nothing. An answer that is decoded for the first time may have
    agencies asked again, after *policy*.
    """
    questions = await outbox.some(connection, {message.outbox_id for message, _ in judged}, to_change=True)
    root_ids = {row.root_id for row in questions.values() if row.root_id is not None}
    questions |= await outbox.some(connection, root_ids - questions.keys(), to_change=True)
    became = dict[str, str]()
    for no, batch in enumerate(one_each(judged, lambda one: _family(questions[one[0].outbox_id]))):
        if no > 0:  # the batch before has changed them
            questions.update(await outbox.some(connection, questions))
        answers = await _answers(connection, batch, questions)
        await _note(connection, answers, at)
        await _let_count(connection, vault, answers, at, actor, policy)
        codes = {one.message.id: _became(one) for one in answers}
        await journal.write(
            connection, [line for one in answers for line in _lines(one, codes[one.message.id], at, actor)]
        )
        await settling.end(connection, [one.question.id for one in answers if not one.is_repeated], at)
        became |= codes
    return [became[message.id] for message, _ in judged]


def _family(question: Row[Any]) -> int:
    """The id of its first question."""
    outbox_id: int = question.root_id or question.id
    return outbox_id


_CAME = select(inbox.c.attempt_tx_id, inbox.c.payload_sha256, inbox.c.received_at, inbox.c.id).where(
    any_of(inbox.c.attempt_tx_id, "tx_ids"), inbox.c.payload_sha256.is_not(None)
)


async def _answers(
    connection: AsyncConnection, judged: Sequence[Judged], questions: Mapping[int, Row[Any]]
) -> list[Answer]:
    came: dict[str, list[Any]] = defaultdict(list)
    for row in await connection.execute(_CAME, {"tx_ids": {message.attempt_tx_id for message, _ in judged}}):
        came[row.attempt_tx_id].append(row)
    answers = []
    for message, decoded in judged:
        question = questions[message.outbox_id]
        others = [row for row in came[message.attempt_tx_id] if row.id != message.id]
        is_repeated = any(
            row.payload_sha256 == decoded.payload_sha256
            and (row.received_at, row.id) < (message.received_at, message.id)
            for row in others
        )
        answers.append(
            Answer(
                message=message,
                decoded=decoded,
                question=question,
                root=questions[_family(question)],
                others=[row.id for row in others],
                is_repeated=is_repeated,
            )
        )
    return answers


async def _note(connection: AsyncConnection, answers: Sequence[Answer], at: datetime) -> None:
    """Decoded, and no longer to be."""
    rows = [
        {
            "id": one.message.id,
            "decoded_at": at,
            "outcome": one.decoded.outcome,
            "outcome_code": one.decoded.code,
            "payload_sha256": one.decoded.payload_sha256,
            **FREE,
        }
        for one in answers
    ]
    await update_all(connection, inbox, ["id"], rows)


async def _let_count(
    connection: AsyncConnection,
    vault: Vault,
    answers: Sequence[Answer],
    at: datetime,
    actor: str,
    policy: Policy,
) -> None:
    verified = await effects.let_count(connection, vault, [one for one in answers if not one.is_withdrawn])
    told = [one for one in answers if one.is_withdrawn or not one.is_repeated]
    others = {one.message.attempt_tx_id: one.others for one in told}
    await disclosures.fare(connection, [(one.message, one.decoded) for one in told], others)
    new = [one for one in answers if not one.is_withdrawn and not one.is_repeated]
    await asking_again.drop_answered(connection, {one.root.id: verified[one.root.id] for one in new})
    for one in new:
        if one.message.decoded_at is None:
            await asking_again.ask(
                connection, vault, one.question, one.results, verified[one.root.id], at, actor, policy
            )


def _became(answer: Answer) -> str:
    if answer.is_withdrawn:
        return "withdrawn"
    return "repeated" if answer.is_repeated else str(answer.decoded.outcome)


def _lines(answer: Answer, became: str, at: datetime, actor: str) -> Iterator[dict[str, Any]]:
    """What the journal says of it."""
    about = {"outbox_id": answer.question.id, "tx_id": answer.message.tx_id}
    yield journal.line("decoded", at=at, actor=actor, code=became, **about)
    for warning in answer.decoded.warnings:
        yield journal.line("warned", at=at, actor=actor, code=warning, **about)


async def retract(connection: AsyncConnection, outbox_id: int) -> None:
    """Let no answer to a withdrawn question count; all stays in the sealed inbox.

    That is a change of the answer, where there was one. What was asked again for it is withdrawn with it.
    """
    question = await outbox.one(connection, outbox_id)
    told = or_(agency_result.c.outbox_id == outbox_id, agency_result.c.root_id == outbox_id)
    told_ids = list(await connection.scalars(select(agency_result.c.inbox_id).where(told).distinct()))
    await contents.remove(connection, told_ids)
    await connection.execute(delete(agency_result).where(told))
    await connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == outbox_id, outbox_table.c.answer_version > 0)
        .values(
            agencies_answered=None,
            agencies_unverified=None,
            answer_version=outbox_table.c.answer_version + 1,
        )
    )
    await asking_again.withdraw(connection, outbox_id)
    if question.root_id is not None and told_ids:
        root = (await outbox.some(connection, [question.root_id], to_change=True))[question.root_id]
        if root.withdrawn_at is None:
            standings = await standing.reckon(connection, [root], {root.id: "PARTIAL"})
            await standing.write(connection, standings, changed=[root.id])
    if question.subject_id is not None:
        await recount(connection, [question.subject_id])
