"""What purging needs: what is settled in order of time, tombstones, and indexes behind every foreign key.

The three views that tell how a question ended say PURGED of one whose answers are gone.
"""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import Id, UtcDateTime

revision = "0005"
down_revision = "0004"

# Without an index a row that goes has the whole table read for those that point at it.
INDEXES = (
    ("ix_outbox_settled", "outbox", ["settled_at", "id"], "settled_at IS NOT NULL AND purged_at IS NULL"),
    ("ix_outbox_purged", "outbox", ["settled_at", "id"], "purged_at IS NOT NULL"),
    ("ix_inbox_stray", "inbox", ["received_at", "id"], "outbox_id IS NULL"),
    ("ix_notice_inbox_id", "notice", ["inbox_id"], "inbox_id IS NOT NULL"),
    ("ix_disclosure_outbox_id", "disclosure", ["outbox_id"], None),
    ("ix_gap_root_id", "gap", ["root_id"], None),
    ("ix_tombstone_corr_id", "tombstone", ["corr_id"], None),
    ("ix_tombstone_reference_key", "tombstone", ["reference_key"], None),
    ("ix_tombstone_purged_at", "tombstone", ["purged_at", "id"], None),
)

# A text of several rows, in each engine's own words.
LISTS = {"sqlite": "GROUP_CONCAT({0}, ', ')", "postgresql": "STRING_AGG({0}, ', ')"}

VERDICT = """
       CASE WHEN o.withdrawn_at IS NOT NULL THEN 'WITHDRAWN'
            WHEN o.outcome IN ('FAULT', 'UNDECODABLE', 'QUARANTINED') OR o.state = 'failed' THEN 'FAILED'
            WHEN o.purged_at IS NOT NULL THEN 'PURGED'
            WHEN o.outcome = 'COMPLETE' THEN 'COMPLETE'
            WHEN o.outcome = 'PARTIAL' THEN 'INCOMPLETE'
            ELSE 'WAITING' END AS verdict
"""

FAILURE_CODE = """
       CASE WHEN o.outcome IN ('FAULT', 'UNDECODABLE', 'QUARANTINED') THEN LOWER(o.outcome)
            ELSE o.failure_code END AS failure_code
"""

SUBJECT = """s.tenant, s.case_id, s.id AS subject, s.household_role,
       CASE WHEN s.restricted THEN 1 ELSE 0 END AS restricted"""

RESTRICTED = """
       CASE WHEN EXISTS (SELECT 1 FROM subject z
                          WHERE z.tenant = o.tenant AND z.person_key = o.person_key AND z.restricted)
            THEN 1 ELSE 0 END AS restricted
"""

SAYING = "{0}.root_id IS NULL AND {0}.withdrawn_at IS NULL AND COALESCE({0}.failure_code, '') <> 'repeated'"
NEWEST = f"""{SAYING}
   AND NOT EXISTS (SELECT 1 FROM outbox y
                    WHERE y.tenant = {{0}}.tenant AND y.case_id = {{0}}.case_id
                      AND y.person_key = {{0}}.person_key AND y.id > {{0}}.id
                      AND {SAYING.format("y")})"""

