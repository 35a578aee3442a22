"""Permits to make requests, which all daemons on one database share."""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import Id, UtcDateTime

revision = "0008"
down_revision = "0007"

# A few rows, each changed twice for every message.
BUSY = """
ALTER TABLE permit SET (
    fillfactor = 20,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1)
"""


def upgrade() -> None:
    op.create_table(
        "permit",
        sa.Column("id", Id, nullable=False),
        sa.Column("counterpart", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.Text()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("kept_for", sa.Text()),
        sa.Column("kept_until", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_permit"),
        sa.UniqueConstraint("counterpart", "kind", "number", name="uq_permit_counterpart_kind_number"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BUSY)
