"""What one answer says, written to the report tables, and taken out of them again.

Rule: what leads to a person is sealed, bound to its table, column and row.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.ssbtek.bounds import short
from shs_adapter.ssbtek.facts import Fact, Payment
from shs_adapter.store.bulk import Writes, insert_all
from shs_adapter.store.report_tables import (
    FACTS,
    UNKNOWN_MONTH,
    deviation,
    payment,
    payment_part,
    sub_result,
)
from shs_adapter.store.results import Result
from shs_adapter.store.types import among, any_of
from shs_adapter.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one answer says, and about whom: the first question of its family, and the subject."""

    inbox_id: str
    root_id: int
    subject_id: int
    results: Sequence[Result]


async def write(
    connection: AsyncConnection, vault: Vault, contents: Sequence[Content], writes: Writes
) -> None:
    """Write what answers hold, with other *writes*; whether a payment counts is for `recount` to say."""
    paid = _numbered(contents)
    writes.insert(payment, [_payment(*one) for one in paid])
    rows: dict[Table, list[dict[str, Any]]] = {}
    for table, name in ((sub_result, "subs"), (deviation, "deviations")):
        rows[table] = [
            {"inbox_id": content.inbox_id, "agency": result.agency, "row_no": no, **_plain(row)}
            for content in contents
            for result in content.results
            for no, row in enumerate(getattr(result, name), 1)
        ]
    for kind, table in FACTS.items():
        rows[table] = [
            _fact(vault, table, fact, content.inbox_id, no)
            for content in contents
            for no, fact in enumerate(_of_kind(kind, content.results), 1)
        ]
    for table, those in rows.items():
        # What answers tell differs from one to the next, and the statement should not.
        writes.insert(table, those, names=table.c.keys())
    await writes.send(connection)
    await _parts(connection, paid)


def _of_kind(kind: type[Fact], results: Iterable[Result]) -> Iterator[Fact]:
    return (fact for result in results for fact in result.facts if type(fact) is kind)


async def remove(connection: AsyncConnection, inbox_ids: Collection[str]) -> None:
    """Take out all that the answers said."""
    paid = select(payment.c.id).where(among(payment.c.inbox_id, inbox_ids))
    await connection.execute(delete(payment_part).where(payment_part.c.payment_id.in_(paid)))
    for table in (payment, sub_result, deviation, *FACTS.values()):
        await connection.execute(delete(table).where(among(table.c.inbox_id, inbox_ids)))


async def written(connection: AsyncConnection, inbox_ids: Collection[str]) -> dict[str, list[str]]:
    """What was written of each answer, to compare it; no facts, for what is sealed never compares."""
    found: dict[str, list[str]] = {inbox_id: [] for inbox_id in inbox_ids}
    for table in (payment, sub_result, deviation) if inbox_ids else ():
        kept = [column for column in table.c if column.name not in ("id", "counts")]
        rows = await connection.execute(
            select(*kept).where(among(table.c.inbox_id, inbox_ids)).order_by(table.c.agency, table.c.row_no)
        )
        for row in rows:
            found[row.inbox_id].append(repr(row))
    return found


def month(paid: Payment) -> str:
    """The month that a payment belongs to: of its day, else of the first day it covers (ssbtek-data d 1)."""
    day = paid.paid_on or paid.period_from
    return day.isoformat()[:7] if day else UNKNOWN_MONTH


_IDS = select(payment.c.inbox_id, payment.c.agency, payment.c.row_no, payment.c.id).where(
    any_of(payment.c.inbox_id, "inbox_ids")
)


_Numbered = tuple[Content, str, int, Payment]  # a payment by answer, agency and number


def _numbered(contents: Iterable[Content]) -> list[_Numbered]:
    return [
        (content, result.agency, no, one)
        for content in contents
        for result in content.results
        for no, one in enumerate(result.payments, 1)
    ]


def _payment(content: Content, agency: str, no: int, paid: Payment) -> dict[str, Any]:
    return {
        "inbox_id": content.inbox_id,
        "root_id": content.root_id,
        "subject_id": content.subject_id,
        "agency": agency,
        "row_no": no,
        "counts": True,  # as most do
        "month": month(paid),
        **_plain(paid, "parts"),
        **{name: short(getattr(paid, name), most) for name, most in _IN_KEYS.items()},
    }


# What of a payment stands in the key of `income`, and how many characters of it: PostgreSQL's index takes
# 2,704 bytes a row.
_IN_KEYS = {"benefit": 300, "currency": 60}


async def _parts(connection: AsyncConnection, paid: Iterable[_Numbered]) -> None:
    in_parts = [one for one in paid if one[-1].parts]
    if not in_parts:
        return
    found = await connection.execute(_IDS, {"inbox_ids": {content.inbox_id for content, *_ in in_parts}})
    ids = {(row.inbox_id, row.agency, row.row_no): row.id for row in found}
    parts = [
        {"payment_id": ids[content.inbox_id, agency, no], "part_no": part_no, **_plain(part)}
        for content, agency, no, one in in_parts
        for part_no, part in enumerate(one.parts, 1)
    ]
    await insert_all(connection, payment_part, parts)


def _fact(vault: Vault, table: Table, fact: Fact, inbox_id: str, row_no: int) -> dict[str, Any]:
    row: dict[str, Any] = {"inbox_id": inbox_id, "row_no": row_no}
    for field in dataclasses.fields(fact):
        value = getattr(fact, field.name)
        if field.metadata.get("sealed"):
            column = f"{field.name}_sealed"
            place = f"{table.name}.{column}:{inbox_id}:{row_no}"
            row[column] = None if value is None else vault.seal(value.encode(), place)
        else:
            row[field.name] = value
    return row


def _plain(value: Any, *left_out: str) -> dict[str, Any]:
    """The fields of a value, not of the values in it."""
    names, values = _fields(type(value), left_out)  # type: ignore[arg-type]  # a class can be hashed
    return dict(zip(names, values(value), strict=True))


@cache
def _fields(kind: type, left_out: tuple[str, ...]) -> tuple[list[str], Callable[[object], tuple[Any, ...]]]:
    names = [field.name for field in dataclasses.fields(kind) if field.name not in left_out]
    return names, attrgetter(*names)
