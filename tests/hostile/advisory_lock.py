"""An attacker who may do nothing but connect to PostgreSQL: advisory locks are anybody's.

    python -m tests.hostile.advisory_lock postgresql://anybody@/shs DAEMON

holds the locks that daemons excluded each other by until version 0015, and that of a daemon's name.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.hostile.forgotten_transaction import held

ALL = "SELECT pg_advisory_lock(357695684609), pg_advisory_lock(5458003, hashtext($1))"


@asynccontextmanager
async def taken(url: str, daemon: str) -> AsyncIterator[int]:
    """Both locks, held until the end."""
    async with held(url, ALL, daemon) as pid:
        yield pid


async def main(url: str, daemon: str) -> None:
    async with taken(url, daemon) as pid:
        print(f"{pid} holds the locks")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
