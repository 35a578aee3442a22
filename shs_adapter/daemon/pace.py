"""A mailbox's node at a counterpart that wants no more than so many requests a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from shs_adapter.daemon.context import Context
from shs_adapter.daemon.gate import AGAIN, MARGIN
from shs_adapter.store import permits
from shs_adapter.store.engine import ERRORS
from shs_adapter.store.permits import Permit, Pool
from shs_adapter.transport.node import Missing, Node, Page


class Paced:
    """Each request waits for a permit of the *rate*."""

    def __init__(self, node: Node, context: Context, rate: Pool, holder: str) -> None:
        self.status = node.status
        self.mailbox = node.mailbox
        self._node = node
        self._context = context
        self._rate = rate
        self._holder = holder
        self._asking = asyncio.Lock()  # however much a mailbox holds, it asks as one

    async def waiting(self, most: int) -> Page:
        async with self._permit():
            return await self._node.waiting(most)

    async def fetch(self, tx_id: str) -> bytes | Missing:
        async with self._permit():
            return await self._node.fetch(tx_id)

    async def acknowledge(self, tx_id: str) -> bool:
        async with self._permit():
            return await self._node.acknowledge(tx_id)

    async def _ask(self, lease: timedelta) -> Permit | None:
        now = self._context.now()
        async with self._context.engine.begin() as connection:
            return await permits.ask(connection, self._rate, owner=self._holder, lease=lease, now=now)

    @asynccontextmanager
    async def _permit(self) -> AsyncIterator[None]:
        context, lease = self._context, self._context.config.limits.request_timeout + MARGIN
        async with self._asking:
            while True:
                held = await self._ask(lease)
                if held is not None:
                    break
                await asyncio.sleep(AGAIN)
        try:
            yield
        finally:
            # A message may be in hand that the node does not give again; the permit is free in time, too.
            with suppress(*ERRORS):
                async with context.engine.begin() as connection:
                    await permits.give_back(connection, self._rate, [held], context.now())
