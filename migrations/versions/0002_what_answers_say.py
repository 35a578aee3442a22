"""Tables for what answers say: payments, facts, and what is reckoned for each person in a case."""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import Id, UtcDateTime

revision = "0002"
down_revision = "0001"

# What earlier versions wrote is taken over; `shs-adapter decode --again` then reads the payments out of the
# answers that are stored.
BLANKS = "' ' || CHAR(9, 10, 13)"
TAKE_OVER = (
    f"""
INSERT INTO subject (tenant, case_id, person_key, household_role)
SELECT tenant, TRIM(case_id, {BLANKS}), person_key, MAX(household_role) FROM outbox
 WHERE tx_id IS NOT NULL AND tenant IS NOT NULL AND case_id IS NOT NULL AND person_key IS NOT NULL
 GROUP BY tenant, TRIM(case_id, {BLANKS}), person_key
""",
    f"""
UPDATE outbox SET case_id = TRIM(case_id, {BLANKS}), subject_id = (
    SELECT s.id FROM subject s
     WHERE s.tenant = outbox.tenant AND s.case_id = TRIM(outbox.case_id, {BLANKS})
       AND s.person_key = outbox.person_key)
 WHERE tx_id IS NOT NULL
""",
    """
INSERT INTO disclosure
       (tx_id, agency, outbox_id, root_id, subject_id, tenant, round, asked_from, asked_to, day)
SELECT a.tx_id, j.key, o.id, o.id, o.subject_id, o.tenant, 0,
       json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]'), SUBSTR(a.first_sent_at, 1, 10)
  FROM attempt a JOIN outbox o ON o.id = a.outbox_id, json_each(a.asked) j
 WHERE o.subject_id IS NOT NULL
""",
    """
UPDATE subject SET restricted = 1
 WHERE EXISTS (SELECT 1 FROM agency_result r
                 JOIN outbox o ON o.id = r.outbox_id
                WHERE r.protected AND o.tenant = subject.tenant AND o.person_key = subject.person_key)
""",
)


def upgrade() -> None:
    _outbox()
    _agency_result()
    _tables()
    op.execute("INSERT INTO change_threshold (benefit, percent) VALUES ('*', 12)")
    if op.get_bind().dialect.name == "sqlite":  # no other engine has rows from before
        for statement in TAKE_OVER:
            op.execute(statement)


