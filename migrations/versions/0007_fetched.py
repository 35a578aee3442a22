"""A message is put into the inbox by itself; an index finds those of which nothing was made yet."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

FETCHED = sa.text("kind = 'fetched'")


def upgrade() -> None:
    op.create_index("ix_inbox_fetched", "inbox", ["mailbox"], sqlite_where=FETCHED, postgresql_where=FETCHED)
