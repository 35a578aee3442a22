"""Large sealed values lie in pieces: no statement carries more than one, however large a message is.

Drivers and databases copy what they are given several times over, and SQLite writes a row anew, with all that
is in it, at every change. A value up to a piece's size lies in its own column. Of a larger one that column is
empty, and each piece is sealed by itself, bound to the value's place, its own number, and how many there are.
"""

from collections.abc import Collection
from io import BytesIO

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.errors import SealError
from shs_adapter.store.tables import piece
from shs_adapter.store.types import among
from shs_adapter.store.vault import Vault

SIZE = 1 << 20


def column(vault: Vault, value: bytes, place: str) -> bytes:
    """What stands in the column of *value*; `put` keeps what does not."""
    return vault.seal(value, place) if len(value) <= SIZE else b""


async def put(connection: AsyncConnection, vault: Vault, value: bytes, place: str) -> None:
    """Keep *value* in pieces, if it is larger than one."""
    if len(value) <= SIZE:
        return
    count = -(-len(value) // SIZE)
    for number in range(count):
        part = memoryview(value)[number * SIZE : (number + 1) * SIZE]
        sealed = vault.seal(part, _place(place, number, count))
        await connection.execute(insert(piece), {"place": place, "number": number, "sealed": sealed})


async def get(connection: AsyncConnection, vault: Vault, place: str) -> bytes:
    """The value whose column is empty; raises SealError."""
    count = await connection.scalar(select(func.count()).where(piece.c.place == place)) or 0
    if not count:
        raise SealError("seal_pieces", f"{place} is empty, and has no pieces")
    value = BytesIO()  # gives away what it has gathered without a copy
    for number in range(count):
        one = select(piece.c.sealed).where(piece.c.place == place, piece.c.number == number)
        value.write(vault.open(await connection.scalar(one) or b"", _place(place, number, count)))
    return value.getvalue()


async def remove(connection: AsyncConnection, places: Collection[str]) -> None:
    await connection.execute(delete(piece).where(among(piece.c.place, places)))


def _place(place: str, number: int, count: int) -> str:
    return f"{place}#{number + 1}/{count}"
