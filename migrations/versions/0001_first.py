"""The first tables, and the view that business systems read."""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import Id, UtcDateTime, utc_now

revision = "0001"
down_revision = None

# The public contract with the back office, beside the columns of the outbox that it writes itself.
REPORT_REQUEST = """
CREATE VIEW report_request AS
SELECT o.id, o.tenant, o.reference, o.case_id, o.officer, o.unit, o.household_role,
       o.state, o.reason,
       CASE WHEN o.outcome IN ('FAULT', 'UNDECODABLE', 'QUARANTINED') THEN LOWER(o.outcome)
            ELSE o.failure_code END AS failure_code,
       COALESCE(o.asked_agencies, o.agencies) AS agencies, o.agencies_answered, o.agencies_unverified,
       CASE WHEN o.withdrawn_at IS NOT NULL THEN 'WITHDRAWN'
            WHEN o.state = 'failed' OR o.outcome IN ('FAULT', 'UNDECODABLE', 'QUARANTINED') THEN 'FAILED'
            WHEN o.outcome = 'COMPLETE' THEN 'COMPLETE'
            WHEN o.outcome = 'PARTIAL' THEN 'INCOMPLETE'
            ELSE 'WAITING' END AS verdict,
       CASE WHEN o.settled_at IS NULL THEN 0 ELSE 1 END AS settled,
       o.answer_version, o.change_no,
       o.created_at, o.accepted_at, o.confirmed_at, o.finished_at, o.attempts,
       a.tx_id, a.corr_id, a.local_id
  FROM outbox o
  LEFT JOIN attempt a ON a.tx_id = o.tx_id
"""


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Id, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "link",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("down_seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("scope", name="pk_link"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("tenant", sa.Text(), server_default="default", nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("officer", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("household_role", sa.Text(), nullable=True),
        sa.Column("from_date", sa.Text(), nullable=True),
        sa.Column("to_date", sa.Text(), nullable=True),
        sa.Column("agencies", sa.Text(), nullable=True),
        sa.Column("lefi_profile", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), server_default="5", nullable=True),
        sa.Column("not_before", sa.Text(), nullable=True),
        sa.Column("give_up_at", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), server_default=utc_now(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_text", sa.Text(), nullable=True),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("person_key", sa.Text(), nullable=True),
        sa.Column("asked_agencies", sa.Text(), nullable=True),
        sa.Column("due_at", UtcDateTime(), server_default="1970-01-01 00:00:00.000000", nullable=False),
        sa.Column("due_since", UtcDateTime(), nullable=True),
        sa.Column("deadline_at", UtcDateTime(), nullable=True),
        sa.Column("stood_still", sa.Float(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("tx_id", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("agencies_answered", sa.Text(), nullable=True),
        sa.Column("agencies_unverified", sa.Text(), nullable=True),
        sa.Column("answer_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("change_no", Id, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_change_no", "outbox", ["change_no"], unique=False)
    op.create_index(
        "ix_outbox_deadline",
        "outbox",
        ["state", "deadline_at"],
        unique=False,
        sqlite_where=sa.text("deadline_at IS NOT NULL"),
        postgresql_where=sa.text("deadline_at IS NOT NULL"),
    )
    op.create_index("ix_outbox_due", "outbox", ["state", "priority", "due_at", "id"], unique=False)
    op.create_index(
        "ix_outbox_leased",
        "outbox",
        ["lease_owner"],
        unique=False,
        sqlite_where=sa.text("lease_owner IS NOT NULL"),
        postgresql_where=sa.text("lease_owner IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unsealed",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unsettled",
        "outbox",
        ["state", "finished_at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_withdrawn",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("withdraw_reason <> '' AND withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdraw_reason <> '' AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "uq_outbox_reference",
        "outbox",
        ["tenant", "reference"],
        unique=True,
        sqlite_where=sa.text("reference <> ''"),
        postgresql_where=sa.text("reference <> ''"),
    )
    op.create_table(
        "attempt",
        sa.Column("tx_id", sa.Text(), nullable=False),
        sa.Column("outbox_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("corr_id", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=False),
        sa.Column("contract", sa.Integer(), nullable=False),
        sa.Column("envelope_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_sha256", sa.Text(), nullable=False),
        sa.Column("case_sent", sa.Text(), nullable=False),
        sa.Column("officer_sent", sa.Text(), nullable=False),
        sa.Column("from_date", sa.Text(), nullable=False),
        sa.Column("to_date", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("built_at", UtcDateTime(), nullable=False),
        sa.Column("first_sent_at", UtcDateTime(), nullable=True),
        sa.Column("sends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("local_id", sa.Text(), nullable=True),
        sa.Column("arrival", sa.Text(), nullable=True),
        sa.Column("duplicate", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_attempt_outbox_id"),
        sa.PrimaryKeyConstraint("tx_id", name="pk_attempt"),
        sa.UniqueConstraint("corr_id", name="uq_attempt_corr_id"),
        sa.UniqueConstraint("outbox_id", "number", name="uq_attempt_outbox_id_number"),
    )
    op.create_index("ix_attempt_outbox_id", "attempt", ["outbox_id"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outbox_id", Id, nullable=True),
        sa.Column("tx_id", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=True),
        sa.Column("state_after", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_journal_outbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_outbox_id", "journal", ["outbox_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("tx_id", sa.Text(), nullable=False),
        sa.Column("corr_id", sa.Text(), nullable=True),
        sa.Column("content_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("outbox_id", Id, nullable=True),
        sa.Column("attempt_tx_id", sa.Text(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("decoded_at", UtcDateTime(), nullable=True),
        sa.Column("decode_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("payload_sha256", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_tx_id"], ["attempt.tx_id"], name="fk_inbox_attempt_tx_id"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_inbox_outbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("mailbox", "tx_id", "body_sha256", name="uq_inbox_mailbox_tx_id_body_sha256"),
    )
    op.create_index("ix_inbox_outbox_id", "inbox", ["outbox_id"], unique=False)
    op.create_index(
        "ix_inbox_undecoded",
        "inbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("kind = 'answer' AND decoded_at IS NULL"),
        postgresql_where=sa.text("kind = 'answer' AND decoded_at IS NULL"),
    )
    op.create_table(
        "agency_result",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("outbox_id", Id, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kalla", sa.Text(), nullable=True),
        sa.Column("felkod", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("asked_from", sa.Text(), nullable=True),
        sa.Column("asked_to", sa.Text(), nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_agency_result_inbox_id"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_agency_result_outbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "agency", name="pk_agency_result"),
    )
    op.create_index("ix_agency_result_outbox_id", "agency_result", ["outbox_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", Id, nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("tx_id", sa.Text(), nullable=False),
        sa.Column("corr_id", sa.Text(), nullable=True),
        sa.Column("content_id", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("sequence_type", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("outbox_id", Id, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_notice_inbox_id"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_notice_outbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("mailbox", "tx_id", name="uq_notice_mailbox_tx_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_due", "notice", ["mailbox", "state", "due_at"], unique=False)
    op.create_index("ix_notice_outbox_id", "notice", ["outbox_id"], unique=False)
    op.execute("INSERT INTO counter (name, value) VALUES ('change', 0)")
    op.execute(REPORT_REQUEST)
