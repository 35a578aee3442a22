"""The clear personal number leaves the outbox row at first sight, whatever the row's state or quality.

So does one that a case id is made of: reports show case ids.
"""

import re
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.printable import as_text
from shs_adapter.ssbtek.person import without_persons
from shs_adapter.store import journal, subjects
from shs_adapter.store.bulk import update_all
from shs_adapter.store.tables import outbox
from shs_adapter.store.vault import Vault


def unsealed() -> ColumnElement[bool]:
    """The condition that a clear number stands in a row."""
    return outbox.c.person_id.is_not(None)


# In order, so that PostgreSQL takes the index: it is kept from knowing how few they are.
_CLEAR = (
    select(
        *(outbox.c[name] for name in ("id", "person_id", "person_sealed", "person_key", "case_id", "tx_id"))
    )
    .where(unsealed())
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(key_share=True, skip_locked=True)
)


async def seal(connection: AsyncConnection, vault: Vault, limit: int) -> int:
    """Seal and clear up to *limit* clear values; returns how many.

    A row that another has locked keeps its clear number until it is let go.
    A question that was built is about whom its envelope says: a number written into it later is cleared.
    """
    rows = (await connection.execute(_CLEAR, {"most": limit})).all()
    if rows:
        changes = await journal.changes(connection, [row.id for row in rows])
        sealed = [{"id": row.id, "change_no": changes[row.id], **_sealed(vault, row)} for row in rows]
        await update_all(connection, outbox, ["id"], sealed)
        unbuilt = [row for row in rows if row.tx_id is None]
        for row in unbuilt:
            await hide(connection, vault, row.id, row.case_id)
        await subjects.assign(connection, [row.id for row in unbuilt])
    return len(rows)


def _sealed(vault: Vault, row: Row[Any]) -> dict[str, Any]:
    if row.tx_id is not None:
        return {"person_id": None, "person_sealed": row.person_sealed, "person_key": row.person_key}
    value = str(row.person_id)  # SQLite takes any type into a TEXT column
    return {
        "person_id": None,
        "person_sealed": vault.seal(value.encode(), _place(row.id)),
        "person_key": _key(vault, value),
    }


async def hide(connection: AsyncConnection, vault: Vault, outbox_id: int, case_id: object) -> None:
    """Put stand-ins for the numbers in a case id: always the same for a number, and not to be undone.

    It may be written without its century, so that does not count.
    """
    before = as_text(case_id)
    after = without_persons(before.strip(), lambda number: f"X{_key(vault, _digits(number)[-10:])[:10]}")
    if after != before:
        stored = after.encode() if isinstance(case_id, bytes) else after  # what is no text stays none
        await connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(case_id=stored))


def _key(vault: Vault, value: str) -> str:
    return vault.person_key(_digits(value))


def _digits(value: str) -> str:
    return re.sub(r"[^0-9]", "", value)


def reveal(vault: Vault, row: Row[tuple[object, ...]]) -> str:
    """The personal number as it was inserted; empty if there was none."""
    return vault.open(row.person_sealed, _place(row.id)).decode() if row.person_sealed else ""


def has_key(vault: Vault, row: Row[Any]) -> bool:
    """Whether the row's keyed hash is what the vault makes of its person; raises SealError."""
    return row.person_key in (None, _key(vault, reveal(vault, row)))


def moved(vault: Vault, row: Row[Any], outbox_id: int) -> bytes:
    """The person of *row*, sealed for the question *outbox_id*."""
    return vault.seal(reveal(vault, row).encode(), _place(outbox_id))


def _place(outbox_id: int) -> str:
    return f"outbox.person_sealed:{outbox_id}"
