"""Attempts: every envelope ever frozen for a question. Matching goes through them, so that a late answer to
an earlier envelope still finds its question.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import disclosures, journal, subjects
from shs_adapter.store.recount import recount
from shs_adapter.store.tables import attempt, outbox
from shs_adapter.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An SHS message as it will be sent, and what is needed to know its answer again."""

    tx_id: str
    corr_id: str
    content_id: str
    contract: int
    raw: bytes = field(repr=False)
    case_sent: str
    officer_sent: str
    from_date: str
    to_date: str
    asked: Mapping[str, tuple[str, str]]
    left_out: Mapping[str, str]
    details: Mapping[str, Any] = field(default_factory=dict)  # lefi_profile, skv_years, skv_parts


async def freeze(
    connection: AsyncConnection, vault: Vault, outbox_id: int, envelope: Envelope, at: datetime
) -> None:
    """Keep the envelope; from now on the question has this identity until it is rebuilt.

    What it will ask of whom counts as awaited from now on.
    """
    await subjects.assign(connection, [outbox_id])  # its case may have been written anew since it was sealed
    question = await _question(connection, outbox_id)
    number = await connection.scalar(
        select(func.coalesce(func.max(attempt.c.number), 0) + 1).where(attempt.c.outbox_id == outbox_id)
    )
    await connection.execute(
        insert(attempt).values(
            tx_id=envelope.tx_id,
            outbox_id=outbox_id,
            number=number,
            corr_id=envelope.corr_id,
            content_id=envelope.content_id,
            contract=envelope.contract,
            envelope_sealed=vault.seal(envelope.raw, _place(envelope.tx_id)),
            envelope_sha256=hashlib.sha256(envelope.raw).hexdigest(),
            case_sent=envelope.case_sent,
            officer_sent=envelope.officer_sent,
            from_date=envelope.from_date,
            to_date=envelope.to_date,
            asked=json.dumps(envelope.asked),
            left_out=json.dumps(envelope.left_out),
            details=json.dumps(envelope.details),
            built_at=at,
        )
    )
    await disclosures.plan(connection, question, envelope.tx_id, envelope.asked)
    await recount(connection, question.subject_id)


async def _question(connection: AsyncConnection, outbox_id: int) -> Row[Any]:
    return (await connection.execute(select(outbox).where(outbox.c.id == outbox_id))).one()


async def same_question(
    connection: AsyncConnection,
    row: Row[Any],
    agencies: Iterable[str],
    envelope: Envelope,
    since: datetime,
) -> int | None:
    """The id of the newest other question that has asked the same since: person, case, period and agencies.

    One that was taken back, or has failed, or whose answer is worth nothing, does not count. The lock that
    this takes makes daemons wait for each other, so that of two that look at the same moment one sees the
    other.
    """
    await journal.next_change(connection, 0)
    wanted = ",".join(agencies)
    profile = func.coalesce(func.nullif(func.trim(outbox.c.lefi_profile), ""), "payments")
    same_profile = profile == ((row.lefi_profile or "").strip() or "payments")
    asked = select(outbox.c.id).join(attempt, attempt.c.tx_id == outbox.c.tx_id)
    same = (
        outbox.c.tenant == row.tenant,
        outbox.c.case_id == row.case_id,
        outbox.c.person_key == row.person_key,
        outbox.c.id != row.id,
        outbox.c.root_id.is_(None),
        outbox.c.state != State.FAILED,
        outbox.c.outcome.not_in(("FAULT", "UNDECODABLE", "QUARANTINED")),
        func.coalesce(outbox.c.withdraw_reason, "") == "",
        *([same_profile] if "FK" in wanted.split(",") else []),  # it is FK's alone
        outbox.c.asked_agencies == wanted,
        attempt.c.from_date == envelope.from_date,
        attempt.c.to_date == envelope.to_date,
        attempt.c.built_at >= since,
    )
    return await connection.scalar(asked.where(*same).order_by(outbox.c.id.desc()).limit(1))


async def begin_sending(
    connection: AsyncConnection, tx_ids: Collection[str], at: datetime, day: date
) -> None:
    """Mark the attempts as possibly sent, on the Swedish *day*; committed before the first byte goes out."""
    await connection.execute(
        update(attempt)
        .where(attempt.c.tx_id.in_(tx_ids))
        .values(sends=attempt.c.sends + 1, first_sent_at=func.coalesce(attempt.c.first_sent_at, at))
    )
    await disclosures.begin(connection, tx_ids, day)


async def keep_receipt(connection: AsyncConnection, tx_id: str, at: datetime, **receipt: Any) -> None:
    """Store what the node said when it took the message; kept in any state of the question."""
    await connection.execute(
        update(attempt)
        .where(attempt.c.tx_id == tx_id)
        .values(accepted_at=func.coalesce(attempt.c.accepted_at, at), **receipt)
    )


async def by_tx_id(connection: AsyncConnection, tx_id: str) -> Row[Any]:
    return (await connection.execute(select(attempt).where(attempt.c.tx_id == tx_id))).one()


async def by_corr_ids(connection: AsyncConnection, corr_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The attempts that conversations belong to, by corr.id; what is not ours is missing.

    So is what belongs to a question that was deleted from outside: its answer is nobody's.
    """
    kept = select(attempt).join(outbox, outbox.c.id == attempt.c.outbox_id)
    found = await connection.execute(kept.where(attempt.c.corr_id.in_(corr_ids)))
    return {row.corr_id: row for row in found}


def envelope(vault: Vault, row: Row[Any]) -> bytes:
    """The frozen bytes."""
    return vault.open(row.envelope_sealed, _place(row.tx_id))


def _place(tx_id: str) -> str:
    return f"attempt.envelope_sealed:{tx_id}"
