"""What the README has a PostgreSQL administrator write, and what the business system can then do."""

import re
from pathlib import Path

import asyncpg
import pytest

from shs_adapter.cli.grants import statements
from shs_adapter.config import Database
from tests.client import Client
from tests.databases import Cluster

README = Path(__file__).parents[1] / "README.md"
SEALED = (
    "outbox.person_id",
    "outbox.person_sealed",
    "attempt.envelope_sealed",
    "inbox.body_sealed",
    "piece.sealed",
)


def test_a_business_system_may_ask_take_back_and_read_reports_and_sees_nothing_sealed(
    cluster: Cluster, template: str
) -> None:
    name = cluster.fresh(template)
    owner = Client(Database(url=cluster.url(name)))
    business = Client(Database(url=cluster.url(name).replace("adapter@", "business@")))
    readme = README.read_text(encoding="utf-8")
    _, reading = re.findall(r"```sql\n(.*?)```", readme, re.DOTALL)
    assert "grants --tenant default --role business | psql" in readme
    cluster.execute_all("\n".join(statements(["default"], "business")), name)

    columns = "reference, person_id, case_id, officer, from_date, to_date"
    asking = f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
    asked = business.execute(asking, "my-1", "197701172392", "EB-1", "anna", "2026-10-01", "2026-10-31")
    taken_back = business.execute(
        "UPDATE outbox SET withdraw_reason = ? WHERE reference = ? RETURNING id", "error", "my-1"
    )
    reports = [query for query in reading.split(";") if "report_" in query and "journal" not in query]
    found = [len(business.rows(query)) for query in reports]

    assert asked == taken_back == [(1,)]
    assert found == [1, 0, 0]
    for place in SEALED:
        table, _, column = place.partition(".")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            business.rows(f"SELECT {column} FROM {table}")
    business.close()
    owner.close()
    cluster.drop(name)
