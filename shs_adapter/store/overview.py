"""What operators look at: the state of things, and the story of one question. Nothing here is unsealed."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.reasons.links import why
from shs_adapter.store import links, outbox
from shs_adapter.store.inbox import Kind
from shs_adapter.store.notices import TROUBLED
from shs_adapter.store.tables import agency_result, attempt, inbox, journal, notice
from shs_adapter.store.tables import outbox as outbox_table

Record = dict[str, Any]


async def status(connection: AsyncConnection) -> Record:
    """Counts, links, and everything that went wrong and is still visible."""
    rows = outbox_table.c
    oldest = select(func.min(rows.created_at)).where(
        rows.state.in_(("new", "ready", "accepted", "confirmed"))
    )
    return {
        "questions": await _counts(connection, rows.state),
        "failures": await _counts(connection, rows.failure_code, rows.failure_code.is_not(None)),
        "oldest_waiting": await connection.scalar(oldest),
        "inbox": await _counts(connection, inbox.c.kind),
        "undecoded": await connection.scalar(
            select(func.count()).where(inbox.c.kind == Kind.ANSWER, inbox.c.decoded_at.is_(None))
        ),
        "outcomes": await _counts(connection, inbox.c.outcome, inbox.c.outcome.is_not(None)),
        "notices": await _counts(connection, notice.c.state),
        "links": [_link(link) for link in (await links.read(connection)).values()],
        "unreadable": await _messages(connection, Kind.UNREADABLE),
        "unsolicited": await _messages(connection, Kind.UNSOLICITED),
        "quarantined": await _records(
            connection,
            select(
                inbox.c.outbox_id,
                inbox.c.tx_id,
                func.coalesce(inbox.c.outcome_code, inbox.c.code).label("outcome_code"),
                inbox.c.received_at,
            )
            .where(
                or_(inbox.c.outcome == "QUARANTINED", inbox.c.kind == Kind.QUARANTINED),
                inbox.c.put_away_at.is_(None),
            )
            .order_by(inbox.c.received_at.desc())
            .limit(20),
        ),
        "troubled_notices": await _records(
            connection,
            select(
                notice.c.tx_id,
                notice.c.mailbox,
                notice.c.state,
                notice.c.code,
                notice.c.outbox_id,
                notice.c.first_seen_at,
            )
            .where(notice.c.state.in_(TROUBLED), notice.c.put_away_at.is_(None))
            .order_by(notice.c.id.desc())
            .limit(20),
        ),
    }


async def stray(connection: AsyncConnection, tenants: Collection[str]) -> dict[str, int]:
    """Questions under way of tenants that are none of *tenants*, by tenant: they wait for nothing."""
    rows = outbox_table.c
    under_way = rows.state.in_(("ready", "accepted", "confirmed"))
    return await _counts(connection, rows.tenant, under_way, rows.tenant.not_in(tenants))


async def question(connection: AsyncConnection, outbox_id: int) -> Record:
    """One question as the back office sees it, and all that happened to it; raises NotFound."""
    row = await outbox.one(connection, outbox_id)
    view = text("SELECT * FROM report_request WHERE id = :id").bindparams(id=outbox_id)
    seen = dict((await connection.execute(view)).mappings().one())
    mine = attempt.c.outbox_id == outbox_id
    # What counts for a first question may have come to one that asked again for it.
    said = (
        (agency_result.c.root_id == outbox_id, agency_result.c.current)
        if row.root_id is None
        else (agency_result.c.outbox_id == outbox_id,)
    )
    return {
        **seen,
        "failure_text": row.failure_text,
        "attempt": await _records(
            connection,
            select(
                attempt.c.number,
                attempt.c.tx_id,
                attempt.c.corr_id,
                attempt.c.case_sent,
                attempt.c.officer_sent,
                attempt.c.asked,
                attempt.c.left_out,
                attempt.c.built_at,
                attempt.c.first_sent_at,
                attempt.c.sends,
                attempt.c.accepted_at,
                attempt.c.node_id,
                attempt.c.local_id,
                attempt.c.arrival,
                attempt.c.duplicate,
            )
            .where(mine)
            .order_by(attempt.c.number),
        ),
        "agency": await _records(
            connection,
            select(
                agency_result.c.agency,
                agency_result.c.outcome,
                agency_result.c.kalla,
                agency_result.c.felkod,
                agency_result.c.status,
                agency_result.c.transience,
                agency_result.c.asked_from,
                agency_result.c.asked_to,
            ).where(*said),
        ),
        "message": await _records(
            connection,
            select(
                inbox.c.tx_id,
                inbox.c.kind,
                inbox.c.code,
                inbox.c.received_at,
                inbox.c.size,
                inbox.c.outcome,
                inbox.c.outcome_code,
            )
            .where(inbox.c.outbox_id == outbox_id)
            .order_by(inbox.c.received_at),
        ),
        "notice": await _records(
            connection,
            select(notice.c.tx_id, notice.c.state, notice.c.first_seen_at, notice.c.tries)
            .where(notice.c.outbox_id == outbox_id)
            .order_by(notice.c.id),
        ),
        "journal": await _records(
            connection,
            select(
                journal.c.at,
                journal.c.event,
                journal.c.state_before,
                journal.c.state_after,
                journal.c.tx_id,
                journal.c.code,
                journal.c.actor,
            )
            .where(journal.c.outbox_id == outbox_id)
            .order_by(journal.c.id),
        ),
    }


def _link(link: links.Link) -> Record:
    """Held and down have a time of the next try."""
    reason = why(link.code)
    return {
        "scope": link.scope,
        "state": "down" if link.is_probing() else "up",
        "code": link.code,
        "why": reason and reason.english,
        "why_swedish": reason and reason.swedish,
        "since": link.since,
        "retry_at": link.retry_at,
        "last_success_at": link.last_success_at,
    }


async def _counts(connection: AsyncConnection, column: Any, *where: Any) -> dict[str, int]:
    counted = await connection.execute(
        select(column, func.count()).where(*where).group_by(column).order_by(column)
    )
    return {str(value): count for value, count in counted}


async def _messages(connection: AsyncConnection, kind: Kind) -> list[Record]:
    """The newest messages of a kind: where they are, not what they say."""
    return await _records(
        connection,
        select(
            inbox.c.tx_id, inbox.c.mailbox, inbox.c.corr_id, inbox.c.code, inbox.c.received_at, inbox.c.size
        )
        .where(inbox.c.kind == kind, inbox.c.put_away_at.is_(None))
        .order_by(inbox.c.received_at.desc())
        .limit(20),
    )


async def _records(connection: AsyncConnection, query: Any) -> list[Record]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]
