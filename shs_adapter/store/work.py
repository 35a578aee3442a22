"""Whether there is anything to do: one cheap look, so that an idle daemon costs next to nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import inbox, outbox, persons
from shs_adapter.store.tables import outbox as table
from shs_adapter.store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Work:
    """Which pumps have something to do."""

    prepare: bool
    submit: bool
    decode: bool


_NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())
_PREPARE = (outbox.to_withdraw(), outbox.is_due(State.NEW, _NOW))
_UNSEALED = select(table.c.id).where(persons.unsealed()).order_by(table.c.id).limit(1)  # see persons.seal
# Made once: it is asked many times a second.
_LOOK = select(
    or_(_UNSEALED.scalar_subquery().is_not(None), *(exists(literal(1)).where(one) for one in _PREPARE)),
    exists(literal(1)).where(outbox.is_due(State.READY, _NOW)),
    exists(literal(1)).where(inbox.is_due(_NOW)),
)


async def waiting(connection: AsyncConnection, now: datetime) -> Work:
    """What is to be done at *now*, by whichever daemon comes first."""
    return Work(*(await connection.execute(_LOOK, {"now": now})).one())
