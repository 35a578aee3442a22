"""Whose open transactions have locked what is ours, on PostgreSQL: told, for only they can end them.

A transaction that writes or locks a row keeps a lock on its table until it ends, which everybody may see. The
text of its statements is not read: it may hold a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One transaction of another program; *since* is when it began, where the server tells us."""

    pid: int
    role: str
    application: str
    tables: str
    since: datetime | None
    transaction: str  # tells it from the next one of the same session


# Modes of those who change, lock rows or lock a whole table; those of vacuum and of readers stop nobody.
_HOLDERS = text(
    """
    SELECT l.pid, a.usename AS role, a.application_name AS application, a.xact_start AS since,
           l.virtualtransaction AS transaction,
           string_agg(DISTINCT c.relname, ', ' ORDER BY c.relname) AS tables
      FROM pg_locks l
      JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'r'
      JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'outbox'::regclass)
       AND l.mode IN ('RowShareLock', 'RowExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock',
                      'ExclusiveLock', 'AccessExclusiveLock')
       AND NOT (a.usename = current_user AND starts_with(a.application_name, 'shs-adapter'))
     GROUP BY l.pid, a.usename, a.application_name, a.xact_start, l.virtualtransaction
     ORDER BY l.pid
    """
)


async def holders(connection: AsyncConnection) -> Sequence[Holder]:
    """The transactions that hold locks on our tables at this moment; most of them end in the next."""
    if connection.dialect.name != "postgresql":
        return ()
    return [Holder(**row) for row in (await connection.execute(_HOLDERS)).mappings()]


def lasting(before: Sequence[Holder], now: Sequence[Holder]) -> list[Holder]:
    """Those that held them *before*, too."""
    known = {(one.pid, one.transaction) for one in before}
    return [one for one in now if (one.pid, one.transaction) in known]


def told(holder: Holder) -> dict[str, object]:
    """What an operator needs to find whose it is, and what ends it."""
    return {
        "pid": holder.pid,
        "role": holder.role,
        "application": holder.application,
        "tables": holder.tables,
        "since": holder.since,
        "act": f"COMMIT or ROLLBACK there; if nobody can: SELECT pg_terminate_backend({holder.pid})",
    }
