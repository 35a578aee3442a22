"""Links: is the way to a node open, is a tenant held, and how long has each stood still.

A link that is down is nobody's failed attempt: while it rests nothing is sent, then one probe at a time,
and the time it was down is not counted in any question's age.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.tables import link

_WORTH_NOTING = timedelta(minutes=1)  # a success is written down at most this often


@dataclass(frozen=True, slots=True)
class Link:
    scope: str
    failures: int = 0
    code: str | None = None
    since: datetime | None = None  # set together with retry_at: the link is down
    retry_at: datetime | None = None
    down_seconds: float = 0.0
    last_success_at: datetime | None = None

    def is_resting(self, now: datetime) -> bool:
        return self.retry_at is not None and self.retry_at > now

    def is_probing(self) -> bool:
        """Down, and rested: one message may try."""
        return self.retry_at is not None

    def is_well(self, now: datetime) -> bool:
        """Nothing fails, and that is written down: another success is no news."""
        noted = self.last_success_at is not None and abs(now - self.last_success_at) < _WORTH_NOTING
        return noted and not self.failures

    def stood_still(self, now: datetime) -> float:
        """Seconds down so far, the present outage counted."""
        present = (now - self.since).total_seconds() if self.since else 0.0
        return self.down_seconds + max(present, 0.0)


_ALL = select(link)


async def read(connection: AsyncConnection) -> dict[str, Link]:
    """Every link that was ever used or down, by scope."""
    return {row.scope: Link(**row._mapping) for row in await connection.execute(_ALL)}


def stood_still(known: Mapping[str, Link], scopes: Iterable[str], now: datetime) -> float:
    """Seconds that the links in *scopes* have been down together, ever."""
    return sum(known[scope].stood_still(now) for scope in scopes if scope in known)


async def succeeded(connection: AsyncConnection, scope: str, now: datetime) -> bool:
    """The link works; returns whether that is news."""
    before = await _one(connection, scope)
    if not before.is_well(now):
        await _write(connection, Link(scope, down_seconds=before.stood_still(now), last_success_at=now))
    return before.retry_at is not None


async def failed(
    connection: AsyncConnection, scope: str, now: datetime, code: str, rest: timedelta | None
) -> bool:
    """One more failure in a row; returns whether the link went down by it.

    With *rest* the link is down until then; without, the failure is only counted, and an outage has ended.
    While the link rests, failures of requests that were under way already change nothing.
    """
    before = await _one(connection, scope)
    if before.is_resting(now):
        return False
    retry_at = now + rest if rest is not None else None
    await _write(
        connection,
        Link(
            scope,
            failures=before.failures + 1,
            code=code,
            since=(before.since or now) if retry_at else None,
            retry_at=retry_at,
            down_seconds=before.down_seconds if retry_at else before.stood_still(now),
            last_success_at=before.last_success_at,
        ),
    )
    return retry_at is not None and before.retry_at is None


async def _one(connection: AsyncConnection, scope: str) -> Link:
    row = (await connection.execute(select(link).where(link.c.scope == scope))).one_or_none()
    return Link(**row._mapping) if row else Link(scope)


async def _write(connection: AsyncConnection, value: Link) -> None:
    await connection.execute(delete(link).where(link.c.scope == value.scope))
    await connection.execute(insert(link).values(dataclasses.asdict(value)))
