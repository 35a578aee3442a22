"""A municipality's login on a PostgreSQL that it shares, looking for what is not its own.

    python -m tests.hostile.other_tenant postgresql://LOGIN@HOST/DATABASE TENANT

tries, as that login, everything by which it might see or change a row of another tenant than its own.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

VIEWS = (
    *("report_request", "report_payment", "report_income_month", "report_unverified", "report_outstanding"),
    *("report_change", "report_household", "report_agency", "report_agency_quality", "report_volume"),
)
TABLES = (
    *("attempt", "inbox", "notice", "piece", "journal", "agency_result", "payment", "payment_part"),
    *("sub_result", "deviation", "disclosure", "subject", "income", "gap", "asked_month", "tombstone"),
    *("tenant_login", "permit", "duty", "link", "counter", "alembic_version"),
)
LEAK = """
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
$$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$
"""


@asynccontextmanager
async def login(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, server_settings={"search_path": "shs"})
    try:
        yield connection
    finally:
        await connection.close()


async def seen(url: str, tenant: str) -> list[str]:
    """What the login sees of others than *tenant*; and what it should not see of its own."""
    found: list[str] = []
    async with login(url) as connection:
        notices: list[str] = []
        connection.add_log_listener(lambda _, message: notices.append(str(message)))
        for view in VIEWS:
            others = f"SELECT COUNT(*) FROM {view} WHERE tenant IS DISTINCT FROM $1"
            if await connection.fetchval(others, tenant):
                found.append(view)
        if await connection.fetchval(
            "SELECT COUNT(*) FROM report_request WHERE COALESCE(tx_id, corr_id) <> ''"
        ):
            found.append("ids of messages")
        for table in TABLES:
            with suppress(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT * FROM {table}")
                found.append(table)
        for column in ("person_sealed", "person_key", "tx_id", "person_id", "case_id", "*"):
            with suppress(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT {column} FROM outbox")
                found.append(f"outbox.{column}")
        with suppress(asyncpg.InsufficientPrivilegeError):  # temporary objects may be forbidden
            await connection.execute(LEAK)
            for view in VIEWS:
                await connection.fetch(f"SELECT 1 FROM {view} WHERE pg_temp.leak(tenant)")
            await connection.fetch("SELECT id FROM outbox WHERE pg_temp.leak(reference)")
        found += [f"leaked: {one}" for one in notices if "seen" in one and tenant not in one]
        statistics = "SELECT most_common_vals::text FROM pg_stats WHERE tablename IN ('outbox', 'subject')"
        found += [f"statistics: {row[0]}" for row in await connection.fetch(statistics) if row[0]]
    return found


async def moved(url: str, tenant: str, other: str) -> list[str]:
    """What the login could change that is not its own."""
    attempts = {
        "insert": f"INSERT INTO outbox (tenant, reference) VALUES ('{other}', 'mine')",
        "insert without a tenant": "INSERT INTO outbox (tenant, reference) VALUES (NULL, 'mine')",
        "insert by default": "INSERT INTO outbox (reference) VALUES ('mine')",
        "withdraw": "UPDATE outbox SET withdraw_reason = 'x' WHERE reference LIKE 'theirs%' RETURNING id",
        "withdraw all": "WITH x AS (UPDATE outbox SET withdraw_reason = withdraw_reason RETURNING reference)"
        " SELECT 1 FROM x WHERE reference NOT LIKE 'own%'",
        "move": f"UPDATE outbox SET tenant = '{other}'",
        "overwrite": f"INSERT INTO outbox (tenant, reference) VALUES ('{other}', 'theirs-1')"
        " ON CONFLICT (tenant, reference) WHERE reference <> '' DO UPDATE SET withdraw_reason = 'x'",
        "lock": "SELECT id FROM outbox WHERE reference LIKE 'theirs%' FOR UPDATE",
        "delete": "DELETE FROM outbox",
        "truncate": "TRUNCATE outbox",
        "lock the table": "LOCK TABLE outbox",
        "journal": "DELETE FROM journal",
        "become another": f"INSERT INTO tenant_login VALUES (session_user, '{other}')",
        "row security off": "SET row_security = off; SELECT id FROM outbox WHERE reference LIKE 'theirs%'",
        "set role": "SET ROLE shs",
        "authorization": "SET SESSION AUTHORIZATION shs",
        "sequence": "SELECT setval('outbox_id_seq', 1)",
        "policy": "DROP POLICY own_tenants ON outbox",
        "function": "CREATE OR REPLACE FUNCTION shs.sees_all() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "schema": "CREATE TABLE shs.mine (x int)",
    }
    done = []
    for name, statement in attempts.items():
        async with login(url) as connection:
            with suppress(asyncpg.PostgresError):
                *first, last = statement.split("; ")
                for one in first:
                    await connection.execute(one)
                is_reading = " RETURNING " in last or last.startswith(("SELECT", "WITH"))
                if not is_reading:
                    await connection.execute(last)
                if not is_reading or await connection.fetch(last):
                    done.append(name)
    return done


if __name__ == "__main__":
    for thing in asyncio.run(seen(sys.argv[1], sys.argv[2])):
        print("seen:", thing)
    for thing in asyncio.run(moved(sys.argv[1], sys.argv[2], "other")):
        print("changed:", thing)