VIEWS = {
    # One row a question, those asked again by policy included (root_id names the first).
    "report_request": f"""
SELECT o.id, o.tenant, o.reference, o.case_id, o.officer, o.unit, o.household_role,
       o.state, o.reason, {FAILURE_CODE}, o.failure_text,
       COALESCE(o.asked_agencies, o.agencies) AS agencies, o.agencies_answered, o.agencies_unverified,
       {VERDICT},
       CASE WHEN o.settled_at IS NULL THEN 0 ELSE 1 END AS settled,
       o.answer_version, o.change_no,
       o.created_at, o.accepted_at, o.confirmed_at, o.finished_at, o.attempts,
       a.tx_id, a.corr_id, a.local_id,
       COALESCE(o.root_id, o.id) AS root_id, o.round, a.contract, a.from_date, a.to_date,
       o.subject_id AS subject, {RESTRICTED}
  FROM outbox o
  LEFT JOIN attempt a ON a.tx_id = o.tx_id
""",
    # One row a person in a household: the newest question about each.
    "report_household": f"""
SELECT o.tenant, o.case_id, o.subject_id AS subject, o.household_role, {RESTRICTED},
       o.id AS question_id, o.created_at AS asked_at, a.from_date, a.to_date, o.state, {VERDICT},
       {FAILURE_CODE},
       o.agencies_answered, o.agencies_unverified,
       CASE WHEN o.state = 'done' THEN o.finished_at END AS fetched_at,
       m.month AS latest_month, m.known_to AS latest_known_to,
       m.unverified AS latest_unverified, m.not_asked AS latest_not_asked,
       (SELECT SUM(i.payments) FROM income i
         WHERE i.subject_id = m.subject_id AND i.month = m.month AND i.status <> 'PLANNED') AS payments,
       (SELECT CASE WHEN COUNT(*) = COUNT(i.net) AND MIN(i.currency) = MAX(i.currency)
                    THEN SUM(i.net) / 100.0 END
          FROM income i
         WHERE i.subject_id = m.subject_id AND i.month = m.month AND i.status <> 'PLANNED') AS net,
       (SELECT {{members}}
          FROM outbox x
          LEFT JOIN subject z ON z.id = x.subject_id
         WHERE x.tenant = o.tenant AND x.case_id = o.case_id
           AND (x.outcome <> 'COMPLETE' OR z.open_agencies <> '')
           AND {NEWEST.format("x")}
       ) AS household_unverified
  FROM outbox o
  LEFT JOIN attempt a ON a.tx_id = o.tx_id
  LEFT JOIN asked_month m ON m.subject_id = o.subject_id AND m.latest
 WHERE {NEWEST.format("o")}
""",
    # One row a question and agency: what the agency's word is.
    "report_agency": f"""
SELECT r.root_id AS question_id, {SUBJECT},
       r.agency, r.outcome, r.kalla, r.felkod, r.status, r.transience, r.asked_from, r.asked_to,
       o.created_at AS asked_at, r.received_at AS fetched_at, r.version,
       CASE WHEN r.outcome IN ('DATA', 'EMPTY', 'PARTIAL') THEN r.row_count END AS row_count,
       (SELECT {{subs}} FROM sub_result u
         WHERE u.inbox_id = r.inbox_id AND u.agency = r.agency AND u.outcome NOT IN ('DATA', 'EMPTY')
       ) AS parts_unverified,
       (SELECT COUNT(*) FROM deviation d WHERE d.inbox_id = r.inbox_id AND d.agency = r.agency) AS deviations
  FROM agency_result r
  JOIN outbox o ON o.id = r.root_id
  JOIN subject s ON s.id = o.subject_id
 WHERE r.current AND o.withdrawn_at IS NULL
 UNION ALL
SELECT d.root_id, {SUBJECT},
       d.agency,
       CASE WHEN o.purged_at IS NOT NULL AND o.outcome IN ('COMPLETE', 'PARTIAL') AND o.state = 'done'
            THEN 'PURGED'
            ELSE COALESCE(MAX(d.outcome), CASE WHEN o.state = 'failed' THEN 'FAILED' ELSE 'WAITING' END)
       END,
       NULL, CASE WHEN o.state = 'failed' THEN o.failure_code END, NULL, NULL,
       MIN(d.asked_from), MAX(d.asked_to), o.created_at, NULL, NULL, NULL, NULL, NULL
  FROM disclosure d
  JOIN subject s ON s.id = d.subject_id
  JOIN outbox o ON o.id = d.root_id AND o.withdrawn_at IS NULL
 WHERE NOT EXISTS (SELECT 1 FROM agency_result r WHERE r.root_id = d.root_id AND r.agency = d.agency)
 GROUP BY d.root_id, s.tenant, s.case_id, s.id, s.household_role, s.restricted, d.agency,
          o.state, o.failure_code, o.created_at, o.purged_at, o.outcome
""",
}


def upgrade() -> None:
    op.add_column("outbox", sa.Column("purged_at", UtcDateTime()))
    op.create_table(
        "tombstone",
        sa.Column("id", Id, nullable=False),
        sa.Column("tx_id", sa.Text()),
        sa.Column("corr_id", sa.Text()),
        sa.Column("reference_key", sa.Text()),
        sa.Column("purged_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tombstone"),
        sqlite_autoincrement=True,
    )
    for name, table, columns, condition in INDEXES:
        where = sa.text(condition) if condition else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    _views()


def _views() -> None:
    dialect = op.get_bind().dialect.name
    words = LISTS[dialect]
    members = words.format(
        "CASE WHEN z.restricted THEN 'PROTECTED' ELSE"
        " COALESCE(z.household_role, '?') || ': ' ||"
        " CASE WHEN x.tx_id IS NULL THEN 'ALL'"
        " ELSE COALESCE(NULLIF(z.open_agencies, ''), x.agencies_unverified, 'ALL') END END"
    )
    subs = words.format("u.name || COALESCE(' (' || u.status || ')', '')")
    for name, query in VIEWS.items():
        filled = query.replace("{members}", members).replace("{subs}", subs)
        if dialect == "postgresql":
            op.execute(f"CREATE OR REPLACE VIEW {name} AS {filled}")  # keeps what was granted on it
        else:
            op.execute(f"DROP VIEW {name}")
            op.execute(f"CREATE VIEW {name} AS {filled}")
