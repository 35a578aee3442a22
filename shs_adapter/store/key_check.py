"""Whether the key file is the one that the database was written with, key by key.

Rule: with another person key persons fall apart in silence, and what an older seal key sealed is lost with
the key: so the daemon does not start without. A check value is a keyed hash of a constant, or the id of a key
of 256 random bits: it gives nothing away.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, and_, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.errors import CannotStart, SealError
from shs_adapter.store import persons
from shs_adapter.store.report_tables import metadata
from shs_adapter.store.tables import key_check, outbox
from shs_adapter.store.vault import ID, VERSION, Vault

_PERSON = "person"
_SEAL = "seal "  # and the key's id, in hex


async def check(connection: AsyncConnection, vault: Vault, file: object, at: datetime) -> None:
    """Raise CannotStart unless *vault*, from the key *file*, has the keys that the database needs.

    Keeps the check values of keys that are new to it. A database that has none yet is held against its newest
    person, and against all that it holds sealed. In an exclusive transaction.
    """
    known = {row.name: row for row in await connection.execute(select(key_check))}
    needed = {name for name in known if name != _PERSON}
    if _PERSON not in known:
        await _fits(connection, vault, file)
        needed |= {f"{_SEAL}{key}" for key in await _sealing(connection)}
    elif known[_PERSON].value != vault.check_value():
        raise CannotStart(
            "keys_wrong",
            f"{file}: has another person key than the database, which has had its own since"
            f" {known[_PERSON].since:%Y-%m-%d}: put the right key file back",
        )
    ours = {f"{_SEAL}{key.hex()}" for key in vault.keys}
    for name in sorted(needed - ours):
        key = name.removeprefix(_SEAL)
        if await _has_sealed(connection, bytes.fromhex(key)):
            raise CannotStart(
                "keys_missing",
                f"{file}: lacks the seal key {key}, with which rows are sealed: add it to the end of the list"
                " `seal`, from a backup of the key file",
            )
    rows = [{"name": name, "value": name, "since": at} for name in sorted(ours - known.keys())]
    if _PERSON not in known:
        rows.append({"name": _PERSON, "value": vault.check_value(), "since": at})
    if rows:
        await connection.execute(insert(key_check), rows)


async def _fits(connection: AsyncConnection, vault: Vault, file: object) -> None:
    """Raise CannotStart where the newest person of the database does not open, or has another keyed hash."""
    sealed = select(outbox).where(outbox.c.person_sealed.is_not(None)).order_by(outbox.c.id.desc()).limit(1)
    row = (await connection.execute(sealed)).one_or_none()
    try:
        if row and not persons.has_key(vault, row):
            raise CannotStart("keys_wrong", f"{file}: has another person key than the database")
    except SealError:
        raise CannotStart(
            "keys_wrong", f"{file}: is not the key file that the database was sealed with"
        ) from None


def _sealed() -> Iterator[Column[Any]]:
    """Every column of whatever table that holds what is sealed."""
    for table in metadata.tables.values():
        yield from (column for column in table.c if isinstance(column.type, LargeBinary))


def _is_sealed(column: Column[Any]) -> ColumnElement[bool]:
    return and_(func.substr(column, 1, 1) == VERSION, func.length(column) > ID)


def _key(column: Column[Any]) -> ColumnElement[bytes]:
    return func.substr(column, 2, ID, type_=LargeBinary)


async def _sealing(connection: AsyncConnection) -> set[str]:
    """The ids, in hex, of the keys that something is sealed with; looks at every sealed value."""
    found: set[str] = set()
    for column in _sealed():
        keys = await connection.scalars(select(_key(column)).where(_is_sealed(column)).distinct())
        found |= {bytes(key).hex() for key in keys}
    return found


async def _has_sealed(connection: AsyncConnection, key: bytes) -> bool:
    for column in _sealed():
        its = select(literal(1)).where(_is_sealed(column), _key(column) == key).limit(1)
        if await connection.scalar(its):
            return True
    return False
