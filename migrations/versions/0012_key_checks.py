"""What tells that the key file is the one that the database was written with."""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "key_check",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_key_check"),
    )
