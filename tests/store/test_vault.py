"""Sealing, and the key file."""

import base64
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter.errors import CannotStart, SealError
from shs_adapter.store import vault
from shs_adapter.store.vault import Vault

PLACE = "outbox.person_sealed:7"


def made(folder: Path, name: str = "keys.toml") -> Path:
    vault.write_new(folder / name)
    return folder / name


def key_file(folder: Path, *, seal: list[str], person: str) -> Path:
    file = folder / "made.toml"
    file.write_text(f"seal = {seal}\nperson = '{person}'\n")
    return file


def secrets(file: Path) -> tuple[str, str]:
    """The sealing key and the key for persons."""
    seal, person = re.findall(r'"([A-Za-z0-9+/=]{44})"', file.read_text())
    return seal, person


def test_what_is_sealed_opens_at_its_place(keys: Vault) -> None:
    sealed = keys.seal(b"197701192390", PLACE)

    assert keys.open(sealed, PLACE) == b"197701192390"
    assert b"197701192390" not in sealed


def test_the_same_value_is_sealed_differently_each_time(keys: Vault) -> None:
    assert keys.seal(b"same", PLACE) != keys.seal(b"same", PLACE)


@pytest.mark.parametrize("place", ["outbox.person_sealed:8", "inbox.body_sealed:7", ""])
def test_a_value_moved_to_another_place_does_not_open(keys: Vault, place: str) -> None:
    with pytest.raises(SealError) as caught:
        keys.open(keys.seal(b"value", PLACE), place)

    assert caught.value.code == "seal_broken"


@settings(max_examples=100)
@given(data=st.data())
def test_no_altered_byte_opens(keys: Vault, data: st.DataObject) -> None:
    sealed = bytearray(keys.seal(b"value", PLACE))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= data.draw(st.integers(1, 255))

    with pytest.raises(SealError):
        keys.open(bytes(sealed), PLACE)


def test_nothing_that_was_cut_off_opens(keys: Vault) -> None:
    sealed = keys.seal(b"value", PLACE)

    for length in range(len(sealed)):
        with pytest.raises(SealError):
            keys.open(sealed[:length], PLACE)


def test_a_value_of_a_foreign_key_says_so_and_no_more(keys: Vault, tmp_path: Path) -> None:
    foreign = vault.load(made(tmp_path)).seal(b"Testsson", PLACE)

    with pytest.raises(SealError) as caught:
        keys.open(foreign, PLACE)

    assert caught.value.code == "seal_key_unknown"
    assert "Testsson" not in str(caught.value)


def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    old_file = made(tmp_path, "old.toml")
    old_key, person = secrets(old_file)
    new_key, _ = secrets(made(tmp_path, "new.toml"))
    before, after = (
        vault.load(old_file),
        vault.load(key_file(tmp_path, seal=[new_key, old_key], person=person)),
    )
    sealed = before.seal(b"old", PLACE)

    assert after.open(sealed, PLACE) == b"old"
    with pytest.raises(SealError):
        before.open(after.seal(b"new", PLACE), PLACE)
    assert after.person_key("197701192390") == before.person_key("197701192390")


def test_a_person_is_found_by_a_key_that_others_cannot_compute(keys: Vault, tmp_path: Path) -> None:
    other = vault.load(made(tmp_path))

    assert keys.person_key("197701192390") == keys.person_key("197701192390")
    assert keys.person_key("197701192390") != keys.person_key("197701182383")
    assert keys.person_key("197701192390") != other.person_key("197701192390")


def test_no_key_shows_in_a_repr(tmp_path: Path) -> None:
    file = made(tmp_path)

    shown = repr(vault.load(file))

    for key in map(base64.b64decode, secrets(file)):
        assert repr(key) not in shown
        assert key.hex() not in shown


def test_a_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    file = made(tmp_path)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_key_files_have_no_key_in_common(tmp_path: Path) -> None:
    keys = [*secrets(made(tmp_path, "a.toml")), *secrets(made(tmp_path, "b.toml"))]

    assert len(set(keys)) == 4


def test_an_existing_key_file_is_never_overwritten(tmp_path: Path) -> None:
    file = made(tmp_path)
    before = file.read_bytes()

    with pytest.raises(CannotStart) as caught:
        vault.write_new(file)

    assert caught.value.code == "keys_exist"
    assert file.read_bytes() == before


def test_a_key_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as caught:
        vault.write_new(tmp_path / "no" / "folder" / "keys.toml")

    assert caught.value.code == "keys_unwritable"
    assert "\n" not in str(caught.value)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="shs-adapter init") as caught:
        vault.load(tmp_path / "keys.toml")

    assert caught.value.code == "keys_missing"


def test_a_key_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as caught:
        vault.load(tmp_path)

    assert caught.value.code == "keys_unreadable"
    assert "\n" not in str(caught.value)


_GOOD = base64.b64encode(bytes(32)).decode()
_SHORT = base64.b64encode(bytes(16)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "seal",
        f"seal = ['{_GOOD}']",
        f"person = '{_GOOD}'",
        f"seal = []\nperson = '{_GOOD}'",
        f"seal = '{_GOOD}'\nperson = '{_GOOD}'",
        f"seal = ['{_SHORT}']\nperson = '{_GOOD}'",
        f"seal = ['{_GOOD}']\nperson = '{_SHORT}'",
        f"seal = ['{_GOOD}*']\nperson = '{_GOOD}'",
        f"seal = [1]\nperson = '{_GOOD}'",
        f"seal = 1\nperson = '{_GOOD}'",
        f"seal = ['{_GOOD}']\nperson = 1",
        f"seal = ['å{_GOOD}']\nperson = '{_GOOD}'",
    ],
)
def test_a_wrong_key_file_is_one_line_that_quotes_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(CannotStart) as caught:
        vault.load(file)

    assert caught.value.code == "keys_wrong"
    assert str(caught.value) == f"{file}: is not a key file as `shs-adapter init` writes it"
