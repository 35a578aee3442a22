"""The day of sending stands with the envelope: it is one, however many agencies are told."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SENT = sa.text("day IS NOT NULL")

VIEWS = {
    # One row a day, tenant, agency and kind of ending; latency in seconds, from sending to the answer.
    "report_agency_quality": """
SELECT a.day, d.tenant, d.agency, COALESCE(d.outcome, 'NONE') AS outcome, d.kalla, d.felkod,
       COUNT(*) AS answers, ROUND(AVG(d.latency), 1) AS latency_mean, MAX(d.latency) AS latency_most
  FROM attempt a
  JOIN disclosure d ON d.tx_id = a.tx_id
 WHERE a.day IS NOT NULL
 GROUP BY a.day, d.tenant, d.agency, d.outcome, d.kalla, d.felkod
""",
    # One row a day, tenant and agency, and one for all agencies (ALL) that counts questions.
    "report_volume": """
SELECT a.day, d.tenant, d.agency,
       COUNT(*) AS asked,
       SUM(CASE WHEN d.round > 0 THEN 1 ELSE 0 END) AS asked_again,
       SUM(CASE WHEN d.outcome IN ('DATA', 'EMPTY') THEN 1 ELSE 0 END) AS answered,
       SUM(CASE WHEN d.outcome = 'PARTIAL' THEN 1 ELSE 0 END) AS partly,
       SUM(CASE WHEN d.outcome NOT IN ('DATA', 'EMPTY', 'PARTIAL') THEN 1 ELSE 0 END) AS failed,
       SUM(CASE WHEN d.outcome IS NULL THEN 1 ELSE 0 END) AS unanswered
  FROM attempt a
  JOIN disclosure d ON d.tx_id = a.tx_id
 WHERE a.day IS NOT NULL
 GROUP BY a.day, d.tenant, d.agency
 UNION ALL
SELECT q.day, q.tenant, 'ALL',
       COUNT(*),
       SUM(CASE WHEN q.round > 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad = 0 AND q.none = 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad > 0 AND q.bad < q.agencies AND q.none = 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad = q.agencies THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.none > 0 THEN 1 ELSE 0 END)
  FROM (SELECT a.day, d.tenant, a.tx_id, MAX(d.round) AS round, COUNT(*) AS agencies,
               SUM(CASE WHEN d.outcome IN ('DATA', 'EMPTY') THEN 0
                        WHEN d.outcome IS NULL THEN 0 ELSE 1 END) AS bad,
               SUM(CASE WHEN d.outcome IS NULL THEN 1 ELSE 0 END) AS none
          FROM attempt a
          JOIN disclosure d ON d.tx_id = a.tx_id
         WHERE a.day IS NOT NULL
         GROUP BY a.day, d.tenant, a.tx_id) q
 GROUP BY q.day, q.tenant
""",
}


def upgrade() -> None:
    op.add_column("attempt", sa.Column("day", sa.Text()))
    op.execute("UPDATE attempt SET day = (SELECT MIN(d.day) FROM disclosure d WHERE d.tx_id = attempt.tx_id)")
    op.create_index("ix_attempt_day", "attempt", ["day", "tx_id"], sqlite_where=SENT, postgresql_where=SENT)
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for name, query in VIEWS.items():
        if is_postgresql:
            op.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")  # keeps what was granted on it
        else:
            op.execute(f"DROP VIEW {name}")
            op.execute(f"CREATE VIEW {name} AS {query}")
    op.drop_index("ix_disclosure_day", "disclosure")
    op.drop_column("disclosure", "day")
