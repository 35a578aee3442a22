"""The gate to a counterpart for what is sent in groups: each request goes through on a pass.

Passes are given in the transaction that claims the requests, and released in the one that records them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.terms import Terms
from shs_adapter.store import permits
from shs_adapter.store.permits import Permit

MARGIN = timedelta(seconds=30)  # a request's deadline ends before its leases
AGAIN = 0.1  # seconds until a mailbox that waits for a permit asks again

Pass = tuple[Permit, ...]  # a permit of each of the counterpart's pools


class Gate:
    def __init__(self, terms: Terms, *, owner: str, lease: timedelta) -> None:
        self.terms = terms
        self._owner = owner
        self._lease = lease

    async def admit(self, connection: AsyncConnection, most: ColumnElement[int], now: datetime) -> list[Pass]:
        """Up to *most* passes, as many as there are; fewer are no failure."""
        slots = await permits.take(
            connection, self.terms.slots, most, owner=self._owner, lease=self._lease, now=now
        )
        if self.terms.rate is None or not slots:
            return [(slot,) for slot in slots]
        rate = await permits.take(
            connection, self.terms.rate, len(slots), owner=self._owner, lease=self._lease, now=now
        )
        await permits.give_back(connection, self.terms.slots, slots[len(rate) :], now)
        return list(zip(slots, rate, strict=False))

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
