"""A business system, or whoever fills its forms, that writes texts of many megabytes.

    python -m tests.hostile.huge_rows adapter.db 10

inserts ten questions for each column that it may write, each with a text of so many megabytes in that column.
"""

import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing

MEGABYTE = 1_000_000
COLUMNS = (
    *(
        "tenant",
        "reference",
        "person_id",
        "case_id",
        "officer",
        "unit",
        "household_role",
        "from_date",
        "to_date",
    ),
    *("agencies", "lefi_profile", "not_before", "give_up_at", "created_by", "withdraw_reason", "contract"),
    "ask_anyway_reason",
)
# What can be said of a text that is too long, by column; else it is `COLUMN`.
CODES = {
    "tenant": "unknown_tenant",
    "person_id": "person_format",
    "withdraw_reason": "withdrawn",
    **{name: f"{name}_length" for name in ("reference", "case_id", "officer", "unit", "created_by")},
    "ask_anyway_reason": "ask_anyway_reason_length",
}


def questions(ordinary: Mapping[str, str], size: int, each: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Questions that are like an *ordinary* one but for one column, with *size* characters; and which."""
    for name in COLUMNS:
        for number in range(each):
            yield name, {**ordinary, name: f"{number}" + "x" * size}


def main(file: str, megabytes: str) -> None:
    ordinary = {"person_id": "197701172392", "case_id": "E-1", "officer": "prov"}
    with closing(sqlite3.connect(file)) as connection:
        for _, row in questions(ordinary, int(megabytes) * MEGABYTE, 10):
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            with connection:
                connection.execute(f"INSERT INTO outbox ({names}) VALUES ({marks})", tuple(row.values()))


if __name__ == "__main__":
    main(*sys.argv[1:3])
