"""What a human has looked at is put away: `status` lists it no more, and the journal says who, and why."""

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.errors import NotFound
from shs_adapter.store import journal
from shs_adapter.store.inbox import Kind
from shs_adapter.store.notices import TROUBLED
from shs_adapter.store.tables import inbox, notice

_MESSAGES = (Kind.UNREADABLE, Kind.UNSOLICITED, Kind.QUARANTINED)
_PUT_AWAY = "put-away"


async def put_away(connection: AsyncConnection, tx_id: str, reason: str, *, at: datetime, actor: str) -> int:
    """Put away all that `status` lists under the *tx_id*; returns how much that is.

    Raises NotFound where it lists nothing. What comes of it later is listed again.
    """
    listed = or_(inbox.c.kind.in_(_MESSAGES), inbox.c.outcome == "QUARANTINED")
    count = 0
    for table, where in ((inbox, listed), (notice, notice.c.state.in_(TROUBLED))):
        these = table.c.tx_id == tx_id, table.c.put_away_at.is_(None), where
        done = await connection.execute(update(table).where(*these).values(put_away_at=at))
        count += done.rowcount
    if not count:
        raise NotFound("nothing_listed", "`status` lists nothing under this tx.id")
    await journal.write(connection, [journal.line(_PUT_AWAY, at=at, actor=actor, tx_id=tx_id, code=reason)])
    return count
