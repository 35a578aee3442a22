"""The key file is held against the database, key by key, before anything is done with either."""

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.errors import CannotStart
from shs_adapter.store import engine, key_check, persons, tables
from shs_adapter.store.vault import Vault, load, write_new
from tests.store.rows import NOW, PERSONS, add


def written(file: Path) -> dict[str, object]:
    if not file.exists():
        write_new(file)
    return tomllib.loads(file.read_text(encoding="ascii"))


def key_file(folder: Path, *seal: str, person: str = "one") -> Vault:
    """A key file with the seal keys and the person key of these names, each always the same."""
    keys = {name: written(folder / f"{name}.toml") for name in (*seal, person)}
    list_of = ", ".join(f'"{keys[name]["seal"][0]}"' for name in seal)  # type: ignore[index]
    file = folder / "together.toml"
    file.write_text(f'seal = [{list_of}]\nperson = "{keys[person]["person"]}"\n', encoding="ascii")
    return load(file)


async def checked(database: AsyncEngine, keys: Vault) -> None:
    async with engine.turn(database) as connection:
        await key_check.check(connection, keys, "keys.toml", NOW)


async def sealed(database: AsyncEngine, keys: Vault, person: str = PERSONS[0]) -> None:
    await add(database, person_id=person, case_id="E-1")
    async with engine.turn(database) as connection:
        assert await persons.seal(connection, keys, 10) == 1


async def refused(database: AsyncEngine, keys: Vault) -> CannotStart:
    with pytest.raises(CannotStart) as caught:
        await checked(database, keys)
    assert "keys.toml: " in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_the_same_keys_are_taken_again_and_again(database: AsyncEngine, tmp_path: Path) -> None:
    keys = key_file(tmp_path, "one")
    await checked(database, keys)
    await sealed(database, keys)

    await checked(database, keys)


@pytest.mark.parametrize("is_filled", [True, False])
async def test_another_person_key_is_refused(database: AsyncEngine, tmp_path: Path, is_filled: bool) -> None:
    keys = key_file(tmp_path, "one")
    await checked(database, keys)
    if is_filled:
        await sealed(database, keys)

    error = await refused(database, key_file(tmp_path, "one", person="two"))

    assert error.code == "keys_wrong"
    assert "person key" in str(error)


async def test_another_person_key_is_refused_where_nothing_was_kept_of_the_first(
    database: AsyncEngine, tmp_path: Path
) -> None:
    """As in a database of an older version."""
    await sealed(database, key_file(tmp_path, "one"))

    assert (await refused(database, key_file(tmp_path, "one", person="two"))).code == "keys_wrong"
    assert (await refused(database, key_file(tmp_path, "two"))).code == "keys_wrong"


@pytest.mark.parametrize("was_checked", [True, False])
async def test_an_older_key_that_rows_need_may_not_be_left_out(
    database: AsyncEngine, tmp_path: Path, was_checked: bool
) -> None:
    old, both = key_file(tmp_path, "one"), key_file(tmp_path, "two", "one")
    if was_checked:
        await checked(database, old)
    await sealed(database, old)
    if was_checked:
        await checked(database, both)
    await sealed(database, both, PERSONS[1])

    error = await refused(database, key_file(tmp_path, "two"))

    assert error.code == "keys_missing"
    assert next(iter(old.keys)).hex() in str(error)


async def test_an_older_key_that_no_row_needs_may_be_left_out(database: AsyncEngine, tmp_path: Path) -> None:
    old = key_file(tmp_path, "one")
    await checked(database, old)
    await sealed(database, old)
    await checked(database, key_file(tmp_path, "two", "one"))
    async with database.begin() as connection:
        await connection.execute(delete(tables.outbox))

    await checked(database, key_file(tmp_path, "two"))


async def test_a_new_key_is_kept_and_nothing_that_gives_it_away(
    database: AsyncEngine, tmp_path: Path
) -> None:
    keys = key_file(tmp_path, "two", "one")

    await checked(database, keys)

    async with database.begin() as connection:
        rows = {row.name: row.value for row in await connection.execute(select(tables.key_check))}
    assert rows.keys() == {"person", *(f"seal {key.hex()}" for key in keys.keys)}
    assert rows["person"] == keys.check_value()
