"""Our own schema on PostgreSQL, in which nobody else may create anything.

Rule: whatever our sessions find by its bare name lies in `pg_catalog` or here. Else a function, an operator
or a table that another role has put into `public` would be run, or written to, by the daemon as itself.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.config import Database
from shs_adapter.errors import CannotStart
from shs_adapter.store.report_tables import metadata

SCHEMA = "shs"

# Who else may create something that our sessions would take for ours, and what somebody has created.
_STRANGERS = """
SELECT 'CREATE ON SCHEMA shs' AS what, COALESCE(r.rolname, 'PUBLIC') AS who
  FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
 WHERE n.nspname = 'shs' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
 UNION
SELECT 'TRIGGER ON ' || c.relname, COALESCE(r.rolname, 'PUBLIC')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
  LEFT JOIN pg_roles r ON r.oid = a.grantee
 WHERE n.nspname = 'shs' AND a.privilege_type = 'TRIGGER' AND a.grantee NOT IN (c.relowner, n.nspowner)
 UNION
SELECT 'OWNERSHIP OF ' || found.name, r.rolname
  FROM (SELECT relname AS name, relowner AS owner, relnamespace AS place FROM pg_class
        UNION ALL SELECT proname, proowner, pronamespace FROM pg_proc
        UNION ALL SELECT oprname, oprowner, oprnamespace FROM pg_operator
        UNION ALL SELECT typname, typowner, typnamespace FROM pg_type) AS found
  JOIN pg_namespace n ON n.oid = found.place
  JOIN pg_roles r ON r.oid = found.owner
 WHERE n.nspname = 'shs' AND found.owner <> n.nspowner
 ORDER BY 1, 2
"""


async def check(connection: AsyncConnection, database: Database) -> None:
    """Raise CannotStart where another role may create, or has created, something in our schema."""
    strangers = (await connection.execute(text(_STRANGERS))).all()
    if strangers:
        what, who = strangers[0]
        raise CannotStart(
            "database_strangers",
            f"{database}: {who} has {what}, and the daemon could run what is not ours; as a superuser, revoke"
            " it or drop what is not ours, and find out what was done with it",
        )


async def settle(connection: AsyncConnection, database: Database) -> None:
    """Make our schema before a migration, and bring into it what an older version has put into `public`."""
    await connection.execute(text("CREATE SCHEMA IF NOT EXISTS shs"))
    await check(connection, database)
    if await connection.scalar(text(_IS_IN_PUBLIC)):
        names = {"names": [*metadata.tables, "alembic_version"]}
        for kind, name in (await connection.execute(text(_OURS), names)).all():
            await connection.execute(text(f'ALTER {kind} public."{name}" SET SCHEMA shs'))
        for (role,) in (await connection.execute(text(_GRANTEES))).all():
            await connection.execute(text(f"GRANT USAGE ON SCHEMA shs TO {role}"))
    # Business systems and operators go on writing table names without a schema. Ours come first, for in
    # PostgreSQL 14 anybody may put an `outbox` of his own into `public`.
    if await connection.scalar(text(_IS_OWNER)):
        name = await connection.scalar(text("SELECT quote_ident(current_database())"))
        await connection.execute(text(f'ALTER DATABASE {name} SET search_path = shs, "$user", public'))


_IS_IN_PUBLIC = """
SELECT to_regclass('shs.alembic_version') IS NULL AND to_regclass('public.alembic_version') IS NOT NULL
       AND to_regclass('public.outbox') IS NOT NULL AND to_regclass('public.journal') IS NOT NULL
"""
_OURS = r"""
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.relname
  FROM pg_class c WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'v')
   AND c.relowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass('public.outbox'))
   AND (c.relname = ANY (:names) OR (c.relkind = 'v' AND c.relname LIKE 'report\_%'))
"""
_GRANTEES = """
SELECT quote_ident(r.rolname) FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
 WHERE c.relnamespace = to_regnamespace('shs') AND a.grantee <> c.relowner
 UNION
SELECT quote_ident(r.rolname) FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid,
       aclexplode(t.attacl) a JOIN pg_roles r ON r.oid = a.grantee
 WHERE c.relnamespace = to_regnamespace('shs')
"""
_IS_OWNER = """
SELECT pg_has_role(d.datdba, 'MEMBER') FROM pg_database d WHERE d.datname = current_database()
"""
