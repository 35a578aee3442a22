"""Rows of a report view, in a stream: neither this program nor the database holds more than a piece.

A view over many persons is read some thousand numbers at a time, in the order of the report, so that what
SQLite sorts and groups in memory is bounded, too. Rows of protected identities come last: beside those of
the household they would tell whose they are.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Float, NullType, TypeEngine

from shs_adapter.printable import as_text
from shs_adapter.reports.columns import Kind
from shs_adapter.reports.filters import Filters
from shs_adapter.reports.report import Report
from shs_adapter.store import persons
from shs_adapter.store.report_tables import subject
from shs_adapter.store.tables import outbox
from shs_adapter.store.types import UtcDateTime
from shs_adapter.store.vault import Vault

SLICE = 2_000
_AT_ONCE = 500

Record = dict[str, Any]

# What SQLite has as text and numbers, PostgreSQL has as times and decimals.
_TYPES: Mapping[Kind, TypeEngine[Any]] = {
    Kind.TIME: UtcDateTime(),
    Kind.MONEY: Float(),
    Kind.TENTHS: Float(),
}
_TEXTS = (Kind.TEXT, Kind.TYPED, Kind.DAY, Kind.MONTH)


async def rows(
    connection: AsyncConnection, report: Report, filters: Filters, vault: Vault | None
) -> AsyncGenerator[Record, None]:
    """The rows that *filters* leave, as the view has them; with *vault*, each has a `personnummer`."""
    shares = await pieces(connection, report, filters)
    for one in [[which, piece] for which in await _passes(connection, report, filters) for piece in shares]:
        query = statement(connection, report, filters, one, report.order)
        result = await connection.stream(query, execution_options={"yield_per": _AT_ONCE})
        try:
            async for partition in result.mappings().partitions():
                records = [record(row) for row in partition]
                if vault is not None:
                    await _name(connection, vault, report, records)
                for each in records:
                    yield each
        finally:
            await result.close()


def statement(
    connection: AsyncConnection,
    report: Report,
    filters: Filters,
    more: Sequence[str],
    order: str,
    most: int | None = None,
) -> Any:
    """The rows that *filters* and *more* conditions leave, with times as times and numbers as numbers."""
    if connection.dialect.name == "postgresql":
        order = ", ".join(_sorted(report, term) for term in order.split(", "))
    where = " AND ".join([*filters.conditions(report), *more]) or "1 = 1"
    query = (
        f"SELECT {', '.join(report.names)} FROM {report.view}"  # noqa: S608  # names of the catalogue
        f" WHERE {where} ORDER BY {order}{'' if most is None else f' LIMIT {most}'}"
    )
    types = (_TYPES.get(report.column(name).kind, NullType()) for name in report.names)
    return filters.bind(query).columns(*map(column, report.names, types))


def record(row: RowMapping) -> Record:
    """The row; SQLite's columns of text may hold bytes, which become what they say."""
    found: Record = dict(row)
    if bytes in map(type, found.values()):
        return {name: as_text(one) if isinstance(one, bytes) else one for name, one in found.items()}
    return found


def _sorted(report: Report, term: str) -> str:
    """*term* of an order, so that PostgreSQL sorts as SQLite does: text by its bytes, NULL before all."""
    name, _, direction = term.partition(" ")
    if direction not in ("", "DESC"):
        return term  # an expression, which is never NULL
    collation = ' COLLATE "C"' if report.column(name).kind in _TEXTS else ""
    return f"{name}{collation} {'DESC NULLS LAST' if direction else 'NULLS FIRST'}"


async def _passes(connection: AsyncConnection, report: Report, filters: Filters) -> list[str]:
    """One after the other: what is not protected, and what is; or all at once."""
    if filters.persons or not report.is_about_persons:
        return ["1 = 1"]
    protected = await connection.scalar(select(subject.c.id).where(subject.c.restricted).limit(1))
    return ["restricted = 0"] if protected is None else ["restricted = 0", "restricted = 1"]


async def pieces(connection: AsyncConnection, report: Report, filters: Filters) -> list[str]:
    """Conditions that share the rows out, in the report's order; one case is one piece."""
    if report.slice_by is None or filters.case_id is not None:
        return ["1 = 1"]
    ids = subject.c.id if report.slice_by == "subject" else outbox.c.id
    least, most = (await connection.execute(select(func.min(ids), func.max(ids)))).one()
    slices = ["subject IS NULL"] if report.slice_by == "subject" else []
    if least is not None:
        slices += [
            f"{report.slice_by} BETWEEN {first} AND {first + SLICE - 1}"
            for first in range(least, most + 1, SLICE)
        ]
    return slices


async def _name(connection: AsyncConnection, vault: Vault, report: Report, records: Sequence[Record]) -> None:
    """Add who each row is about: by its question, else by the newest question about the person."""
    asked = [record[report.question] for record in records] if report.question else [None] * len(records)
    about = {record["subject"] for record, question in zip(records, asked, strict=True) if question is None}
    newest = await connection.execute(
        select(outbox.c.subject_id, func.max(outbox.c.id).label("question"))
        .where(outbox.c.subject_id.in_(about), outbox.c.person_sealed.is_not(None))
        .group_by(outbox.c.subject_id)
    )
    by_subject = {row.subject_id: row.question for row in newest}
    asked = [
        question or by_subject.get(record["subject"]) for record, question in zip(records, asked, strict=True)
    ]
    sealed: Any = await connection.execute(
        select(outbox.c.id, outbox.c.person_sealed).where(outbox.c.id.in_({one for one in asked if one}))
    )
    named = {row.id: persons.reveal(vault, row) for row in sealed}
    for record, question in zip(records, asked, strict=True):
        record["personnummer"] = named.get(question) or None
