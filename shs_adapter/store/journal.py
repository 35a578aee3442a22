"""The journal: one line for everything that happens to a question or a message, never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.bulk import Writes, insert_all
from shs_adapter.store.tables import counter, journal


def line(
    event: str,
    *,
    at: datetime,
    actor: str,
    outbox_id: int | None = None,
    tx_id: str | None = None,
    before: str | None = None,
    after: str | None = None,
    code: str | None = None,
) -> dict[str, Any]:
    """A line; *code* is a short name, never content."""
    return {
        "at": at,
        "outbox_id": outbox_id,
        "tx_id": tx_id,
        "event": event,
        "state_before": before,
        "state_after": after,
        "code": code,
        "actor": actor,
    }


def add(writes: Writes, lines: Sequence[Mapping[str, Any]]) -> None:
    """Have lines appended, in order, with other writes."""
    writes.insert(journal, lines)


async def write(connection: AsyncConnection, lines: Sequence[Mapping[str, Any]]) -> None:
    """Append lines, in order, in the caller's transaction."""
    await insert_all(connection, journal, lines)


_TAKE = (
    update(counter)
    .where(counter.c.name == "change")
    .values(value=counter.c.value + bindparam("count"))
    .returning(counter.c.value)
)


async def next_change(connection: AsyncConnection, count: int = 1) -> int:
    """The next change_no; of *count* that are taken, the last.

    The counter's row stays locked until the caller commits, so numbers become visible in their order: a
    reader that asks for everything above the last number it saw never skips one.
    """
    number: int = (await connection.execute(_TAKE, {"count": count})).scalar_one()
    return number


async def changes(connection: AsyncConnection, outbox_ids: Sequence[int]) -> dict[int, int]:
    """A change_no for each question, in their order."""
    last = await next_change(connection, len(outbox_ids)) if outbox_ids else 0
    return {outbox_id: last - no for no, outbox_id in enumerate(reversed(outbox_ids))}
