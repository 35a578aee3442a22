"""What a business system does: inserts questions, and waits."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import asyncpg

COLUMNS = ("person_id", "case_id", "officer", "from_date", "to_date")
PATIENCE = 900  # seconds
INSERT = f"INSERT INTO outbox ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5)"


def values(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in COLUMNS)


async def insert(connection: asyncpg.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """All in one transaction."""
    await connection.executemany(INSERT, [values(row) for row in rows])


async def until(connection: asyncpg.Connection, query: str, count: int) -> float:
    """When the query first found *count*; fails where it never does."""
    began = time.perf_counter()
    while (found := await connection.fetchval(query)) < count:
        assert time.perf_counter() - began < PATIENCE, f"{found} of {count}"
        await asyncio.sleep(0.05)
    return time.perf_counter()
