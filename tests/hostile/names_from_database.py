"""An attacker with a copy of the database and the configuration, without the key file: who is in there?

    python -m tests.hostile.names_from_database adapter.toml adapter.db

tries every published test number against every value that stands in the clear. Whatever is made of a number
and of what else lies in the database, without a key, names its person: a digest of the number, of the
question that asks about it, of an answer that repeats it.
"""

import base64
import hashlib
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from shs_adapter import config
from shs_adapter.config import Tenant
from shs_adapter.daemon import envelope, intake
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.errors import InvalidQuestion
from shs_adapter.hours import SWEDEN
from shs_adapter.sandbox.cast import NUMBERS

Rows = Mapping[str, Iterable[Mapping[str, Any]]]  # by table
Guesses = Iterable[tuple[str, bytes]]  # a number, and what may have been digested if it is the one

_ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
_SHORTEST = 8  # characters of a digest that is cut
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_ENOUGH = 1 << 30  # bytes of a message


def named(rows: Rows, guesses: Guesses) -> set[str]:
    """The numbers that a value in the clear gives away."""
    digests: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for number, guess in guesses:
        for written in _written(guess):
            digests[written[:_SHORTEST].lower()].append((written.lower(), number))
    found = set()
    for token in _tokens(rows):
        for written, number in digests.get(token[:_SHORTEST].lower(), ()):
            if written.startswith(token.lower()):
                found.add(number)
    return found


def _written(guess: bytes) -> Iterator[str]:
    for name in _ALGORITHMS:
        digest = hashlib.new(name, guess).digest()
        yield digest.hex()
        yield base64.b64encode(digest).decode().rstrip("=")
        yield base64.urlsafe_b64encode(digest).decode().rstrip("=")
        yield base64.b32encode(digest).decode().rstrip("=")


def _tokens(rows: Rows) -> Iterator[str]:
    for table in rows.values():
        for row in table:
            for value in row.values():
                text = value.hex() if isinstance(value, bytes) else str(value)
                yield from _TOKEN.findall(text)


def plain(numbers: Iterable[str]) -> Guesses:
    """A number by itself, as people write it."""
    for number in numbers:
        ten = number[2:]
        for text in (number, f"{number[:8]}-{number[8:]}", ten, f"{ten[:6]}-{ten[6:]}", f"16{ten}"):
            yield number, text.encode()
            yield number, (text + "\n").encode()


def questions(rows: Rows, tenants: Mapping[str, Tenant], numbers: Iterable[str]) -> Guesses:
    """The whole question, as it would have been sent about each of the numbers."""
    asked = {row["id"]: row for row in rows["outbox"]}
    for attempt in rows["attempt"]:
        row = asked.get(attempt["outbox_id"])
        tenant = tenants.get(row["tenant"]) if row else None
        if row is None or tenant is None:
            continue
        built = _time(attempt["built_at"])
        for number in numbers:
            with suppress(InvalidQuestion):
                yield number, _question(row, attempt, tenant, number, built)


def _question(
    row: Mapping[str, Any], attempt: Mapping[str, Any], tenant: Tenant, number: str, built: datetime
) -> bytes:
    local = built.astimezone(SWEDEN).replace(tzinfo=None)
    wanted = intake.read(SimpleNamespace(**row), number, tenant, local.date())
    return envelope.build(
        wanted,
        row["tenant"],
        tenant,
        tx_id=attempt["tx_id"],
        content_id=attempt["content_id"],
        today=local.date(),
        local_now=local,
        limit=_ENOUGH,
        schemas=Schemas(),
    ).raw


def _time(value: Any) -> datetime:
    """SQLite has texts, in UTC."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def tables(path: Path) -> Rows:
    """All that a database file holds."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in names}


def main(configuration: Path, database: Path) -> None:
    rows, tenants = tables(database), config.load(configuration).tenants
    found = named(rows, [*plain(NUMBERS), *questions(rows, tenants, sorted(NUMBERS))])
    print(f"{len(found)} of the test persons are named by what stands in the clear")
    sys.exit(bool(found))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
