"""Holding on to a duty that takes long: renewed as it goes, and given up where another has taken it."""

from datetime import timedelta

from shs_adapter.daemon.context import Context
from shs_adapter.store import duties
from shs_adapter.store.duties import Duty


class Hold:
    def __init__(self, context: Context, held: Duty, lease: timedelta) -> None:
        self._context = context
        self._held = held
        self._lease = lease
        self._renew_at = context.now() + lease / 3

    async def still(self) -> bool:
        """Whether the duty is ours for most of its lease from now on."""
        now = self._context.now()
        if now < self._renew_at:
            return True
        async with self._context.engine.begin() as connection:
            kept = await duties.hold(connection, self._held, now + self._lease)
        self._renew_at = now + self._lease / 3
        return kept
