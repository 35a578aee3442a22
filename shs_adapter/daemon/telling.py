"""What only the daemon knows is written where `status` finds it: why the database refuses, if it takes it."""

from shs_adapter.daemon.context import Context
from shs_adapter.store import links


class Telling:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._told: str | None = ""  # of an earlier life nobody knows

    async def turn(self) -> bool:
        context, refusal = self._context, self._context.outage.refusal
        if refusal == self._told:
            return False
        scope = f"database of {context.owner}"
        async with context.engine.begin() as connection:
            if refusal:
                await links.failed(connection, scope, context.now(), refusal, context.rest(1))
            elif scope in await links.read(connection):
                await links.succeeded(connection, scope, context.now())
        self._told = refusal
        return False
