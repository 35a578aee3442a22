"""A line of the journal is never changed, and goes only when its question is purged."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store import journal, tables
from shs_adapter.store.vault import Vault
from tests.store.rows import ACTOR, NOW, built

ATTACKS = {
    "another name": "UPDATE journal SET actor = 'operator:somebody'",
    "another time": "UPDATE journal SET at = CURRENT_TIMESTAMP WHERE id = (SELECT MIN(id) FROM journal)",
    "one line": "DELETE FROM journal WHERE event = 'answer-shown'",
    "all lines": "DELETE FROM journal",
    "moved": "UPDATE journal SET outbox_id = NULL",
}


@pytest.mark.parametrize("statement", ATTACKS.values(), ids=list(ATTACKS))
@pytest.mark.parametrize("is_purging", [False, True])
async def test_no_line_is_changed_or_removed(
    database: AsyncEngine, keys: Vault, statement: str, is_purging: bool
) -> None:
    """Not while somebody is purging, either: the question of these lines is not purged."""
    outbox_id, tx_id = await built(database, keys)
    line = journal.line("answer-shown", at=NOW, actor="operator:anna", outbox_id=outbox_id, tx_id=tx_id)
    async with database.begin() as connection:
        await journal.write(connection, [line])
        if is_purging:
            row = {"name": "purge", "due_at": NOW, "lease_token": "x", "lease_owner": ACTOR}
            await connection.execute(tables.duty.insert().values(row | {"lease_until": NOW}))
    before = await lines(database)

    with pytest.raises(DBAPIError):
        async with database.begin() as connection:
            await connection.execute(text(statement))

    assert await lines(database) == before


async def test_the_whole_table_is_not_emptied_at_once(
    cluster: object, database: AsyncEngine, keys: Vault
) -> None:
    await built(database, keys)

    with pytest.raises(DBAPIError):
        async with database.begin() as connection:
            await connection.execute(text("TRUNCATE journal"))

    assert await lines(database)


async def lines(database: AsyncEngine) -> list[Any]:
    async with database.begin() as connection:
        return list(await connection.execute(tables.journal.select().order_by(tables.journal.c.id)))
