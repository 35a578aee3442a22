"""What was fetched in place of a message is kept, and counted; and what a human has looked at is put away."""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("fetches", sa.Integer, nullable=False, server_default="1"))
    for table in ("inbox", "notice"):
        op.add_column(table, sa.Column("put_away_at", UtcDateTime))
