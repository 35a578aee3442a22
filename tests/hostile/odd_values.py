"""Values that SQLite takes where a text is meant, in every column that a business system writes.

    python -m tests.hostile.odd_values DATABASE

inserts a row for each column and value into a SQLite database, each fit but for that; run the daemon on it,
and look at it with any command.
"""

import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.store.test_schema import BUSINESS

# As SQL: a parameter cannot be a text that is no UTF-8.
VALUES: Mapping[str, str] = {
    "bytes": "x'414243'",
    "bytes that are no text": "x'ff00fe'",
    "no bytes": "x''",
    "a number in bytes": "CAST('19770117-2392' AS BLOB)",
    "a zero character": "CAST(x'41004200' AS TEXT)",
    "Latin-1": "CAST(x'c5736120d6' AS TEXT)",
    "a lone surrogate": "CAST(x'41eda080' AS TEXT)",
    "cut off": "CAST(x'41f09f98' AS TEXT)",
    "a whole number": "17",
    "the largest": "9223372036854775807",
    "a negative one": "-9223372036854775808",
    "a fraction": "1.5",
    "infinity": "9e999",
    "minus infinity": "-9e999",
    "many digits": "'" + "9" * 5_000 + "'",
    "empty": "''",
    "blank": "'  '",
    "nothing": "NULL",
}
FIT: Mapping[str, Any] = {
    "tenant": "default",
    "person_id": "197701172392",
    "case_id": "E-1",
    "officer": "anna",
    "from_date": "2026-10-01",
    "to_date": "2026-10-31",
    "agencies": "SO",
    "ask_anyway_reason": "prov",
}
# A value in these has no effect, or a good one, whatever it is; the others fail their row.
HARMLESS = ("reference", "unit", "created_by", "withdraw_reason", "ask_anyway_reason")


def insert(file: Path, **fit: Any) -> dict[int, tuple[str, str]]:
    """A row for each, in one transaction; by its id, column and value."""
    rows: dict[int, tuple[str, str]] = {}
    with closing(sqlite3.connect(file, timeout=30)) as connection, connection:
        for column in BUSINESS:
            for name, value in VALUES.items():
                row = dict.fromkeys(FIT, "?") | {column: value}
                given = [text for one, text in ({**FIT, **fit}).items() if one != column]
                cursor = connection.execute(
                    f"INSERT INTO outbox ({', '.join(row)}) VALUES ({', '.join(row.values())})", given
                )
                rows[int(cursor.lastrowid or 0)] = (column, name)
    return rows


if __name__ == "__main__":
    print(f"{len(insert(Path(sys.argv[1])))} rows inserted")
