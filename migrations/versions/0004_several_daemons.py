"""Several daemons on one database, and many rows: leases on more than questions, and smaller hot indexes."""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"

# Rows are moved again and again: a page keeps room for their next versions, and old ones go soon.
BUSY = """
ALTER TABLE {} SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1)
"""

HOT = {
    "ix_outbox_new": (["priority", "due_at", "id"], "state = 'new'"),
    "ix_outbox_ready": (["priority", "due_at", "id"], "state = 'ready'"),
    "ix_outbox_waiting": (["id"], "state IN ('accepted', 'confirmed')"),
}


def upgrade() -> None:
    for name in ("ix_outbox_due", "ix_outbox_leased"):
        op.drop_index(name, "outbox")
    for name, (columns, where) in HOT.items():
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.drop_index("ix_disclosure_day", "disclosure")
    op.create_index(
        "ix_disclosure_day",
        "disclosure",
        ["day", "tenant", "agency", "outcome", "kalla", "felkod", "latency", "round", "tx_id"],
        sqlite_where=sa.text("day IS NOT NULL"),
        postgresql_where=sa.text("day IS NOT NULL"),
    )
    for column in (
        sa.Column("lease_token", sa.Text()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", UtcDateTime()),
    ):
        op.add_column("inbox", column)
    op.create_table(
        "duty",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lease_token", sa.Text()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_duty"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("outbox", "attempt", "notice", "inbox", "disclosure", "counter", "link", "duty"):
            op.execute(BUSY.format(table))
