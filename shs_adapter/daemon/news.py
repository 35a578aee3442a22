"""News from the node about our envelopes: they move the questions, whoever holds their leases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.lifecycle import MOVES, Event, State
from shs_adapter.store import journal, outbox
from shs_adapter.store.bulk import one_each
from shs_adapter.store.outbox import Move
from shs_adapter.store.tables import outbox as table
from shs_adapter.store.types import any_of

_MOVED = select(table.c.id, table.c.state, table.c.tx_id).where(any_of(table.c.id, "ids"))


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """*event* happened to the envelope *about* of a question; the message *tx_id* brought it."""

    outbox_id: int
    about: str
    event: Event
    tx_id: str
    code: str | None


async def tell(connection: AsyncConnection, context: Context, news: Sequence[News]) -> None:
    """Let news happen to their questions, in order.

    An answer counts whichever envelope it answers. All else about an envelope that was rebuilt since is
    written in the journal and moves nothing: the new one is still to be sent, or may still be answered.
    """
    at, actor = context.now(), context.owner
    for batch in one_each(news, lambda one: one.outbox_id):
        ids = [one.outbox_id for one in batch]
        rows = {row.id: row for row in await connection.execute(_MOVED, {"ids": ids})}
        moving = [one for one in batch if _moves(one, rows[one.outbox_id])]
        moves = [
            Move(outbox_id=one.outbox_id, event=one.event, tx_id=one.tx_id, code=one.code) for one in moving
        ]
        await outbox.record_all(connection, moves, at=at, actor=actor)
        noted = [
            journal.line(
                one.event, at=at, actor=actor, outbox_id=one.outbox_id, tx_id=one.tx_id, code=one.code
            )
            for one in batch
            if one not in moving
        ]
        await journal.write(connection, noted)


def _moves(one: News, question: Any) -> bool:
    concerns = one.event is Event.COMPLETED or question.tx_id == one.about
    return concerns and one.event in MOVES[State(question.state)]