def _outbox() -> None:
    """Columns for the contract's version, for asking again, and for the person in the case."""
    for column in (
        sa.Column("contract", sa.Text()),
        sa.Column("ask_anyway_reason", sa.Text()),
        sa.Column("subject_id", Id),
        sa.Column("root_id", Id),
        sa.Column("parent_id", Id),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("outbox", column)
    op.create_index("ix_outbox_person", "outbox", ["tenant", "case_id", "person_key", "id"], unique=False)
    op.create_index("ix_outbox_case_id", "outbox", ["case_id"], unique=False)
    op.create_index("ix_outbox_subject", "outbox", ["subject_id", "id"], unique=False)
    op.create_index(
        "ix_outbox_family",
        "outbox",
        ["root_id"],
        unique=False,
        sqlite_where=sa.text("root_id IS NOT NULL"),
        postgresql_where=sa.text("root_id IS NOT NULL"),
    )
    op.create_index(
        "uq_outbox_round",
        "outbox",
        ["parent_id", "round"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.add_column("attempt", sa.Column("details", sa.Text()))
    op.create_index("ix_inbox_payload", "inbox", ["attempt_tx_id", "payload_sha256"], unique=False)


def _agency_result() -> None:
    """Made anew: SQLite adds no required column without a default."""
    op.execute("CREATE TABLE agency_result_0001 AS SELECT * FROM agency_result")
    op.drop_table("agency_result")
    op.create_table(
        "agency_result",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("outbox_id", Id, nullable=False),
        sa.Column("root_id", Id, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kalla", sa.Text()),
        sa.Column("felkod", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("transience", sa.Text()),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("asked_from", sa.Text()),
        sa.Column("asked_to", sa.Text()),
        sa.Column("version", sa.Text()),
        sa.Column("row_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_agency_result_inbox_id"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_agency_result_outbox_id"),
        sa.ForeignKeyConstraint(["root_id"], ["outbox.id"], name="fk_agency_result_root_id"),
        sa.PrimaryKeyConstraint("inbox_id", "agency", name="pk_agency_result"),
    )
    op.execute("""
        INSERT INTO agency_result (inbox_id, agency, outbox_id, root_id, outcome, kalla, felkod, status,
                                   protected, asked_from, asked_to, received_at, current)
        SELECT r.inbox_id, r.agency, r.outbox_id, r.outbox_id, r.outcome, r.kalla, r.felkod, r.status,
               r.protected, r.asked_from, r.asked_to, i.received_at, r.current
          FROM agency_result_0001 r
          JOIN inbox i ON i.id = r.inbox_id
          JOIN outbox o ON o.id = r.outbox_id
    """)
    op.drop_table("agency_result_0001")
    op.create_index("ix_agency_result_outbox_id", "agency_result", ["outbox_id"], unique=False)
    op.create_index("ix_agency_result_root_id", "agency_result", ["root_id"], unique=False)


def _tables() -> None:
    op.create_table(
        "change_threshold",
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("benefit", name="pk_change_threshold"),
    )
    op.create_table(
        "subject",
        sa.Column("id", Id, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("person_key", sa.Text(), nullable=False),
        sa.Column("household_role", sa.Text()),
        sa.Column("restricted", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("open_agencies", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subject"),
        sa.UniqueConstraint("tenant", "case_id", "person_key", name="uq_subject_tenant_case_id_person_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subject_case_id", "subject", ["case_id"], unique=False)
    op.create_index("ix_subject_person", "subject", ["tenant", "person_key"], unique=False)
    op.create_table(
        "asked_month",
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text()),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("unverified", sa.Text(), nullable=False),
        sa.Column("not_asked", sa.Text(), nullable=False),
        sa.Column("known_to", sa.Text()),
        sa.Column("not_over", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_asked_month_subject_id"),
        sa.PrimaryKeyConstraint("subject_id", "month", name="pk_asked_month"),
    )
    op.create_table(
        "gap",
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("from_date", sa.Text(), nullable=False),
        sa.Column("to_date", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kalla", sa.Text()),
        sa.Column("felkod", sa.Text()),
        sa.Column("transience", sa.Text()),
        sa.Column("root_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["outbox.id"], name="fk_gap_root_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_gap_subject_id"),
        sa.PrimaryKeyConstraint("subject_id", "agency", "from_date", name="pk_gap"),
    )
    op.create_table(
        "income",
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("gross", sa.BigInteger()),
        sa.Column("tax", sa.BigInteger()),
        sa.Column("other_deduction", sa.BigInteger()),
        sa.Column("net", sa.BigInteger()),
        sa.Column("net_after_tax", sa.BigInteger()),
        sa.Column("loan", sa.BigInteger()),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_income_subject_id"),
        sa.PrimaryKeyConstraint(
            "subject_id", "month", "payer", "benefit", "status", "currency", name="pk_income"
        ),
    )
    op.create_table(
        "disclosure",
        sa.Column("tx_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("outbox_id", Id, nullable=False),
        sa.Column("root_id", Id, nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_from", sa.Text(), nullable=False),
        sa.Column("asked_to", sa.Text(), nullable=False),
        sa.Column("day", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("kalla", sa.Text()),
        sa.Column("felkod", sa.Text()),
        sa.Column("latency", sa.Integer()),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_disclosure_outbox_id"),
        sa.ForeignKeyConstraint(["root_id"], ["outbox.id"], name="fk_disclosure_root_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_disclosure_subject_id"),
        sa.ForeignKeyConstraint(["tx_id"], ["attempt.tx_id"], name="fk_disclosure_tx_id"),
        sa.PrimaryKeyConstraint("tx_id", "agency", name="pk_disclosure"),
    )
    op.create_index(
        "ix_disclosure_day",
        "disclosure",
        ["day", "tenant", "agency", "outcome", "kalla", "felkod", "latency", "round", "tx_id"],
        unique=False,
    )
    op.create_index("ix_disclosure_root_id", "disclosure", ["root_id"], unique=False)
    op.create_index("ix_disclosure_subject_id", "disclosure", ["subject_id"], unique=False)
    op.create_table(
        "af_decision",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("benefit", sa.Text()),
        sa.Column("extent_percent", sa.Integer()),
        sa.Column("valid_from", sa.Text()),
        sa.Column("valid_to", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_af_decision_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_af_decision"),
    )
    op.create_table(
        "af_status",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("job_seeker", sa.Boolean()),
        sa.Column("category", sa.Text()),
        sa.Column("registered", sa.Text()),
        sa.Column("deregistered", sa.Text()),
        sa.Column("extent_percent", sa.Integer()),
        sa.Column("activity_report", sa.Text()),
        sa.Column("last_activity_report", sa.Text()),
        sa.Column("fund", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_af_status_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_af_status"),
    )
    op.create_table(
        "csn_case",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("form", sa.Text()),
        sa.Column("label", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("co_borrower_sealed", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_csn_case_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_csn_case"),
    )
    op.create_table(
        "csn_grant",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("valid_from", sa.Text()),
        sa.Column("valid_to", sa.Text()),
        sa.Column("pace_percent", sa.Integer()),
        sa.Column("total", sa.BigInteger()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_csn_grant_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_csn_grant"),
    )
    op.create_table(
        "deviation",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_deviation_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "agency", "row_no", name="pk_deviation"),
    )
    op.create_table(
        "fk_decision",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_type", sa.Text()),
        sa.Column("case_started", sa.Text()),
        sa.Column("active", sa.Boolean()),
        sa.Column("decided_on", sa.Text()),
        sa.Column("final", sa.Boolean()),
        sa.Column("benefit_code", sa.Text()),
        sa.Column("benefit", sa.Text()),
        sa.Column("valid_from", sa.Text()),
        sa.Column("valid_to", sa.Text()),
        sa.Column("gross", sa.BigInteger()),
        sa.Column("frequency", sa.Text()),
        sa.Column("extent", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_fk_decision_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_fk_decision"),
    )
    op.create_table(
        "fk_program_days",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("used_days", sa.Integer()),
        sa.Column("max_used", sa.Boolean()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_fk_program_days_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_fk_program_days"),
    )
    op.create_table(
        "miv_permit",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("case_type", sa.Text()),
        sa.Column("decision_code", sa.Text()),
        sa.Column("decision_type", sa.Text()),
        sa.Column("decision", sa.Text()),
        sa.Column("applied", sa.Text()),
        sa.Column("decided", sa.Text()),
        sa.Column("valid_from", sa.Text()),
        sa.Column("valid_to", sa.Text()),
        sa.Column("validity", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_miv_permit_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_miv_permit"),
    )
    op.create_table(
        "payment",
        sa.Column("id", Id, nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("root_id", Id, nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("payer_org", sa.Text()),
        sa.Column("benefit_code", sa.Text()),
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("sub_benefit", sa.Text()),
        sa.Column("amount_type", sa.Text()),
        sa.Column("pay_type", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Text()),
        sa.Column("period_from", sa.Text()),
        sa.Column("period_to", sa.Text()),
        sa.Column("gross", sa.BigInteger()),
        sa.Column("tax", sa.BigInteger()),
        sa.Column("other_deduction", sa.BigInteger()),
        sa.Column("net", sa.BigInteger()),
        sa.Column("net_after_tax", sa.BigInteger()),
        sa.Column("loan", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("days", sa.BigInteger()),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_payment_inbox_id"),
        sa.ForeignKeyConstraint(["root_id"], ["outbox.id"], name="fk_payment_root_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_payment_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment"),
        sa.UniqueConstraint("inbox_id", "agency", "row_no", name="uq_payment_inbox_id_agency_row_no"),
    )
    op.create_index("ix_payment_question", "payment", ["root_id"], unique=False)
    op.create_index("ix_payment_subject", "payment", ["subject_id", "month"], unique=False)
    op.create_table(
        "skv_account",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("bank_account_sealed", sa.LargeBinary()),
        sa.Column("paid_out", sa.BigInteger()),
        sa.Column("posted_on", sa.Text()),
        sa.Column("balance", sa.BigInteger()),
        sa.Column("preliminary_interest", sa.BigInteger()),
        sa.Column("updated_on", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_skv_account_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_skv_account"),
    )
    op.create_table(
        "skv_business",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("company_sealed", sa.LargeBinary()),
        sa.Column("employer", sa.Boolean()),
        sa.Column("vat", sa.Boolean()),
        sa.Column("f_tax", sa.Boolean()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_skv_business_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_skv_business"),
    )
    op.create_table(
        "skv_capital",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("tax_year", sa.Integer()),
        sa.Column("income", sa.BigInteger()),
        sa.Column("surplus", sa.BigInteger()),
        sa.Column("status_code", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_skv_capital_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_skv_capital"),
    )
    op.create_table(
        "skv_part",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_skv_part_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_skv_part"),
    )
    op.create_table(
        "skv_tax_decision",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("tax_year", sa.Integer()),
        sa.Column("tax_period", sa.Text()),
        sa.Column("decided_on", sa.Text()),
        sa.Column("income_year", sa.Integer()),
        sa.Column("employment_surplus", sa.BigInteger()),
        sa.Column("capital", sa.BigInteger()),
        sa.Column("assessed_income", sa.BigInteger()),
        sa.Column("final_tax", sa.BigInteger()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_skv_tax_decision_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_skv_tax_decision"),
    )
    op.create_table(
        "so_fund",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("fund", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("right_decided_on", sa.Text()),
        sa.Column("payment_applied", sa.Boolean()),
        sa.Column("application_known", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_so_fund_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_so_fund"),
    )
    op.create_table(
        "so_suspension",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("fund", sa.Text()),
        sa.Column("suspended_from", sa.Text()),
        sa.Column("suspended_to", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_so_suspension_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_so_suspension"),
    )
    op.create_table(
        "sub_result",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_sub_result_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "agency", "row_no", name="pk_sub_result"),
    )
    op.create_table(
        "tns_vehicle",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("registration_sealed", sa.LargeBinary()),
        sa.Column("make", sa.Text()),
        sa.Column("model_year", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("model", sa.Text()),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_tns_vehicle_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", "row_no", name="pk_tns_vehicle"),
    )
    op.create_table(
        "payment_part",
        sa.Column("payment_id", Id, nullable=False),
        sa.Column("part_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("benefit_code", sa.Text()),
        sa.Column("benefit", sa.Text()),
        sa.Column("amount_type_code", sa.Text()),
        sa.Column("amount_type", sa.Text()),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("is_loan", sa.Boolean()),
        sa.Column("period_from", sa.Text()),
        sa.Column("period_to", sa.Text()),
        sa.Column("extent", sa.BigInteger()),
        sa.Column("days", sa.BigInteger()),
        sa.Column("hours", sa.BigInteger()),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name="fk_payment_part_payment_id"),
        sa.PrimaryKeyConstraint("payment_id", "part_no", name="pk_payment_part"),
    )
