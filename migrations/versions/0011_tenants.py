"""On PostgreSQL a login sees and writes the rows of its own tenants alone, in the outbox and in every view.

`tenant_login` says whose a login is; only the adapter's owner writes it. The views filter themselves, since
PostgreSQL 14 runs them with their owner's rights: by `session_user`, which SET ROLE does not change. What a
login could search the node's mailboxes with (corr.id, tx.id) is empty for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ALL = """
CREATE FUNCTION sees_all() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
   SET search_path = pg_catalog, shs, pg_temp AS $$
SELECT pg_has_role(session_user, n.nspowner, 'MEMBER') FROM pg_namespace n WHERE n.nspname = 'shs' $$
"""
OWN = """
CREATE FUNCTION own_tenants() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
   SET search_path = pg_catalog, shs, pg_temp AS $$
SELECT COALESCE(array_agg(l.tenant), '{}') FROM tenant_login l WHERE l.login = session_user $$
"""
# Each of the two is asked once a statement, and not once a row.
MINE = "(SELECT sees_all()) OR {0} = ANY ((SELECT own_tenants())::text[])"
HIDDEN = ("corr_id", "tx_id")

VIEWS = "SELECT viewname FROM pg_views WHERE schemaname = 'shs' AND viewname LIKE 'report\\_%' ORDER BY 1"
COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 ORDER BY attnum"
)


def upgrade() -> None:
    op.create_table(
        "tenant_login",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("login", "tenant", name="pk_tenant_login"),
    )
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute(ALL)
    op.execute(OWN)
    mine = MINE.format("tenant")
    op.execute("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_tenants ON outbox USING ({mine}) WITH CHECK ({mine})")
    for name in connection.scalars(sa.text(VIEWS)).all():
        query = connection.scalar(sa.text("SELECT pg_get_viewdef(CAST(:name AS regclass))"), {"name": name})
        columns = connection.scalars(sa.text(COLUMNS), {"name": name}).all()
        shown = ", ".join(map(_shown, columns))
        # A barrier, for else a function in a login's WHERE would be given the rows of others.
        op.execute(
            f"CREATE OR REPLACE VIEW {name} WITH (security_barrier) AS SELECT {shown}"
            f" FROM ({query.rstrip().rstrip(';')}) AS v WHERE {MINE.format('v.tenant')}"
        )


def _shown(column: str) -> str:
    if column in HIDDEN:
        return f"CASE WHEN (SELECT sees_all()) THEN v.{column} END AS {column}"
    return f"v.{column}"
