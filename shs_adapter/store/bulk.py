"""Many rows in one statement, which is the same for any number of them: PostgreSQL prepares it once.

On SQLite, where a statement costs no journey, each row is one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, Table, Update, bindparam, column, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TableValuedAlias

Record = Mapping[str, Any]
T = TypeVar("T")


async def insert_all(connection: AsyncConnection, table: Table, rows: Sequence[Record]) -> None:
    """Insert *rows*, which have the same columns, in order."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        names = tuple(rows[0])
        await connection.execute(_insert(table, names), _columns(names, rows))
    else:
        await connection.execute(insert(table), rows)


def insert_new(connection: AsyncConnection, table: Table) -> Any:
    """A statement that inserts rows, but for those like one that is there. Engines have no common type."""
    made = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return made(table).on_conflict_do_nothing()


async def update_all(
    connection: AsyncConnection,
    table: Table,
    keys: Collection[str],
    rows: Iterable[Record],
    *,
    once: Collection[str] = (),
) -> None:
    """Set in each row that *keys* name the other columns; a record with nothing but its keys sets nothing.

    Columns that are set *once* keep what they have.
    """
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for row in rows:
        if len(row) > len(keys):
            groups[tuple(sorted(row))].append(row)
    for names, group in groups.items():
        if connection.dialect.name == "postgresql":
            await connection.execute(_update(table, tuple(keys), names, tuple(once)), _columns(names, group))
        else:
            each = [{f"new_{name}": row[name] for name in names} for row in group]
            await connection.execute(_update_each(table, tuple(keys), names, tuple(once)), each)


# Made once for each table and choice of columns: to make a statement costs more than to send it.


@cache
def _insert(table: Table, names: tuple[str, ...]) -> Insert:
    return insert(table).from_select(names, select(_listed(table, names)))


@cache
def _update(table: Table, keys: tuple[str, ...], names: tuple[str, ...], once: tuple[str, ...]) -> Update:
    listed = _listed(table, names)
    same = [table.c[key] == listed.c[key] for key in keys]
    new = {name: listed.c[name] for name in names if name not in keys}
    return update(table).where(*same).values(_kept(table, new, once))


@cache
def _update_each(
    table: Table, keys: tuple[str, ...], names: tuple[str, ...], once: tuple[str, ...]
) -> Update:
    new: dict[str, Any] = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    same = [table.c[key] == new.pop(key) for key in keys]
    return update(table).where(*same).values(_kept(table, new, once))


def _kept(table: Table, new: Mapping[str, Any], once: Collection[str]) -> dict[str, Any]:
    """The *new* values, but where one that is set *once* has one."""
    return {
        name: func.coalesce(table.c[name], value) if name in once else value for name, value in new.items()
    }


def _listed(table: Table, names: Sequence[str]) -> TableValuedAlias:
    """Rows as PostgreSQL's table of one array a column, each a parameter that `_columns` gives."""
    arrays = [bindparam(f"all_{name}", type_=ARRAY(table.c[name].type)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns, name="listed").render_derived()


def _columns(names: Sequence[str], rows: Sequence[Record]) -> dict[str, list[Any]]:
    return {f"all_{name}": [row[name] for row in rows] for name in names}


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
