"""Large values: in pieces, bound to their place, their number and how many there are."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.errors import SealError
from shs_adapter.store import pieces
from shs_adapter.store.tables import piece
from shs_adapter.store.vault import Vault

PLACE = "inbox.body_sealed:7"
LARGE = bytes(range(256)) * (9 << 10)  # 2.25 MiB
OVERHEAD = 64


async def put(database: AsyncEngine, keys: Vault, value: bytes = LARGE, place: str = PLACE) -> bytes:
    async with database.begin() as connection:
        await pieces.put(connection, keys, value, place)
    return pieces.column(keys, value, place)


async def get(database: AsyncEngine, keys: Vault, place: str = PLACE) -> bytes:
    async with database.begin() as connection:
        return await pieces.get(connection, keys, place)


async def execute(database: AsyncEngine, statement: Any) -> list[Any]:
    async with database.begin() as connection:
        found = await connection.execute(statement)
        return list(found.scalars()) if found.returns_rows else []


def sizes(values: Any) -> Iterator[int]:
    """Of all bytes that a statement carries."""
    if isinstance(values, bytes | memoryview):
        yield len(values)
    elif isinstance(values, dict):
        yield from sizes(list(values.values()))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from sizes(value)


async def test_a_large_value_comes_back_and_no_statement_carries_more_than_a_piece(
    database: AsyncEngine, keys: Vault
) -> None:
    carried: list[int] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *told: carried.extend(sizes(told[3])))

    column = await put(database, keys)

    assert (column, await get(database, keys)) == (b"", LARGE)
    assert sum(carried) > len(LARGE)
    assert max(carried) <= pieces.SIZE + OVERHEAD


@pytest.mark.parametrize(("size", "count"), [(0, 0), (pieces.SIZE, 0), (pieces.SIZE + 1, 2)])
async def test_only_what_is_larger_than_a_piece_lies_in_pieces(
    database: AsyncEngine, keys: Vault, size: int, count: int
) -> None:
    column = await put(database, keys, b"x" * size)

    assert len(await execute(database, select(piece.c.number))) == count
    assert (column == b"") == (count > 0)


@pytest.mark.parametrize(
    "harm",
    [
        delete(piece),
        delete(piece).where(piece.c.number == 2),
        update(piece).where(piece.c.number == 2).values(number=3),
        update(piece).where(piece.c.number == 0).values(sealed=b""),
    ],
    ids=["gone", "cut off", "moved", "blank"],
)
async def test_a_value_of_which_something_is_missing_or_moved_does_not_open(
    database: AsyncEngine, keys: Vault, harm: Any
) -> None:
    await put(database, keys)
    await execute(database, harm)

    with pytest.raises(SealError):
        await get(database, keys)


async def test_a_piece_of_another_value_does_not_open(database: AsyncEngine, keys: Vault) -> None:
    await put(database, keys)
    await execute(database, update(piece).values(place="inbox.body_sealed:8"))

    with pytest.raises(SealError):
        await get(database, keys, "inbox.body_sealed:8")


async def test_what_is_removed_goes_and_no_more(database: AsyncEngine, keys: Vault) -> None:
    await put(database, keys)
    await put(database, keys, place="inbox.body_sealed:8")

    async with database.begin() as connection:
        await pieces.remove(connection, [PLACE, "inbox.body_sealed:9"])

    assert set(await execute(database, select(piece.c.place))) == {"inbox.body_sealed:8"}
