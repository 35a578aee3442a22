"""The gate to a counterpart for what is sent in groups: each request goes through on a pass.

Passes are given in the transaction that claims the requests, and released in the one that records them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.daemon.terms import Terms, terms
from shs_adapter.store import permits
from shs_adapter.store.permits import Permit, Pool

MARGIN = timedelta(seconds=30)  # a request's deadline ends before its leases
AGAIN = 0.1  # seconds until a mailbox that waits for a permit asks again

Pass = tuple[Permit, ...]  # a permit of each of the counterpart's pools


class Gate:
    """For the questions of *tenants*, under leases of *owner* that no request outlasts."""

    def __init__(self, terms: Terms, tenants: Sequence[str], *, owner: str, lease: timedelta) -> None:
        self.terms = terms
        self.tenants = tenants
        self._owner = owner
        self._lease = lease
        self.is_crowded = False  # there were fewer passes than were wanted

    async def room(self, connection: AsyncConnection, most: int, now: datetime) -> int:
        """How many passes, up to *most*, there are at the moment; looked at only where they ran short."""
        left = most
        for pool in self.terms.pools if self.is_crowded else ():
            if pool.size > 1:
                there = await permits.free(connection, pool, lease=self._lease, now=now)
            else:
                there = await permits.is_worth_asking(
                    connection, pool, owner=self._owner, lease=self._lease, now=now
                )
            left = min(left, there)
        self.is_crowded = left < most
        return left

    async def admit(self, connection: AsyncConnection, most: int, now: datetime) -> list[Pass]:
        """Up to *most* passes; others may have taken what there was room for."""
        had, wanted = list[list[Permit]](), most
        for pool in self.terms.pools:
            had.append(await self._taken(connection, pool, most, now))
            most = len(had[-1])
        self.is_crowded |= most < wanted
        for pool, those in zip(self.terms.pools, had, strict=True):
            await permits.give_back(connection, pool, those[most:], now)
        return list(zip(*(those[:most] for those in had), strict=True))

    async def _taken(self, connection: AsyncConnection, pool: Pool, most: int, now: datetime) -> list[Permit]:
        if pool.size > 1 or most < 1:
            return await permits.take(connection, pool, most, owner=self._owner, lease=self._lease, now=now)
        # The mailboxes of the counterpart would not leave it the only one.
        only = await permits.ask(connection, pool, owner=self._owner, lease=self._lease, now=now)
        return [only] if only else []

    async def release(self, connection: AsyncConnection, passes: Collection[Pass], now: datetime) -> None:
        for no, pool in enumerate(self.terms.pools):
            await permits.give_back(connection, pool, [one[no] for one in passes], now)

    async def take_back(
        self, connection: AsyncConnection, under_way: Collection[Pass], now: datetime
    ) -> None:
        """Release what was given, but for passes that are in use: the answer that gave it was lost."""
        in_use = [permit for one in under_way for permit in one]
        for pool in self.terms.pools:
            await permits.take_back(connection, pool, [self._owner], now, under_way=in_use)


def gates(context: Context, lease: timedelta) -> list[Gate]:
    """One for each counterpart that questions are sent to."""
    tenants: defaultdict[Terms, list[str]] = defaultdict(list)
    for name, tenant in context.config.tenants.items():
        tenants[terms(context.config, tenant.shs.submit_url)].append(name)
    return [Gate(agreed, names, owner=context.owner, lease=lease) for agreed, names in tenants.items()]
