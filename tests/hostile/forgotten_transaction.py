"""An attacker with the business system's rights on PostgreSQL, who begins transactions and never ends them.

    python -m tests.hostile.forgotten_transaction postgresql://business@/shs "SELECT id FROM outbox FOR SHARE"

holds whatever the statement locks until it is stopped.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

# What README's role may lock of a question. With the first nobody may change it, with the others nobody may
# refer to it either.
LOCKS = {
    "update": "UPDATE outbox SET withdraw_reason = NULL WHERE id = $1",
    "for no key update": "SELECT id FROM outbox WHERE id = $1 FOR NO KEY UPDATE",
    "for update": "SELECT id FROM outbox WHERE id = $1 FOR UPDATE",
    "for share": "SELECT id FROM outbox WHERE id = $1 FOR SHARE",
}


@asynccontextmanager
async def held(url: str, statement: str, *values: object) -> AsyncIterator[int]:
    """A transaction in which *statement* was run, open until the end; its pid."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "forgetful"})
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(statement, *values)
        yield connection.get_server_pid()
        await transaction.rollback()
    finally:
        connection.terminate()


async def main(url: str, statement: str) -> None:
    async with held(url, statement) as pid:
        print(f"{pid} holds what it has locked")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
