"""What there is to do, and where it begins: one cheap look, so that an idle daemon costs next to nothing.

The statement goes over the driver's own connection: SQLAlchemy's way there costs several times as much.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Dialect, bindparam, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.lifecycle import State
from shs_adapter.store import inbox, outbox, persons
from shs_adapter.store.marks import Place
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


_NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())


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
    due = select(table.c.id).where(outbox.is_due(state, _NOW)).order_by(*urgency).limit(1)
    within = due.where(table.c.priority == each.c.priority).scalar_subquery().label("id")
    found = select(each.c.priority, within).subquery()
    numbered = select(found.c.id).where(found.c.id.is_not(None)).order_by(found.c.priority).limit(1)
    others = due.where(table.c.priority.is_(None))
    return func.coalesce(numbered.scalar_subquery(), others.scalar_subquery())


_FIRST = select(_first(State.NEW).label("new"), _first(State.READY).label("ready")).subquery("first_ones")
_NEW, _READY = table.alias("new_question"), table.alias("ready_question")
# Made once: it is asked many times a second.
_LOOK = select(
    or_(*(exists(literal(1)).where(one) for one in (persons.unsealed(), outbox.to_withdraw()))),
    exists(literal(1)).where(inbox.is_due(_NOW)),
    *(one.c[name] for one in (_NEW, _READY) for name in ("priority", "due_at", "id")),
).select_from(
    _FIRST.outerjoin(_NEW, _NEW.c.id == _FIRST.c.new).outerjoin(_READY, _READY.c.id == _FIRST.c.ready)
)


class Look:
    """The look, over a *driver* connection that is used for nothing else, and raises what that raises.

    Each is a statement of its own, and holds no snapshot.
    """

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self._driver = driver
        self._on_postgresql = dialect.name == "postgresql"
        self._compiled = _LOOK.compile(dialect=dialect)
        self._query = str(self._compiled)
        self._write = UtcDateTime().bind_processor(dialect) or _as_it_is
        self._read: Callable[[Any], Any] = UtcDateTime().result_processor(dialect, None) or _as_it_is

    @classmethod
    async def over(cls, connection: AsyncConnection) -> "Look":
        driver: Any = (await connection.get_raw_connection()).driver_connection
        if connection.dialect.name == "postgresql":
            # Left to itself it plans each look anew, which takes ten times as long as to look. One plan for
            # all must not be one that reads whole tables, however small they are when it is made.
            await driver.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        return cls(driver, connection.dialect)

    async def waiting(self, now: datetime) -> Work:
        """What is to be done at *now*, by whichever daemon comes first."""
        query, values = self.asked(now)
        if self._on_postgresql:
            row = await self._driver.fetchrow(query, *values)
        else:
            (row,) = await self._driver.execute_fetchall(query, values)
        note, decode, *places = row
        return Work(
            note=bool(note), decode=bool(decode), new=self._place(*places[:3]), ready=self._place(*places[3:])
        )

    def asked(self, now: datetime) -> tuple[str, tuple[object, ...]]:
        """The statement and its parameters."""
        values = self._compiled.params | {"now": self._write(now)}
        return self._query, tuple(values[name] for name in self._compiled.positiontup or ())

    async def listen(self, rung: Callable[[], None]) -> None:
        """On PostgreSQL: call *rung* whenever somebody notifies the channel DOORBELL."""
        await self._driver.add_listener(DOORBELL, lambda *_: rung())

    def _place(self, priority: int | None, due_at: Any, outbox_id: int | None) -> Place | None:
        return None if outbox_id is None else Place(priority, self._read(due_at), outbox_id)


def _as_it_is(value: Any) -> Any:
    return value
