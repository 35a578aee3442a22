"""What one answer says, written to the report tables, and taken out of them again.

Rule: what leads to a person is sealed, bound to its table, column and row.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.ssbtek.facts import Fact, Payment
from shs_adapter.store.bulk import insert_all
from shs_adapter.store.report_tables import (
    FACTS,
    UNKNOWN_MONTH,
    deviation,
    payment,
    payment_part,
    sub_result,
)
from shs_adapter.store.results import Result
from shs_adapter.store.types import among
from shs_adapter.store.vault import Vault


async def write(
    connection: AsyncConnection,
    vault: Vault,
    results: Sequence[Result],
    *,
    inbox_id: str,
    root_id: int,
    subject_id: int,
) -> None:
    """Write what *results* hold; whether a payment counts is for `recount` to say."""
    whose = {"inbox_id": inbox_id, "root_id": root_id, "subject_id": subject_id}
    await _payments(connection, {result.agency: result.payments for result in results}, whose)
    for table, said in (
        (sub_result, {result.agency: result.subs for result in results}),
        (deviation, {result.agency: result.deviations for result in results}),
    ):
        numbered = [
            {"inbox_id": inbox_id, "agency": agency, "row_no": no, **_plain(row)}
            for agency, rows in said.items()
            for no, row in enumerate(rows, 1)
        ]
        await insert_all(connection, table, numbered)
    facts = [fact for result in results for fact in result.facts]
    for table, kind in ((table, kind) for kind, table in FACTS.items()):
        ours = [fact for fact in facts if type(fact) is kind]
        await insert_all(
            connection, table, [_fact(vault, table, fact, inbox_id, no) for no, fact in enumerate(ours, 1)]
        )


async def remove(connection: AsyncConnection, inbox_ids: Collection[str]) -> None:
    """Take out all that the answers said."""
    paid = select(payment.c.id).where(among(payment.c.inbox_id, inbox_ids))
    await connection.execute(delete(payment_part).where(payment_part.c.payment_id.in_(paid)))
    for table in (payment, sub_result, deviation, *FACTS.values()):
        await connection.execute(delete(table).where(among(table.c.inbox_id, inbox_ids)))


async def written(connection: AsyncConnection, inbox_id: str) -> list[str]:
    """What was written of an answer, to compare it; facts are left out, for what is sealed never compares."""
    found: list[str] = []
    for table in (payment, sub_result, deviation):
        kept = [column for column in table.c if column.name not in ("id", "counts")]
        rows = await connection.execute(
            select(*kept).where(table.c.inbox_id == inbox_id).order_by(table.c.agency, table.c.row_no)
        )
        found += map(repr, rows)
    return found


def month(paid: Payment) -> str:
    """The month that a payment belongs to: of its day, else of the first day it covers (ssbtek-data d 1)."""
    day = paid.paid_on or paid.period_from
    return f"{day:%Y-%m}" if day else UNKNOWN_MONTH


async def _payments(
    connection: AsyncConnection, paid: Mapping[str, Sequence[Payment]], whose: dict[str, Any]
) -> None:
    numbered = [(agency, no, one) for agency, many in paid.items() for no, one in enumerate(many, 1)]
    rows = [
        {
            **whose,
            "agency": agency,
            "row_no": no,
            "counts": False,
            "month": month(one),
            **_plain(one, "parts"),
        }
        for agency, no, one in numbered
    ]
    await insert_all(connection, payment, rows)
    if not any(one.parts for _, _, one in numbered):
        return
    found = await connection.execute(
        select(payment.c.agency, payment.c.row_no, payment.c.id).where(
            payment.c.inbox_id == whose["inbox_id"]
        )
    )
    ids = {(row.agency, row.row_no): row.id for row in found}
    parts = [
        {"payment_id": ids[agency, no], "part_no": part_no, **_plain(part)}
        for agency, no, one in numbered
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
    return {
        field.name: getattr(value, field.name)
        for field in dataclasses.fields(value)
        if field.name not in left_out
    }
