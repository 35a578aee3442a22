"""Column types and defaults that mean the same on every engine."""

import json
from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    String,
    Text,
    bindparam,
    literal,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

# SQLite autoincrements only what it knows as INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC: PostgreSQL's TIMESTAMPTZ; SQLite's text `YYYY-MM-DD HH:MM:SS.ffffff`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)  # SQLite has no zones
        return value and value.astimezone(UTC)


class Day(TypeDecorator[date]):
    """A date, kept as text `YYYY-MM-DD` on every engine: it sorts, and has no zone to shift it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if value else None


class Scaled(TypeDecorator[Decimal]):
    """A decimal number kept as a whole one: with two *places*, kronor as öre. SQLite would make a float."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int = 2) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.scaleb(self.places).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)


@compiles(String, "postgresql")
def _postgresql_string(element: String, compiler: Any, **options: Any) -> str:
    """Parameters have the type of all our columns: for `text = varchar` PostgreSQL has no operator, and
    looks for one that somebody else may have made.
    """
    return "TEXT"


class utc_now(FunctionElement[datetime]):
    """The database's clock, in UTC, in the form that UtcDateTime reads."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(utc_now, "sqlite")
def _sqlite_now(element: utc_now, compiler: Any, **options: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


@compiles(utc_now, "postgresql")
def _postgresql_now(element: utc_now, compiler: Any, **options: Any) -> str:
    return "CURRENT_TIMESTAMP"


class _Listed(TypeDecorator[Any]):
    """A list as one parameter: PostgreSQL's array, SQLite's JSON."""

    impl = Text
    cache_ok = True

    def __init__(self, one: type[BigInteger | Text]) -> None:
        super().__init__()
        self.one = one

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return ARRAY(self.one()) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: compared with 1, as conditions are for SQLite, no index would be used for it."""
        return self


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether *column*, of numbers or texts, is one of *values*.

    Unlike IN, the statement is the same for any number of them, so that it is prepared once.
    """
    return _among(column, literal(list(values), _listed(column)))


def any_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether *column* is one of a list that the parameter *name* gives; for statements made once."""
    return _among(column, bindparam(name, type_=_listed(column)))


def _listed(column: ColumnElement[Any]) -> _Listed:
    return _Listed(BigInteger if isinstance(column.type, Integer) else Text)


@compiles(_among, "sqlite")
def _sqlite_among(element: _among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # compiled, not input


@compiles(_among, "postgresql")
def _postgresql_among(element: _among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({values})"
