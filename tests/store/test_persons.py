"""Personal numbers: sealed at first sight, and gone from the files."""

import base64
import math
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.errors import SealError
from shs_adapter.lifecycle import Event, State
from shs_adapter.store import persons, sqlite
from shs_adapter.store.vault import Vault
from tests.store.rows import PERSONS, add, move, row

PERSON = PERSONS[0]


async def seal(database: AsyncEngine, keys: Vault, limit: int = 50) -> int:
    async with database.begin() as connection:
        return await persons.seal(connection, keys, limit)


async def test_a_clear_number_is_sealed_and_cleared(database: AsyncEngine, keys: Vault) -> None:
    outbox_id = await add(database, person_id=PERSON)

    sealed = await seal(database, keys)

    question = await row(database, outbox_id)
    assert sealed == 1
    assert question.person_id is None
    assert PERSON.encode() not in question.person_sealed
    assert persons.reveal(keys, question) == PERSON
    assert question.change_no == 1


async def test_sealing_again_finds_nothing(database: AsyncEngine, keys: Vault) -> None:
    outbox_id = await add(database, person_id=PERSON)
    await seal(database, keys)
    before = await row(database, outbox_id)

    again = await seal(database, keys)

    assert again == 0
    assert await row(database, outbox_id) == before


async def test_a_batch_takes_no_more_than_its_limit(database: AsyncEngine, keys: Vault) -> None:
    for person in PERSONS[:3]:
        await add(database, person_id=person)

    assert [await seal(database, keys, 2) for _ in range(3)] == [2, 1, 0]


async def test_every_row_of_a_batch_has_its_own_number_and_its_own_change(
    database: AsyncEngine, keys: Vault
) -> None:
    added = [await add(database, person_id=person) for person in PERSONS[:3]]

    await seal(database, keys)

    rows = [await row(database, outbox_id) for outbox_id in added]
    assert [persons.reveal(keys, one) for one in rows] == list(PERSONS[:3])
    assert sorted(one.change_no for one in rows) == [1, 2, 3]


@pytest.mark.parametrize("state", list(State))
async def test_a_number_is_sealed_whatever_the_state_of_its_row(
    database: AsyncEngine, keys: Vault, state: State
) -> None:
    outbox_id = await add(database, person_id=PERSON, state=state)

    await seal(database, keys)

    assert (await row(database, outbox_id)).person_id is None


@pytest.mark.parametrize("value", ["", "  ", "not a number", "å" * 5000, "2017\t0101", "\ufffd"])
async def test_a_value_is_sealed_whatever_it_is(database: AsyncEngine, keys: Vault, value: str) -> None:
    outbox_id = await add(database, person_id=value)

    await seal(database, keys)

    assert persons.reveal(keys, await row(database, outbox_id)) == value


async def test_values_that_are_no_text_are_sealed_too(path: Path, database: AsyncEngine, keys: Vault) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for value in (int(PERSON), PERSON.encode(), 2.5, "2017\x000101"):
            connection.execute("INSERT INTO outbox (person_id) VALUES (?)", (value,))
        connection.execute("INSERT INTO outbox (person_id) VALUES (CAST(? AS TEXT))", (b"\xe5\xff",))
        connection.commit()

    sealed = await seal(database, keys)

    assert sealed == 5
    assert persons.reveal(keys, await row(database, 1)) == PERSON


async def test_a_row_without_a_person_reveals_none(database: AsyncEngine, keys: Vault) -> None:
    outbox_id = await add(database)

    assert persons.reveal(keys, await row(database, outbox_id)) == ""


async def test_a_person_has_one_key_however_the_number_is_written(database: AsyncEngine, keys: Vault) -> None:
    written = [PERSON, f"{PERSON[:8]}-{PERSON[8:]}", f" {PERSON} ", PERSONS[1]]
    rows = [await add(database, person_id=value) for value in written]
    await seal(database, keys)

    found = [(await row(database, outbox_id)).person_key for outbox_id in rows]

    assert found[0] == found[1] == found[2] != found[3]


async def test_a_sealed_number_belongs_to_its_row(database: AsyncEngine, keys: Vault) -> None:
    first = await add(database, person_id=PERSON)
    second = await add(database, person_id=PERSONS[1])
    await seal(database, keys)

    stolen = (await row(database, first)).person_sealed
    await move(database, second, Event.DEFERRED, person_sealed=stolen)

    with pytest.raises(SealError):
        persons.reveal(keys, await row(database, second))


def traces(path: Path) -> list[str]:
    """Where a number, or its base64 at any alignment, stands in the files of the database."""
    files = [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
    contents = {file.name: file.read_bytes() for file in files if file.exists()}
    return [
        f"{name}: {needle!r}"
        for person in PERSONS
        for needle in (person.encode(), *in_base64(person.encode()))
        for name, content in contents.items()
        if needle in content
    ]


def in_base64(value: bytes) -> list[bytes]:
    """What every base64 of a text that holds *value* holds, for the three places it can begin at."""
    return [
        base64.b64encode(bytes(offset) + value)[math.ceil(offset * 4 / 3) : (offset + len(value)) * 4 // 3]
        for offset in range(3)
    ]


def test_the_search_knows_a_number_in_base64_wherever_it_begins() -> None:
    for before in range(6):
        encoded = base64.b64encode(b"x" * before + PERSON.encode() + b"yz")

        assert any(needle in encoded for needle in in_base64(PERSON.encode()))


@pytest.mark.parametrize(
    ("longest", "seal_every", "vacuumed"),
    [
        *((longest, 7, False) for longest in (0, 300)),
        *((longest, seal_every, True) for longest in (0, 300, 1000, 3000, 9000) for seal_every in (7, 300)),
    ],
)
async def test_no_number_is_left_in_the_files(
    path: Path, database: AsyncEngine, keys: Vault, longest: int, seal_every: int, vacuumed: bool
) -> None:
    """The inserter has secure_delete on, as README asks of it: without, splits of its pages leave copies.

    With it SQLite still leaves one now and then, where a page that holds large rows is made anew before they
    are sealed; VACUUM takes it away, as docs/privacy.md says.
    """
    chance = random.Random(longest + seal_every)
    with closing(sqlite3.connect(path, timeout=15)) as inserter:
        inserter.execute("PRAGMA secure_delete = ON")
        for number in range(1, 301):
            filling = "x" * chance.randint(0, longest)
            person = PERSONS[number % len(PERSONS)]
            inserter.execute("INSERT INTO outbox (person_id, unit) VALUES (?, ?)", (person, filling))
            if number % 3 == 0:  # rows that grow and shrink where they stand
                inserter.execute(
                    "UPDATE outbox SET unit = ? WHERE id = ?",
                    ("y" * chance.randint(0, longest + 60), chance.randint(1, number)),
                )
            if number % 5 == 0:
                inserter.commit()
            if number % seal_every == 0:
                inserter.commit()
                while await seal(database, keys):
                    pass
        inserter.commit()
        seen_before = traces(path)
        while await seal(database, keys):
            pass
        if vacuumed:
            inserter.execute("VACUUM")
        emptied = await sqlite.checkpoint(database)

        left = traces(path)

    assert emptied
    assert seen_before
    assert left == []
