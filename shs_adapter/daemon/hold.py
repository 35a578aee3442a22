"""What a mailbox's turn holds: the duty, and one slot at the counterpart for all its requests.

Both are renewed as it goes, and it ends where another has taken one of them, or the counterpart closes.
"""

import asyncio
from datetime import datetime, timedelta

from shs_adapter.daemon.context import Context
from shs_adapter.daemon.gate import AGAIN, MARGIN
from shs_adapter.daemon.mailbox import Mailbox
from shs_adapter.store import duties, permits
from shs_adapter.store.duties import Duty
from shs_adapter.store.permits import Permit

_RENEW_AFTER = timedelta(seconds=15)


class Hold:
    def __init__(self, context: Context, mailbox: Mailbox) -> None:
        self._context = context
        self._mailbox = mailbox
        # Long enough for one message, however slow the node is: it is fetched and acknowledged. Less than
        # twice the lease of a single request, or it would be taken for one by a clock that went wrong.
        self._lease = 2 * context.config.limits.request_timeout + MARGIN
        self._duty: Duty | None = None
        self._slot: Permit | None = None
        self._renew_at = context.now() + _RENEW_AFTER

    async def begin(self) -> bool:
        """Take the duty, and wait for a slot; False if another daemon has it, or it is no time for it."""
        context, slots, holder = self._context, self._mailbox.terms.slots, self._mailbox.holder
        if self._is_closed():
            return False
        async with context.engine.begin() as connection:
            now = context.now()
            self._duty = await duties.take(
                connection, self._mailbox.scope, owner=context.owner, lease=self._lease, now=now
            )
            if self._duty is None:
                return False
            await permits.take_back(connection, slots, [holder], now)  # of a turn that was cut short
        while not context.stop.is_set() and await self.still():
            async with context.engine.begin() as connection:
                self._slot = await permits.ask(
                    connection, slots, owner=holder, lease=self._lease, now=context.now()
                )
            if self._slot is not None:
                return True
            await asyncio.sleep(AGAIN)
        await self.end(context.now())
        return False

    async def still(self) -> bool:
        """Whether to go on with another message."""
        now = self._context.now()
        if self._is_closed():
            return False
        if now < self._renew_at:
            return True
        self._renew_at, until = now + _RENEW_AFTER, now + self._lease
        async with self._context.engine.begin() as connection:
            has_duty = self._duty is not None and await duties.hold(connection, self._duty, until)
            has_slot = self._slot is None or await permits.hold(connection, self._slot, until)
        return has_duty and has_slot

    async def end(self, due_at: datetime) -> None:
        """Let others have the slot, and from *due_at* on the duty."""
        context = self._context
        async with context.engine.begin() as connection:
            if self._duty is not None:
                await duties.leave(connection, self._duty, due_at)
            if self._slot is not None:
                await permits.give_back(connection, self._mailbox.terms.slots, [self._slot], context.now())

    def _is_closed(self) -> bool:
        return self._mailbox.terms.hours.opens_at(self._context.now()) is not None
