"""Tombstones: what is left of a question that is gone, so that a late message is known for what it is and a
reference is not asked twice. They name nobody.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.bulk import insert_all
from shs_adapter.store.tables import attempt, outbox, tombstone
from shs_adapter.store.types import among
from shs_adapter.store.vault import Vault


async def put(connection: AsyncConnection, vault: Vault, outbox_ids: Collection[int], at: datetime) -> None:
    """Leave one for each envelope of the questions; one that was never built leaves its reference alone."""
    rows = await connection.execute(
        select(outbox.c.tenant, outbox.c.reference, attempt.c.tx_id, attempt.c.corr_id)
        .select_from(outbox.outerjoin(attempt, attempt.c.outbox_id == outbox.c.id))
        .where(among(outbox.c.id, outbox_ids))
    )
    await insert_all(
        connection,
        tombstone,
        [
            {
                "tx_id": row.tx_id,
                "corr_id": row.corr_id,
                "reference_key": _reference_key(vault, row),
                "purged_at": at,
            }
            for row in rows
            if row.tx_id or row.reference
        ],
    )


async def known(connection: AsyncConnection, corr_ids: Collection[str]) -> set[str]:
    """Those of the conversations that were about a question that is purged, be its row here still or not."""
    gone = select(tombstone.c.corr_id).where(among(tombstone.c.corr_id, corr_ids))
    purged = (
        select(attempt.c.corr_id)
        .join(outbox, outbox.c.id == attempt.c.outbox_id)
        .where(among(attempt.c.corr_id, corr_ids), outbox.c.purged_at.is_not(None))
    )
    return set(await connection.scalars(union_all(gone, purged))) if corr_ids else set()


async def asked_before(connection: AsyncConnection, vault: Vault, rows: Iterable[Row[Any]]) -> set[int]:
    """Those of the questions, by id, whose reference belongs to one that is gone."""
    keys = {row.id: key for row in rows if (key := _reference_key(vault, row))}
    if not keys:
        return set()
    query = select(tombstone.c.reference_key).where(among(tombstone.c.reference_key, set(keys.values())))
    known = set(await connection.scalars(query))
    return {outbox_id for outbox_id, key in keys.items() if key in known}


def _reference_key(vault: Vault, row: Any) -> str | None:
    return vault.reference_key(str(row.tenant), str(row.reference)) if row.reference else None
