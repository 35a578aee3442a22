"""News from the node about our envelopes: they move the questions, whoever holds their leases."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.lifecycle import Event
from shs_adapter.store import journal, outbox
from shs_adapter.store.bulk import one_each
from shs_adapter.store.outbox import Move


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
        moves = [
            Move(outbox_id=one.outbox_id, event=one.event, about=one.about, tx_id=one.tx_id, code=one.code)
            for one in batch
        ]
        moved = await outbox.record_all(connection, moves, at=at, actor=actor)
        noted = [
            journal.line(
                one.event, at=at, actor=actor, outbox_id=one.outbox_id, tx_id=one.tx_id, code=one.code
            )
            for one, has_moved in zip(batch, moved, strict=True)
            if not has_moved
        ]
        await journal.write(connection, noted)
