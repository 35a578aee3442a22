"""Watch: one look at the database tells which pumps have something to do, and wakes them.

Rule: it takes nothing and changes nothing; a pump that it fails to wake looks by itself a few seconds later.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon.context import Context
from shs_adapter.store import engine, work


class Watch:
    def __init__(self, context: Context) -> None:
        self._context = context
        # Its own: it looks many times a second, and must hold up nobody.
        self._engine = engine.open_engine(context.config.database, reading=True)
        self._connection: AsyncConnection | None = None

    async def turn(self) -> bool:
        context = self._context
        try:
            found = await work.waiting(await self._held(), context.now())
        except Exception:
            await self.close()  # the next look is over a new connection
            raise
        for is_there, wake in (
            (found.prepare, context.wake_prepare),
            (found.submit, context.wake_submit),
            (found.decode, context.wake_decode),
        ):
            if is_there:
                wake.set()
        return False

    async def _held(self) -> AsyncConnection:
        """Without transactions: each look is a statement of its own, and holds no snapshot."""
        if self._connection is None:
            self._connection = await self._engine.connect()
            await self._connection.execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()
        await self._engine.dispose()
