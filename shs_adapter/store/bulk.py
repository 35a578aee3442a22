"""Many rows in one statement, which is the same for any number of them: PostgreSQL prepares it once.

On SQLite, where a statement costs no journey, each row is one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, column, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TableValuedAlias

Record = Mapping[str, Any]


async def insert_all(connection: AsyncConnection, table: Table, rows: Sequence[Record]) -> None:
    """Insert *rows*, which have the same columns, in order."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        await connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    await connection.execute(insert(table).from_select(names, select(_listed(table, names, rows))))


async def update_all(connection: AsyncConnection, table: Table, key: str, rows: Iterable[Record]) -> None:
    """Set in each row that *key* names the other columns; a record with nothing but its key sets nothing."""
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for row in rows:
        if len(row) > 1:
            groups[tuple(sorted(row))].append(row)
    for names, group in groups.items():
        changed = [name for name in names if name != key]
        if connection.dialect.name == "postgresql":
            listed = _listed(table, list(names), group)
            values: dict[str, Any] = {name: listed.c[name] for name in changed}
            query = update(table).where(table.c[key] == listed.c[key]).values(values)
            await connection.execute(query)
        else:
            values = {name: bindparam(f"new_{name}") for name in changed}
            query = update(table).where(table.c[key] == bindparam("new_" + key)).values(values)
            await connection.execute(query, [{f"new_{name}": row[name] for name in names} for row in group])


def _listed(table: Table, names: Sequence[str], rows: Sequence[Record]) -> TableValuedAlias:
    """The rows as PostgreSQL's table of one array a column."""
    arrays = [literal([row[name] for row in rows], ARRAY(table.c[name].type)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns, name="listed").render_derived()
