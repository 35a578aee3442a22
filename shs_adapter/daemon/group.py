"""What lands while a group is being written makes up the next one: under load the groups grow by themselves.

Where nobody is in a hurry a group may be waited for: several together cost little more than one.

Rule: whoever adds something goes on when it is committed. Where a group meets a surprise, or a row that
another has locked, it is written in halves, down to the one that meets it, so that one harms no other; where
the database is away, each of them is told so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shs_adapter.errors import RowLocked
from shs_adapter.store.engine import is_locked, is_passing

T = TypeVar("T")
R = TypeVar("R")


class Group(Generic[T, R]):
    """*write* commits a group and returns what became of each member, in order.

    Each group is waited for so many *seconds*.
    """

    def __init__(
        self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, seconds: float = 0, most: int = 200
    ) -> None:
        self._write = write
        self._seconds = seconds
        self._most = most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, member: T) -> R:
        """Have *member* written with others; returns what became of it, or raises its own surprise: RowLocked
        where another has locked what it changes.
        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((member, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._work())
        return await done

    async def drain(self) -> None:
        """Let what was added be written, whoever waits for it still."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _work(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._seconds)
                now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._settle(now)
        finally:
            self._writer = None

    async def _settle(self, members: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._write([member for member, _ in members])
        except Exception as error:
            locked = is_locked(error)
            if len(members) > 1 and (locked or not is_passing(error)):
                half = len(members) // 2
                await self._settle(members[:half])
                await self._settle(members[half:])
                return
            for _, done in members:
                if not done.done():
                    done.set_exception(RowLocked("row_locked") if locked else error)
            return
        for (_, done), result in zip(members, results, strict=True):
            if not done.done():  # whoever waited was cut off
                done.set_result(result)
