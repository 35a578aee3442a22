"""Who read an answer, and which agencies were told, outlive the question."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import Id, UtcDateTime

revision = "0013"
down_revision = "0012"

SHOWN = sa.text("event = 'persons-shown'")

ABOUT: tuple[tuple[str, Any, bool], ...] = (
    ("at", UtcDateTime, False),
    ("question_id", Id, False),
    ("tenant", sa.Text, True),
    ("reference", sa.Text, True),
    ("person_key", sa.Text, True),
)
TABLES: dict[str, tuple[tuple[str, Any, bool], ...]] = {
    "audit_reading": (("event", sa.Text, False), ("tx_id", sa.Text, True), ("actor", sa.Text, False)),
    "audit_disclosure": tuple(
        (name, sa.Text, False) for name in ("tx_id", "agency", "asked_from", "asked_to")
    ),
}
INDEXES = (("at", "id"), ("question_id",), ("person_key",))


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.create_table(
            table,
            sa.Column("id", Id, nullable=False),
            *(sa.Column(name, kind, nullable=nullable) for name, kind, nullable in (*ABOUT, *columns)),
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sqlite_autoincrement=True,
        )
        for names in INDEXES:
            op.create_index(f"ix_{table}_{names[0]}", table, list(names))
    op.create_index(
        "ix_journal_persons_shown", "journal", ["at", "id"], sqlite_where=SHOWN, postgresql_where=SHOWN
    )
