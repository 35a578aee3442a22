"""What there is to do, and where it begins: one cheap look, so that an idle daemon costs next to nothing.

The statement is made once, by SQLAlchemy, and goes to the driver itself: SQLAlchemy's way there costs several
times as much as the look.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from sqlalchemy import ColumnElement, Dialect, exists, func, literal, or_, select

from shs_adapter.config import Database
from shs_adapter.lifecycle import State
from shs_adapter.store import claims, inbox, outbox, persons, sqlite
from shs_adapter.store.leases import NOW, is_free
from shs_adapter.store.marks import Place
from shs_adapter.store.tables import inbox as inbox_table
from shs_adapter.store.tables import outbox as table
from shs_adapter.store.types import UtcDateTime

DOORBELL = "shs_adapter"  # PostgreSQL's channel on which business systems may ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What waits: rows to take note of, answers to decode, and the first question of each state."""

    note: bool
    decode: bool
    new: Place | None
    ready: Place | None


def _first(state: State) -> ColumnElement[int]:
    """The id of the first question in *state* that is due.

    It is looked for priority by priority, for what is not due yet is not read on the way to the next one.
    """
    lowest = select(func.min(table.c.priority)).where(outbox.is_in(state))
    each = select(lowest.scalar_subquery().label("priority")).cte(f"{state}_priorities", recursive=True)
    higher = lowest.where(table.c.priority > each.c.priority).scalar_subquery()
    each = each.union_all(select(higher).where(each.c.priority.is_not(None)))
    # In the index's own order, for PostgreSQL would sort what it finds by IS NULL.
    urgency = table.c.priority, table.c.due_at, table.c.id
    due = select(table.c.id).where(claims.is_due(state), is_free(table, NOW)).order_by(*urgency).limit(1)
    within = due.where(table.c.priority == each.c.priority).scalar_subquery().label("id")
    found = select(each.c.priority, within).subquery()
    numbered = select(found.c.id).where(found.c.id.is_not(None)).order_by(found.c.priority).limit(1)
    others = due.where(table.c.priority.is_(None))
    return func.coalesce(numbered.scalar_subquery(), others.scalar_subquery())


_FIRST = select(_first(State.NEW).label("new"), _first(State.READY).label("ready")).subquery("first_ones")
_NEW, _READY = table.alias("new_question"), table.alias("ready_question")
_UNSEALED = select(table.c.id).where(persons.unsealed()).order_by(table.c.id).limit(1)  # see persons.seal
# Made once: it is asked many times a second.
_LOOK = select(
    or_(_UNSEALED.scalar_subquery().is_not(None), exists(literal(1)).where(outbox.to_withdraw())),
    exists(literal(1)).where(inbox.is_due(), is_free(inbox_table, NOW)),
    *(one.c[name] for one in (_NEW, _READY) for name in ("priority", "due_at", "id")),
).select_from(
    _FIRST.outerjoin(_NEW, _NEW.c.id == _FIRST.c.new).outerjoin(_READY, _READY.c.id == _FIRST.c.ready)
)


class Statement:
    """The look in the words of one *dialect*, and what its row says."""

    def __init__(self, dialect: Dialect) -> None:
        compiled, time = _LOOK.compile(dialect=dialect), UtcDateTime().dialect_impl(dialect)
        names = compiled.positiontup or []
        self.query = str(compiled)
        self._values = [compiled.params[name] for name in names]
        self._times = [place for place, name in enumerate(names) if name == "now"]
        self._written = time.bind_processor(dialect) or _as_it_is
        self._read: Callable[[Any], Any] = time.result_processor(dialect, None) or _as_it_is

    def values(self, now: datetime) -> list[Any]:
        """The parameters, in their order; the list is used again."""
        written = self._written(now)
        for place in self._times:
            self._values[place] = written
        return self._values

    def read(self, row: Sequence[Any]) -> Work:
        note, decode, *places = row
        return Work(
            note=bool(note), decode=bool(decode), new=self._place(*places[:3]), ready=self._place(*places[3:])
        )

    def _place(self, priority: int | None, due_at: Any, outbox_id: int | None) -> Place | None:
        return None if outbox_id is None else Place(priority, self._read(due_at), outbox_id)


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Look:
    """The look over a connection of its own; raises what the driver raises."""

    statement: Statement
    fetch: Callable[[str, list[Any]], Awaitable[Sequence[Any]]]
    close: Callable[[], None]

    async def waiting(self, now: datetime) -> Work:
        """What is to be done at *now*, by whichever daemon comes first."""
        return self.statement.read(await self.fetch(self.statement.query, self.statement.values(now)))


async def open_look(database: Database, dialect: Dialect, rung: Callable[[], None] | None = None) -> Look:
    """A look at *database*, over a new connection; on PostgreSQL *rung* is called when somebody rings."""
    statement = Statement(dialect)
    if database.file is not None:
        return _on_sqlite(sqlite.connect(database.file), statement)
    from shs_adapter.store import postgresql  # imported here: on SQLite its driver is not needed

    connection = await postgresql.connect(database, reading=True)
    # Left to itself it plans each look anew, which takes ten times as long as to look. One plan for all must
    # not be one that reads whole tables, however small they are when it is made.
    await connection.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
    if rung is not None:
        await connection.add_listener(DOORBELL, lambda *_: rung())

    async def fetch(query: str, values: list[Any]) -> Sequence[Any]:
        row: Sequence[Any] = await connection.fetchrow(query, *values)
        return row

    return Look(statement, fetch, connection.terminate)


def _on_sqlite(connection: Connection, statement: Statement) -> Look:
    async def fetch(query: str, values: list[Any]) -> Sequence[Any]:
        """In the event loop's own thread, for the way to another takes longer; it waits for no writer."""
        row: Sequence[Any] = connection.execute(query, values).fetchone()
        return row

    return Look(statement, fetch, connection.close)
