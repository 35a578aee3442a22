"""About whom an envelope asks, and on what day it was sent, stand once with it, and not for each agency."""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import Id

revision = "0009"
down_revision = "0008"

SENT = sa.text("day IS NOT NULL")

# Of the columns that go, each had an index or a foreign key, or both.
GOES = ("outbox_id", "root_id", "subject_id", "tenant", "round", "day")
INDEXES = ("day", "outbox_id", "root_id", "subject_id")

TAKE_OVER = """
UPDATE attempt SET (day, subject_id) =
       (SELECT MIN(d.day), MIN(d.subject_id) FROM disclosure d WHERE d.tx_id = attempt.tx_id)
"""

# A text of several rows, in each engine's own words.
LISTS = {"sqlite": "GROUP_CONCAT({0}, ', ')", "postgresql": "STRING_AGG({0}, ', ')"}

SUBJECT = """s.tenant, s.case_id, s.id AS subject, s.household_role,
       CASE WHEN s.restricted THEN 1 ELSE 0 END AS restricted"""

# Whom the envelopes that were sent have told. A question may have been deleted from outside.
TOLD = """FROM attempt a
  LEFT JOIN outbox o ON o.id = a.outbox_id
  JOIN subject s ON s.id = a.subject_id
  JOIN disclosure d ON d.tx_id = a.tx_id
 WHERE a.day IS NOT NULL"""

VIEWS = {
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
SELECT o.id, {SUBJECT},
       d.agency,
       CASE WHEN o.purged_at IS NOT NULL AND o.outcome IN ('COMPLETE', 'PARTIAL') AND o.state = 'done'
            THEN 'PURGED'
            ELSE COALESCE(MAX(d.outcome), CASE WHEN o.state = 'failed' THEN 'FAILED' ELSE 'WAITING' END)
       END,
       NULL, CASE WHEN o.state = 'failed' THEN o.failure_code END, NULL, NULL,
       MIN(d.asked_from), MAX(d.asked_to), o.created_at, NULL, NULL, NULL, NULL, NULL
  FROM outbox o
  JOIN outbox q ON q.id = o.id OR q.root_id = o.id
  JOIN attempt a ON a.outbox_id = q.id
  JOIN disclosure d ON d.tx_id = a.tx_id
  JOIN subject s ON s.id = a.subject_id
 WHERE o.root_id IS NULL AND o.withdrawn_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM agency_result r WHERE r.root_id = o.id AND r.agency = d.agency)
 GROUP BY o.id, s.tenant, s.case_id, s.id, s.household_role, s.restricted, d.agency,
          o.state, o.failure_code, o.created_at, o.purged_at, o.outcome
""",
    # One row a day, tenant, agency and kind of ending; latency in seconds, from sending to the answer.
    "report_agency_quality": """
SELECT a.day, s.tenant, d.agency, COALESCE(d.outcome, 'NONE') AS outcome, d.kalla, d.felkod,
       COUNT(*) AS answers, ROUND(AVG(d.latency), 1) AS latency_mean, MAX(d.latency) AS latency_most
  FROM attempt a
  JOIN subject s ON s.id = a.subject_id
  JOIN disclosure d ON d.tx_id = a.tx_id
 WHERE a.day IS NOT NULL
 GROUP BY a.day, s.tenant, d.agency, d.outcome, d.kalla, d.felkod
""",
    # One row a day, tenant and agency, and one for all agencies (ALL) that counts questions.
    "report_volume": f"""
SELECT a.day, s.tenant, d.agency,
       COUNT(*) AS asked,
       SUM(CASE WHEN COALESCE(o.round, 0) > 0 THEN 1 ELSE 0 END) AS asked_again,
       SUM(CASE WHEN d.outcome IN ('DATA', 'EMPTY') THEN 1 ELSE 0 END) AS answered,
       SUM(CASE WHEN d.outcome = 'PARTIAL' THEN 1 ELSE 0 END) AS partly,
       SUM(CASE WHEN d.outcome NOT IN ('DATA', 'EMPTY', 'PARTIAL') THEN 1 ELSE 0 END) AS failed,
       SUM(CASE WHEN d.outcome IS NULL THEN 1 ELSE 0 END) AS unanswered
  {TOLD}
 GROUP BY a.day, s.tenant, d.agency
 UNION ALL
SELECT q.day, q.tenant, 'ALL',
       COUNT(*),
       SUM(CASE WHEN q.round > 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad = 0 AND q.none = 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad > 0 AND q.bad < q.agencies AND q.none = 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad = q.agencies THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.none > 0 THEN 1 ELSE 0 END)
  FROM (SELECT a.day, s.tenant, a.tx_id, MAX(COALESCE(o.round, 0)) AS round, COUNT(*) AS agencies,
               SUM(CASE WHEN d.outcome IN ('DATA', 'EMPTY') THEN 0
                        WHEN d.outcome IS NULL THEN 0 ELSE 1 END) AS bad,
               SUM(CASE WHEN d.outcome IS NULL THEN 1 ELSE 0 END) AS none
          {TOLD}
         GROUP BY a.day, s.tenant, a.tx_id) q
 GROUP BY q.day, q.tenant
""",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column("attempt", sa.Column("subject_id", Id))
    op.add_column("attempt", sa.Column("day", sa.Text()))
    op.execute(TAKE_OVER)
    op.create_index("ix_attempt_subject_id", "attempt", ["subject_id"])
    op.create_index("ix_attempt_day", "attempt", ["day", "tx_id"], sqlite_where=SENT, postgresql_where=SENT)
    subs = LISTS[dialect].format("u.name || COALESCE(' (' || u.status || ')', '')")
    for name, query in VIEWS.items():
        if dialect == "postgresql":  # keeps what was granted on it
            op.execute(f"CREATE OR REPLACE VIEW {name} AS {query.replace('{subs}', subs)}")
        else:
            op.execute(f"DROP VIEW {name}")
    for name in INDEXES:
        op.drop_index(f"ix_disclosure_{name}", "disclosure")
    if dialect == "sqlite":  # else it stumbles over views of the back office's own that read ours
        op.execute("PRAGMA legacy_alter_table = ON")
    with op.batch_alter_table("disclosure") as disclosure:
        for name in GOES:
            disclosure.drop_column(name)
    if dialect == "sqlite":
        op.execute("PRAGMA legacy_alter_table = OFF")
        for name, query in VIEWS.items():
            op.execute(f"CREATE VIEW {name} AS {query.replace('{subs}', subs)}")
