"""Many rows in one statement, which is the same for any number of them: PostgreSQL prepares it once.

On SQLite, where a statement costs no journey, each row is one.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Column, Insert, Table, Update, bindparam, column, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TableValuedAlias

Record = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Part:
    """What is done with rows that have the columns *names*; without *keys* they are inserted."""

    table: Table
    names: tuple[str, ...]
    keys: tuple[str, ...] = ()
    once: tuple[str, ...] = ()


class Writes:
    """Writes to several tables that are sent together: on PostgreSQL as the parts of one statement.

    No part sees what another writes, but all of them count when foreign keys are looked at. So a row has one
    part, and what is to be read back is sent before.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[_Part, Sequence[Record]]] = []

    def insert(self, table: Table, rows: Sequence[Record], *, names: Sequence[str] = ()) -> None:
        """Insert *rows*, which have the same columns, in order.

        With *names*, the columns, the statement is the same where there are none.
        """
        if rows or names:
            self._parts.append((_Part(table, tuple(names or rows[0])), rows))

    def update(
        self, table: Table, keys: Sequence[str], rows: Iterable[Record], *, once: Sequence[str] = ()
    ) -> None:
        """Set in each row that *keys* name the other columns; a record of nothing but keys sets nothing.

        Columns that are set *once* keep what they have.
        """
        groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
        for row in rows:
            if len(row) > len(keys):
                groups[tuple(sorted(row))].append(row)
        for names, group in sorted(groups.items()):  # in any other order it were another statement
            self._parts.append((_Part(table, names, tuple(keys), tuple(once)), group))

    async def send(self, connection: AsyncConnection) -> None:
        """Write what was gathered, and begin anew."""
        parts, self._parts = self._parts, []
        if not any(rows for _, rows in parts):
            return
        if connection.dialect.name == "postgresql":
            values = dict[str, list[Any]]()
            for no, (part, rows) in enumerate(parts):
                values |= {_parameter(no, name): [row[name] for row in rows] for name in part.names}
            await connection.execute(_together(tuple(part for part, _ in parts)), values)
            return
        for part, rows in parts:
            if rows and part.keys:
                each = [{f"new_{name}": row[name] for name in part.names} for row in rows]
                await connection.execute(_update_each(part), each)
            elif rows:
                await connection.execute(insert(part.table), rows)


async def insert_all(connection: AsyncConnection, table: Table, rows: Sequence[Record]) -> None:
    """Insert *rows* as `Writes` do."""
    writes = Writes()
    writes.insert(table, rows)
    await writes.send(connection)


async def update_all(
    connection: AsyncConnection,
    table: Table,
    keys: Sequence[str],
    rows: Iterable[Record],
) -> None:
    """Set columns of rows as `Writes` do."""
    writes = Writes()
    writes.update(table, keys, rows)
    await writes.send(connection)


# Made once for each choice of tables and columns: to make a statement costs more than to send it.


@cache
def insert_new(dialect: str, table: Table, *returning: Column[Any]) -> Any:
    """A statement that inserts rows, but for those like one that is there. Engines have no common type."""
    made = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table).on_conflict_do_nothing()
    return made.returning(*returning) if returning else made


@cache
def _together(parts: tuple[_Part, ...]) -> Insert | Update:
    *others, last = (_statement(no, part) for no, part in enumerate(parts))
    return last.add_cte(*(one.cte(f"part_{no}") for no, one in enumerate(others)))


def _statement(no: int, part: _Part) -> Insert | Update:
    listed = _listed(no, part)
    if not part.keys:
        return insert(part.table).from_select(part.names, select(listed))
    same = [part.table.c[key] == listed.c[key] for key in part.keys]
    return update(part.table).where(*same).values(_new(part, listed.c))


@cache
def _update_each(part: _Part) -> Update:
    given = {name: bindparam(f"new_{name}", type_=part.table.c[name].type) for name in part.names}
    same = [part.table.c[key] == given[key] for key in part.keys]
    return update(part.table).where(*same).values(_new(part, given))


def _new(part: _Part, given: Any) -> dict[str, Any]:
    """The *given* values of all but the keys; where one that is set *once* has one, that."""
    return {
        name: func.coalesce(part.table.c[name], given[name]) if name in part.once else given[name]
        for name in part.names
        if name not in part.keys
    }


def _listed(no: int, part: _Part) -> TableValuedAlias:
    """Rows as PostgreSQL's table of one array a column, each a parameter."""
    kinds = {name: part.table.c[name].type for name in part.names}
    arrays = [bindparam(_parameter(no, name), type_=ARRAY(kind)) for name, kind in kinds.items()]
    columns = [column(name, kind) for name, kind in kinds.items()]
    return func.unnest(*arrays).table_valued(*columns, name=f"listed_{no}").render_derived()


def _parameter(no: int, name: str) -> str:
    return f"all_{no}_{name}"


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
