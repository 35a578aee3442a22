"""The clear personal number leaves the outbox row at first sight, whatever the row's state or quality.

So does one that a case id is made of: reports show case ids.
"""

import re
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.ssbtek.person import without_persons
from shs_adapter.store import journal, subjects
from shs_adapter.store.tables import outbox
from shs_adapter.store.vault import Vault


async def seal(connection: AsyncConnection, vault: Vault, limit: int) -> int:
    """Seal and clear up to *limit* clear values; returns how many."""
    rows = (
        await connection.execute(
            select(outbox.c.id, outbox.c.person_id, outbox.c.case_id)
            .where(outbox.c.person_id.is_not(None))
            .limit(limit)
        )
    ).all()
    if rows:
        last = await journal.next_change(connection, len(rows))
        await connection.execute(
            update(outbox).where(outbox.c.id == bindparam("sealed_id")),
            [
                {"sealed_id": row.id, "change_no": change, **_sealed(vault, row.id, row.person_id)}
                for change, row in enumerate(rows, last - len(rows) + 1)
            ],
        )
        for row in rows:
            await hide(connection, vault, row.id, row.case_id)
        await subjects.assign(connection, [row.id for row in rows])
    return len(rows)


def _sealed(vault: Vault, outbox_id: int, person_id: object) -> dict[str, Any]:
    value = str(person_id)  # SQLite takes any type into a TEXT column
    return {
        "person_id": None,
        "person_sealed": vault.seal(value.encode(), _place(outbox_id)),
        "person_key": _key(vault, value),
    }


async def hide(connection: AsyncConnection, vault: Vault, outbox_id: int, case_id: object) -> None:
    """Put stand-ins for the numbers in a case id: always the same for a number, and not to be undone.

    It may be written without its century, so that does not count.
    """
    before = "" if case_id is None else str(case_id)
    after = without_persons(before.strip(), lambda number: f"X{_key(vault, _digits(number)[-10:])[:10]}")
    if after != before:
        await connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(case_id=after))


def _key(vault: Vault, value: str) -> str:
    return vault.person_key(_digits(value))


def _digits(value: str) -> str:
    return re.sub(r"[^0-9]", "", value)


def reveal(vault: Vault, row: Row[tuple[object, ...]]) -> str:
    """The personal number as it was inserted; empty if there was none."""
    return vault.open(row.person_sealed, _place(row.id)).decode() if row.person_sealed else ""


def moved(vault: Vault, row: Row[Any], outbox_id: int) -> bytes:
    """The person of *row*, sealed for the question *outbox_id*."""
    return vault.seal(reveal(vault, row).encode(), _place(outbox_id))


def _place(outbox_id: int) -> str:
    return f"outbox.person_sealed:{outbox_id}"
