"""What an answer was worth, written down, and what follows from it for its question.

Rule: all of it happens in one transaction, and doing it again gives the same. An answer to a question that
asked again counts for the first one, too. Which answer counts is said in `standing`, and in `merging`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import (
    asking_again,
    contents,
    disclosures,
    journal,
    outbox,
    settling,
    standing,
    subjects,
)
from shs_adapter.store.asking_again import Policy
from shs_adapter.store.bulk import insert_all
from shs_adapter.store.leases import FREE
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.recount import recount
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.tables import agency_result, inbox
from shs_adapter.store.tables import outbox as outbox_table
from shs_adapter.store.vault import Vault


async def keep(
    connection: AsyncConnection,
    vault: Vault,
    message: Row[Any],
    decoded: Decoded,
    at: datetime,
    actor: str,
    policy: Policy = asking_again.NEVER,
) -> str:
    """Write what *message* was worth and let it count; returns what became of it, as the journal's code.

    An answer to a withdrawn question stays in the sealed inbox and only settles it. One whose payload has
    come to the same envelope before changes nothing. An answer that is decoded for the first time may have
    agencies asked again, after *policy*.
    """
    question = await outbox.one(connection, message.outbox_id)
    root = question if question.root_id is None else await outbox.one(connection, question.root_id)
    repeated = await _has_come_before(connection, message, decoded.payload_sha256)
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == message.id)
        .values(
            decoded_at=at,
            outcome=decoded.outcome,
            outcome_code=decoded.code,
            payload_sha256=decoded.payload_sha256,
            **FREE,
        )
    )
    if question.withdrawn_at is not None or root.withdrawn_at is not None:
        code = "withdrawn"
        await disclosures.fare(connection, message, decoded.outcome, decoded.results)
    elif repeated:
        code = "repeated"
        await _let_count(connection, vault, question, message, decoded.outcome, ())
    else:
        code = str(decoded.outcome)
        verified = await _let_count(connection, vault, question, message, decoded.outcome, decoded.results)
        await disclosures.fare(connection, message, decoded.outcome, decoded.results)
        await asking_again.drop_answered(connection, root.id, verified)
        if message.decoded_at is None:
            await asking_again.ask(connection, vault, question, decoded.results, verified, at, actor, policy)
    for name, said in [("decoded", code), *(("warned", warning) for warning in decoded.warnings)]:
        await journal.write(
            connection, name, at=at, actor=actor, outbox_id=question.id, tx_id=message.tx_id, code=said
        )
    if not repeated:
        await settling.end(connection, question.id, at)
    return code


async def _has_come_before(connection: AsyncConnection, message: Row[Any], digest: str) -> bool:
    came_before = or_(
        inbox.c.received_at < message.received_at,
        and_(inbox.c.received_at == message.received_at, inbox.c.id < message.id),
    )
    earlier = select(inbox.c.id).where(
        inbox.c.attempt_tx_id == message.attempt_tx_id, inbox.c.payload_sha256 == digest, came_before
    )
    return await connection.scalar(earlier.limit(1)) is not None


async def _let_count(
    connection: AsyncConnection,
    vault: Vault,
    question: Row[Any],
    message: Row[Any],
    worth: str,
    results: Sequence[Result],
) -> set[str]:
    """Put *results* in the place of what the answer said before, and let its question, and the first one of
    the family, come to what follows; returns the agencies that have answered the first one by now.
    """
    root_id = question.root_id or question.id
    family = dict.fromkeys((question.id, root_id))
    before = {outbox_id: await standing.shown(connection, outbox_id) for outbox_id in family}
    is_other = any(result.payments or result.subs or result.deviations for result in results)
    if message.decoded_at is not None:  # else nothing was ever written of it
        written = await contents.written(connection, message.id)
        await contents.remove(connection, [message.id])
        await connection.execute(delete(agency_result).where(agency_result.c.inbox_id == message.id))
    await insert_all(
        connection,
        agency_result,
        [
            {
                "inbox_id": message.id,
                "agency": result.agency,
                "outbox_id": question.id,
                "root_id": root_id,
                "received_at": message.received_at,
                "row_count": len(result.payments) + len(result.facts),
                "current": False,
            }
            | {name: getattr(result, name) for name in standing.SAID}
            for result in results
        ],
    )
    await contents.write(
        connection,
        vault,
        results,
        inbox_id=message.id,
        root_id=root_id,
        subject_id=question.subject_id,
    )
    if any(result.protected for result in results):
        await subjects.restrict(connection, question)
    for outbox_id in family:
        counting = await standing.tell(connection, outbox_id, worth)
    if message.decoded_at is not None:
        is_other = written != await contents.written(connection, message.id)
    for outbox_id in family:
        if is_other or before[outbox_id] != await standing.shown(connection, outbox_id):
            await standing.raise_version(connection, outbox_id)
    await recount(connection, [question.subject_id])
    return {agency for agency, result in counting.items() if result.outcome in VERIFIED}


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
        root = await outbox.one(connection, question.root_id)
        if root.withdrawn_at is None:
            await standing.tell(connection, root.id, "PARTIAL")
            await standing.raise_version(connection, root.id)
    if question.subject_id is not None:
        await recount(connection, [question.subject_id])
