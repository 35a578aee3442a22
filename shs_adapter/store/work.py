"""Whether there is anything to do: one cheap look, so that an idle daemon costs next to nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import inbox, outbox, persons


@dataclass(frozen=True, slots=True)
class Work:
    """Which pumps have something to do."""

    prepare: bool
    submit: bool
    decode: bool


async def waiting(connection: AsyncConnection, now: datetime) -> Work:
    """What is to be done at *now*, by whichever daemon comes first."""
    prepare = [persons.unsealed(), outbox.to_withdraw(), outbox.is_due(State.NEW, now)]
    found = await connection.execute(
        select(
            or_(*(exists(literal(1)).where(one) for one in prepare)),
            exists(literal(1)).where(outbox.is_due(State.READY, now)),
            exists(literal(1)).where(inbox.is_due(now)),
        )
    )
    return Work(*found.one())
