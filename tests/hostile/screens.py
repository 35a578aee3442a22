"""Texts that act on a terminal, written wherever somebody else writes: a business system, a node, an agency.

    python -m tests.hostile.screens DATABASE

writes them into every such column of a SQLite database that has questions; look at it with any command.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from shs_adapter.config import Database
from tests.client import Client

# By what a terminal, a log or a reader does with them.
CHARACTERS = {
    "escape": "\x1b",
    "bell": "\a",
    "backspace": "\b",
    "carriage return": "\r",
    "line feed": "\n",
    "tab": "\t",
    "form feed": "\f",
    "delete": "\x7f",
    "C1 next line": "\x85",
    "C1 control sequence": "\x9b",
    "C1 operating system command": "\x9d",
    "soft hyphen": "\xad",
    "Arabic letter mark": "\u061c",
    "Hangul filler": "\u3164",
    "Mongolian vowel separator": "\u180e",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "left-to-right mark": "\u200e",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "right-to-left embedding": "\u202b",
    "right-to-left override": "\u202e",
    "word joiner": "\u2060",
    "right-to-left isolate": "\u2067",
    "variation selector": "\ufe0f",
    "byte order mark": "\ufeff",
    "annotation": "\ufff9",
    "noncharacter": "\uffff",
    "private use": "\ue000",
    "language tag": "\U000e0001",
    "tag letter": "\U000e0041",
}
TEXT = (
    "".join(f"a{one}" for one in CHARACTERS.values())
    + "[red]b[/red][link=https://x.example]c[/link]\x1b]0;d\a"
)

OTHERS: dict[str, Sequence[str]] = {
    "outbox": (
        *("tenant", "reference", "case_id", "officer", "unit", "household_role", "agencies", "created_by"),
        *("failure_code", "failure_text", "reason"),
    ),
    "subject": ("tenant", "case_id", "household_role"),
    "attempt": ("case_sent", "officer_sent", "node_id", "local_id", "arrival"),
    "notice": ("mailbox", "tx_id", "corr_id", "content_id", "product", "sequence_type", "sender", "code"),
    "inbox": ("mailbox", "tx_id", "corr_id", "content_id", "code", "outcome_code"),
    "agency_result": ("kalla", "felkod", "status", "version"),
    "disclosure": ("kalla", "felkod"),
    "sub_result": ("name", "status"),
    "payment": ("payer_org", "benefit_code", "benefit", "sub_benefit", "amount_type", "pay_type", "path"),
    "income": ("benefit", "currency"),
    "gap": ("kalla", "felkod"),
    "journal": ("tx_id", "code", "actor"),
    "link": ("scope", "code"),
}


_UNLOCKING = {
    "sqlite": "DROP TRIGGER journal_unchanged",
    "postgresql": "ALTER TABLE journal DISABLE TRIGGER journal_kept",
}


def write(client: Client, text: str = TEXT) -> None:
    """Put *text* behind what stands in each of the columns; the journal's too, as its owner may."""
    client.execute(_UNLOCKING[client.engine])
    for table, columns in OTHERS.items():
        changes = ", ".join(f"{one} = COALESCE({one}, '') || CAST(? AS TEXT)" for one in columns)
        client.execute(f"UPDATE {table} SET {changes}", *[text] * len(columns))


if __name__ == "__main__":
    write(Client(Database(url=f"sqlite:///{Path(sys.argv[1])}")))
