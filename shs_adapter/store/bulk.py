"""Many rows in one statement, which is the same for any number of them: PostgreSQL prepares it once.

On SQLite, where a statement costs no journey, each row is one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, column, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TableValuedAlias

Record = Mapping[str, Any]
T = TypeVar("T")


async def insert_all(connection: AsyncConnection, table: Table, rows: Sequence[Record]) -> None:
    """Insert *rows*, which have the same columns, in order."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        await connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    await connection.execute(insert(table).from_select(names, select(_listed(table, names, rows))))


async def update_all(
    connection: AsyncConnection, table: Table, keys: Collection[str], rows: Iterable[Record]
) -> None:
    """Set in each row that *keys* name the other columns; a record with nothing but its keys sets nothing."""
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for row in rows:
        if len(row) > len(keys):
            groups[tuple(sorted(row))].append(row)
    for names, group in groups.items():
        changed = [name for name in names if name not in keys]
        if connection.dialect.name == "postgresql":
            listed = _listed(table, list(names), group)
            values: dict[str, Any] = {name: listed.c[name] for name in changed}
            same = [table.c[key] == listed.c[key] for key in keys]
            await connection.execute(update(table).where(*same).values(values))
        else:
            values = {name: bindparam(f"new_{name}") for name in changed}
            same = [table.c[key] == bindparam(f"new_{key}") for key in keys]
            query = update(table).where(*same).values(values)
            await connection.execute(query, [{f"new_{name}": row[name] for name in names} for row in group])


def one_each(rows: Iterable[T], key: Callable[[T], Hashable]) -> Iterator[list[T]]:
    """The rows in batches in which each *key* occurs once; those with the same one keep their order."""
    left = list(rows)
    while left:
        batch, later = dict[Hashable, T](), list[T]()
        for row in left:
            if batch.setdefault(key(row), row) is not row:
                later.append(row)
        yield list(batch.values())
        left = later


def _listed(table: Table, names: Sequence[str], rows: Sequence[Record]) -> TableValuedAlias:
    """The rows as PostgreSQL's table of one array a column."""
    arrays = [literal([row[name] for row in rows], ARRAY(table.c[name].type)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns, name="listed").render_derived()
