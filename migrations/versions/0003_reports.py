"""The views that the back office reads: a public contract, described column by column in docs/reports.md.

Rule 1: failure never looks like "nothing found". A row that an agency could still change says which one.
Rule 2: amounts are kronor; NULL is "not known", never 0. Nothing here names a person; `subject` is one person
in one case, and `restricted` is 1 where an agency said that the identity is protected.
"""

import re

from alembic import op

revision = "0003"
down_revision = "0002"

# A text of several rows, in each engine's own words; {1} is the order, which SQLite has by its indexes.
LISTS = {"sqlite": "GROUP_CONCAT({0}, ', ')", "postgresql": "STRING_AGG({0}, ', ' ORDER BY {1})"}

# PostgreSQL's division leaves sixteen decimals.
HUNDREDTHS = re.compile(r"([\w.()]+) / 100\.0")

VERDICT = """
       CASE WHEN o.withdrawn_at IS NOT NULL THEN 'WITHDRAWN'
            WHEN o.outcome IN ('FAULT', 'UNDECODABLE', 'QUARANTINED') OR o.state = 'failed' THEN 'FAILED'
            WHEN o.outcome = 'COMPLETE' THEN 'COMPLETE'
            WHEN o.outcome = 'PARTIAL' THEN 'INCOMPLETE'
            ELSE 'WAITING' END AS verdict
"""

FAILURE_CODE = """
       CASE WHEN o.outcome IN ('FAULT', 'UNDECODABLE', 'QUARANTINED') THEN LOWER(o.outcome)
            ELSE o.failure_code END AS failure_code
"""

# What a row says of the person in the case that it is about.
SUBJECT = """s.tenant, s.case_id, s.id AS subject, s.household_role,
       CASE WHEN s.restricted THEN 1 ELSE 0 END AS restricted"""

# The same of a question, which may not have been built yet: the person is known from the tenant's other ones.
RESTRICTED = """
       CASE WHEN EXISTS (SELECT 1 FROM subject z
                          WHERE z.tenant = o.tenant AND z.person_key = o.person_key AND z.restricted)
            THEN 1 ELSE 0 END AS restricted
"""

# The agency whose word tells what a payer pays.
AGENCY = "CASE i.payer WHEN 'CSN' THEN 'CSN' WHEN 'AKASSA' THEN 'SO' ELSE 'FK' END"

