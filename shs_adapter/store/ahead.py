"""Times that lie further ahead than any rest of ours: written by a clock that has been set back since.

Rule: what rests until then is due. Only a business system's `not_before` may rightly lie far ahead.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store.inbox import undecoded
from shs_adapter.store.notices import OPEN, TOO_LARGE
from shs_adapter.store.outbox import is_in
from shs_adapter.store.tables import duty, inbox, link, notice, outbox

_SLACK = timedelta(seconds=5)  # clocks of several daemons
_DAY = timedelta(days=1)  # what is too large is tried as often


async def mend(connection: AsyncConnection, now: datetime, rest: timedelta, poll: timedelta) -> int:
    """Have be due *now* what would wait longer than it may; returns how much that was.

    *rest* is the longest after a failure, *poll* that between two turns of a duty.
    """
    unbidden = or_(outbox.c.not_before.is_(None), outbox.c.not_before == "")
    is_large = notice.c.code.is_not_distinct_from(TOO_LARGE)
    resting: tuple[tuple[Table, str, timedelta, tuple[ColumnElement[bool], ...]], ...] = (
        (link, "retry_at", rest, ()),
        (duty, "due_at", poll, ()),
        (notice, "due_at", rest, (notice.c.state.in_(OPEN), ~is_large)),
        (notice, "due_at", _DAY, (notice.c.state.in_(OPEN), is_large)),
        (inbox, "due_at", rest, undecoded()),
        (outbox, "due_at", rest, (is_in(State.READY),)),
        (outbox, "due_at", rest, (is_in(State.NEW), unbidden)),
    )
    count = 0
    for table, name, longest, where in resting:
        far = table.c[name] > now + longest + _SLACK
        count += (await connection.execute(update(table).where(far, *where).values({name: now}))).rowcount
    return count
