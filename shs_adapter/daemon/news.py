"""News from the node about one of our envelopes: it moves the question, whoever holds its lease."""

from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.lifecycle import MOVES, Event, State
from shs_adapter.store import journal, outbox


async def tell(
    connection: AsyncConnection,
    context: Context,
    outbox_id: int,
    about: str,
    what: Event,
    *,
    tx_id: str,
    code: str | None,
) -> None:
    """Let *what* happen to the question that the envelope *about* was sent for; *tx_id* brought the news.

    An answer counts whichever envelope it answers. All else about an envelope that was rebuilt since is
    written in the journal and moves nothing: the new one is still to be sent, or may still be answered.
    """
    at, actor = context.now(), context.owner
    question = await outbox.one(connection, outbox_id)
    concerns = what is Event.COMPLETED or question.tx_id == about
    if concerns and what in MOVES[State(question.state)]:
        await outbox.record(connection, outbox_id, what, at=at, actor=actor, tx_id=tx_id, code=code)
    else:
        await journal.write(connection, what, at=at, actor=actor, outbox_id=outbox_id, tx_id=tx_id, code=code)