# A question of the business system that says something about its person in the case, and is the newest that
# does. One that was taken back, or only repeated another, says nothing.
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
    # One row a payment that counts: of several answers about a day, the newest verified one.
    "report_payment": f"""
SELECT p.id, p.root_id AS question_id, {SUBJECT},
       p.agency, p.payer, p.payer_org, p.benefit_code, p.benefit, p.sub_benefit, p.amount_type, p.pay_type,
       p.status, p.paid_on, p.period_from, p.period_to, p.month,
       CASE WHEN p.paid_on IS NOT NULL THEN 'paid_on'
            WHEN p.month <> 'unknown' THEN 'period_from' ELSE 'unknown' END AS month_rule,
       p.gross / 100.0 AS gross, p.tax / 100.0 AS tax, p.other_deduction / 100.0 AS other_deduction,
       p.net / 100.0 AS net, p.net_after_tax / 100.0 AS net_after_tax, p.loan / 100.0 AS loan, p.currency,
       p.days / 100.0 AS days, p.path AS source_path,
       r.received_at AS fetched_at, r.outcome AS agency_outcome, COALESCE(m.unverified, '') AS unverified
  FROM payment p
  JOIN subject s ON s.id = p.subject_id
  JOIN agency_result r ON r.inbox_id = p.inbox_id AND r.agency = p.agency
  LEFT JOIN asked_month m ON m.subject_id = p.subject_id AND m.month = p.month
 WHERE p.counts
""",
    # One row a person, month, benefit and status; a month without payments has one row with payments 0.
    "report_income_month": f"""
SELECT {SUBJECT},
       m.month, i.payer, i.benefit, i.status, i.currency, COALESCE(i.payments, 0) AS payments,
       i.gross / 100.0 AS gross, i.tax / 100.0 AS tax, i.other_deduction / 100.0 AS other_deduction,
       i.net / 100.0 AS net, i.net_after_tax / 100.0 AS net_after_tax, i.loan / 100.0 AS loan,
       'paid_on, else period_from' AS date_rule, m.unverified, m.not_asked, m.known_to
  FROM asked_month m
  JOIN subject s ON s.id = m.subject_id
  LEFT JOIN income i ON i.subject_id = m.subject_id AND i.month = m.month
""",
    # One row a person, agency and run of days for which the agency's word is missing; and one for every
    # question that was never built (agency ALL).
    "report_unverified": f"""
SELECT {SUBJECT},
       g.agency, g.from_date, g.to_date, g.outcome, g.kalla, g.felkod, g.transience,
       g.root_id AS question_id, o.officer, o.unit, o.created_at AS asked_at,
       CASE WHEN o.state = 'done' THEN o.finished_at END AS fetched_at
  FROM gap g
  JOIN subject s ON s.id = g.subject_id
  JOIN outbox o ON o.id = g.root_id
 UNION ALL
SELECT o.tenant, o.case_id, o.subject_id, o.household_role, {RESTRICTED},
       'ALL', CASE WHEN o.from_date LIKE '____-__-__' THEN o.from_date END,
       CASE WHEN o.to_date LIKE '____-__-__' THEN o.to_date END,
       CASE WHEN o.state = 'failed' THEN 'FAILED' ELSE 'WAITING' END, NULL, o.failure_code, NULL,
       o.id, o.officer, o.unit, o.created_at, NULL
  FROM outbox o
 WHERE o.tx_id IS NULL AND {NEWEST.format("o")}
""",
    # What is still awaited: questions under way, and benefits that were paid the month before.
    "report_outstanding": f"""
SELECT 'QUESTION' AS kind, o.tenant, o.case_id, o.subject_id AS subject, o.household_role, {RESTRICTED},
       COALESCE(o.root_id, o.id) AS question_id, o.round, o.state,
       COALESCE(o.asked_agencies, o.agencies) AS agencies, o.created_at AS since,
       NULL AS payer, NULL AS benefit, NULL AS last_month, NULL AS last_net, NULL AS expected_month,
       COALESCE(o.asked_agencies, o.agencies) AS unverified, '' AS not_asked
  FROM outbox o
 WHERE o.state IN ('new', 'ready', 'accepted', 'confirmed') AND o.withdrawn_at IS NULL
 UNION ALL
SELECT 'BENEFIT', {SUBJECT},
       NULL, NULL, NULL, NULL, NULL,
       i.payer, i.benefit, i.month, i.net / 100.0, m.month, m.unverified, m.not_asked
  FROM asked_month m
  JOIN subject s ON s.id = m.subject_id
  JOIN income i ON i.subject_id = m.subject_id AND i.month = m.previous AND i.status <> 'PLANNED'
 WHERE m.latest
   AND NOT EXISTS (SELECT 1 FROM income n
                    WHERE n.subject_id = m.subject_id AND n.month = m.month
                      AND n.payer = i.payer AND n.benefit = i.benefit AND n.status <> 'PLANNED')
""",
    # A month (control) against the one before (comparison), benefit by benefit. As long as one of them is
    # open (its payer's agency has not answered for all of it, was not asked, or it is not over), less than in
    # the other is no change: more may come.
    "report_change": f"""
SELECT c.tenant, c.case_id, c.subject, c.household_role, c.restricted,
       c.control_month, c.comparison_month, c.payer, c.benefit,
       c.control_net / 100.0 AS control_net, c.comparison_net / 100.0 AS comparison_net, c.kind,
       CASE WHEN c.kind = 'VANISHED' THEN -100.0
            WHEN c.kind IN ('SAME', 'CHANGED') AND c.comparison_net > 0
            THEN ROUND(100.0 * (c.control_net - c.comparison_net) / c.comparison_net, 1)
       END AS change_percent,
       c.threshold_percent,
       CASE WHEN c.in_doubt = 1 THEN 1 WHEN c.kind = 'UNVERIFIED' THEN NULL WHEN c.kind = 'SAME' THEN 0
            WHEN c.kind = 'CHANGED' AND c.comparison_net > 0
             AND ABS(100.0 * (c.control_net - c.comparison_net) / NULLIF(c.comparison_net, 0))
                 <= c.threshold_percent THEN 0
            ELSE 1 END AS exceeds,
       c.control_unverified, c.comparison_unverified, c.control_not_asked, c.comparison_not_asked,
       c.control_known_to
  FROM (
SELECT n.*,
       CASE WHEN n.control_open = 1 AND (n.control_payments = 0 OR n.control_net < n.comparison_net)
            THEN 'UNVERIFIED'
            WHEN n.comparison_open = 1 AND (n.comparison_payments = 0 OR n.comparison_net < n.control_net)
            THEN 'UNVERIFIED'
            WHEN n.control_payments = 0 THEN 'VANISHED' WHEN n.comparison_payments = 0 THEN 'NEW'
            WHEN n.control_net IS NULL OR n.comparison_net IS NULL THEN 'UNKNOWN'
            WHEN n.control_net = n.comparison_net THEN 'SAME' ELSE 'CHANGED' END AS kind
  FROM (
SELECT {SUBJECT},
       m.month AS control_month, b.month AS comparison_month, i.payer, i.benefit,
       SUM(CASE WHEN i.month = m.month THEN i.payments ELSE 0 END) AS control_payments,
       SUM(CASE WHEN i.month = b.month THEN i.payments ELSE 0 END) AS comparison_payments,
       CASE WHEN m.unverified LIKE '%' || {AGENCY} || ' %' OR m.not_asked LIKE '%' || {AGENCY} || '%'
              OR b.unverified LIKE '%' || {AGENCY} || ' %' OR b.not_asked LIKE '%' || {AGENCY} || '%'
            THEN 1 ELSE 0 END AS in_doubt,
       CASE WHEN m.not_over NOT LIKE '%' || {AGENCY} || '%' AND m.unverified NOT LIKE '%' || {AGENCY} || ' %'
             AND m.not_asked NOT LIKE '%' || {AGENCY} || '%' THEN 0 ELSE 1 END AS control_open,
       CASE WHEN b.not_over NOT LIKE '%' || {AGENCY} || '%' AND b.unverified NOT LIKE '%' || {AGENCY} || ' %'
             AND b.not_asked NOT LIKE '%' || {AGENCY} || '%' THEN 0 ELSE 1 END AS comparison_open,
       CASE WHEN SUM(CASE WHEN i.month = m.month AND i.net IS NULL THEN 1 ELSE 0 END) = 0
                 AND MIN(i.currency) = MAX(i.currency)
            THEN SUM(CASE WHEN i.month = m.month THEN i.net END) END AS control_net,
       CASE WHEN SUM(CASE WHEN i.month = b.month AND i.net IS NULL THEN 1 ELSE 0 END) = 0
                 AND MIN(i.currency) = MAX(i.currency)
            THEN SUM(CASE WHEN i.month = b.month THEN i.net END) END AS comparison_net,
       COALESCE(MAX(t.percent), MAX(d.percent), 12) AS threshold_percent,
       m.unverified AS control_unverified, b.unverified AS comparison_unverified,
       m.not_asked AS control_not_asked, b.not_asked AS comparison_not_asked,
       m.known_to AS control_known_to
  FROM asked_month m
  JOIN asked_month b ON b.subject_id = m.subject_id AND b.month = m.previous
  JOIN subject s ON s.id = m.subject_id
  JOIN income i ON i.subject_id = m.subject_id AND i.month IN (m.month, b.month) AND i.status <> 'PLANNED'
  LEFT JOIN change_threshold t ON t.benefit = i.benefit
  LEFT JOIN change_threshold d ON d.benefit = '*'
 GROUP BY s.tenant, s.case_id, s.id, s.household_role, s.restricted,
          m.month, b.month, i.payer, i.benefit, m.unverified, b.unverified, m.not_asked, b.not_asked,
          m.not_over, b.not_over, m.known_to
       ) n ) c
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
       COALESCE(MAX(d.outcome), CASE WHEN o.state = 'failed' THEN 'FAILED' ELSE 'WAITING' END),
       NULL, CASE WHEN o.state = 'failed' THEN o.failure_code END, NULL, NULL,
       MIN(d.asked_from), MAX(d.asked_to), o.created_at, NULL, NULL, NULL, NULL, NULL
  FROM disclosure d
  JOIN subject s ON s.id = d.subject_id
  JOIN outbox o ON o.id = d.root_id AND o.withdrawn_at IS NULL
 WHERE NOT EXISTS (SELECT 1 FROM agency_result r WHERE r.root_id = d.root_id AND r.agency = d.agency)
 GROUP BY d.root_id, s.tenant, s.case_id, s.id, s.household_role, s.restricted, d.agency,
          o.state, o.failure_code, o.created_at
""",
    # One row a day, tenant, agency and kind of ending; latency in seconds, from sending to the answer.
    "report_agency_quality": """
SELECT d.day, d.tenant, d.agency, COALESCE(d.outcome, 'NONE') AS outcome, d.kalla, d.felkod,
       COUNT(*) AS answers, ROUND(AVG(d.latency), 1) AS latency_mean, MAX(d.latency) AS latency_most
  FROM disclosure d
 WHERE d.day IS NOT NULL
 GROUP BY d.day, d.tenant, d.agency, d.outcome, d.kalla, d.felkod
""",
    # One row a day, tenant and agency, and one for all agencies (ALL) that counts questions.
    "report_volume": """
SELECT d.day, d.tenant, d.agency,
       COUNT(*) AS asked,
       SUM(CASE WHEN d.round > 0 THEN 1 ELSE 0 END) AS asked_again,
       SUM(CASE WHEN d.outcome IN ('DATA', 'EMPTY') THEN 1 ELSE 0 END) AS answered,
       SUM(CASE WHEN d.outcome = 'PARTIAL' THEN 1 ELSE 0 END) AS partly,
       SUM(CASE WHEN d.outcome NOT IN ('DATA', 'EMPTY', 'PARTIAL') THEN 1 ELSE 0 END) AS failed,
       SUM(CASE WHEN d.outcome IS NULL THEN 1 ELSE 0 END) AS unanswered
  FROM disclosure d
 WHERE d.day IS NOT NULL
 GROUP BY d.day, d.tenant, d.agency
 UNION ALL
SELECT q.day, q.tenant, 'ALL',
       COUNT(*),
       SUM(CASE WHEN q.round > 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad = 0 AND q.none = 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad > 0 AND q.bad < q.agencies AND q.none = 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.bad = q.agencies THEN 1 ELSE 0 END),
       SUM(CASE WHEN q.none > 0 THEN 1 ELSE 0 END)
  FROM (SELECT d.day, d.tenant, d.tx_id, MAX(d.round) AS round, COUNT(*) AS agencies,
               SUM(CASE WHEN d.outcome IN ('DATA', 'EMPTY') THEN 0
                        WHEN d.outcome IS NULL THEN 0 ELSE 1 END) AS bad,
               SUM(CASE WHEN d.outcome IS NULL THEN 1 ELSE 0 END) AS none
          FROM disclosure d
         WHERE d.day IS NOT NULL
         GROUP BY d.day, d.tenant, d.tx_id) q
 GROUP BY q.day, q.tenant
""",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    words = LISTS[dialect]
    members = words.format(
        "CASE WHEN z.restricted THEN 'PROTECTED' ELSE"
        " COALESCE(z.household_role, '?') || ': ' ||"
        " CASE WHEN x.tx_id IS NULL THEN 'ALL'"
        " ELSE COALESCE(NULLIF(z.open_agencies, ''), x.agencies_unverified, 'ALL') END END",
        "x.id",
    )
    subs = words.format("u.name || COALESCE(' (' || u.status || ')', '')", "u.row_no")
    op.execute("DROP VIEW report_request")
    for name, query in VIEWS.items():
        filled = query.replace("{members}", members).replace("{subs}", subs)
        if dialect == "postgresql":
            filled = HUNDREDTHS.sub(r"ROUND(\1 / 100.0, 2)", filled)
        op.execute(f"CREATE VIEW {name} AS {filled}")
