"""A municipality: its configuration, and its database as a business system sees it, from outside."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from shs_adapter.config import Database, host
from shs_adapter.sandbox.letters import PRODUCT
from shs_adapter.store import vault
from tests.client import Client, Row

CLIENT = "2120002411"
PERSONS = (
    "197701172392",
    "200002292399",
    "197701182383",
    "197701182391",
    "197701192390",
    "197701202397",
    "197701212396",
    "197701222387",
)

_BASE = """\
[database]
url = "{url}"
[keys]
file = "keys.toml"
[daemon]
name = "prov"
"""

_TENANT = """\
[tenants.{name}]
organisation_number = "162120002411"
name = "Provköping"
aktorsid = "000-00"
answered_fund_statuses = ["all clear"]
[[tenants.{name}.purpose]]
text = "Prov"
valid_from = 2025-07-01
[[tenants.{name}.legal_basis]]
text = "Provlagen"
agencies = ["SO", "TNS"]
valid_from = 2025-07-01
[tenants.{name}.tls]
certificate = "{identity}client.pem"
private_key = "{identity}client.key"
ca = "ca.pem"
[tenants.{name}.shs]
"""

# Short enough for a test, long enough for a machine that is busy with others.
_QUICK: Mapping[str, Mapping[str, object]] = {
    "polling": {"idle": 0.05, "mailbox": 0.05},
    "retry": {"first": 0.05, "most": 0.2},
    "limits": {"request_timeout": 20},
}


@dataclass(frozen=True, slots=True)
class Municipality:
    directory: Path
    stead: Database

    @property
    def config(self) -> Path:
        return self.directory / "adapter.toml"

    @property
    def client(self) -> Client:
        return Client(self.stead)

    async def ask(self, person: str = PERSONS[0], **columns: object) -> int:
        """Insert one question, as a business system does; returns its id."""
        today = datetime.now(UTC).date()
        row: dict[str, object] = {
            "person_id": person,
            "case_id": f"E-{uuid4().hex[:8]}",  # the same question is not asked twice
            "officer": "prov",
            "from_date": str(today - timedelta(days=40)),
            "to_date": str(today - timedelta(days=10)),
        } | columns
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        sql = f"INSERT INTO outbox ({names}) VALUES ({marks}) RETURNING id"
        return int((await self.execute(sql, *row.values()))[0][0])

    async def ask_all(self, count: int) -> list[int]:
        return [await self.ask(person) for person in PERSONS[:count]]

    async def execute(self, sql: str, *values: object) -> list[Row]:
        """Write; beside the event loop, where a daemon may be in the middle of a transaction."""
        return await asyncio.to_thread(self.client.execute, sql, *values)

    def rows(self, sql: str, *values: object) -> list[Row]:
        return self.client.rows(sql, *values)

    def values(self, sql: str, *values: object) -> list[Any]:
        """The first column."""
        return self.client.values(sql, *values)

    def question(self, number: int) -> Row:
        (row,) = self.rows("SELECT * FROM outbox WHERE id = ?", number)
        return row

    def is_done(self, number: int) -> bool:
        """Answered, and the answer judged."""
        row = self.question(number)
        return bool(row["state"] == "done" and row["outcome"] != "PENDING")

    def are_closed(self, count: int) -> bool:
        """Whether there are *count* notices, and nothing is left to do for them or for what they brought."""
        open_ones = "SELECT 1 FROM notice WHERE state IN ('listed', 'locked', 'unfetchable', 'stored')"
        undecoded = "SELECT 1 FROM inbox WHERE kind = 'answer' AND decoded_at IS NULL"
        return len(self.rows("SELECT 1 FROM notice")) == count and not self.rows(
            f"{open_ones} UNION ALL {undecoded}"
        )

    def attempts(self, number: int) -> list[Row]:
        return self.rows("SELECT * FROM attempt WHERE outbox_id = ? ORDER BY number", number)

    def accepted(self) -> int:
        """How many envelopes the node has taken."""
        return len(self.rows("SELECT 1 FROM attempt WHERE accepted_at IS NOT NULL"))

    def tx_id(self, number: int) -> str:
        return str(self.attempts(number)[-1]["tx_id"])

    def events(self, number: int) -> list[str]:
        """What the journal says of a question."""
        return self.values("SELECT event FROM journal WHERE outbox_id = ? ORDER BY id", number)

    def alarms(self, name: str) -> list[str]:
        """The tx.ids about which an alarm was raised."""
        return self.values("SELECT tx_id FROM journal WHERE event = ? ORDER BY id", name)

    def links_down(self) -> dict[str, str]:
        """The code by kind: submit, tenant or mailbox."""
        rows = self.rows("SELECT scope, code FROM link WHERE retry_at IS NOT NULL")
        return {row["scope"].partition(":")[0]: row["code"] for row in rows}


def found(
    directory: Path,
    stead: Database,
    url: str,
    *,
    tenants: Mapping[str, Mapping[str, object]] | None = None,
    identities: Mapping[str, str] | None = None,
    **sections: Mapping[str, object],
) -> Municipality:
    """Write keys and configuration beside the certificates, for the database at *stead*.

    *tenants* and *sections* add to, or replace, what the configuration says; *identities* are folders with
    other client certificates, by tenant.
    """
    shs = {
        "submit_url": f"{url}/shs/rs",
        "delivery_url": f"{url}/shs/ds",
        "from": CLIENT,
        "product": PRODUCT,
        "status": "test",
    }
    text = _BASE.format(url=stead.url)
    for name, settings in (tenants or {"default": {}}).items():
        text += _TENANT.format(name=name, identity=(identities or {}).get(name, "")) + _pairs(
            {**shs, **settings}
        )
    for name in {**_QUICK, **sections}:
        # `counterparts` is what the one counterpart asks.
        table = f'counterparts."{host(url)}"' if name == "counterparts" else name
        text += f"[{table}]\n" + _pairs({**_QUICK.get(name, {}), **sections.get(name, {})})
    municipality = Municipality(directory, stead)
    municipality.config.write_text(text, encoding="utf-8")
    vault.write_new(directory / "keys.toml")
    return municipality


def _pairs(settings: Mapping[str, object]) -> str:
    """JSON's numbers and texts are TOML's."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
