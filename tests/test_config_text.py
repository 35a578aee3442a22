"""A configuration file as Windows editors save it."""

from pathlib import Path

import pytest

from shs_adapter.config import load
from shs_adapter.errors import ConfigError


def _refusal(file: Path, content: bytes) -> str:
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        load(file)
    return str(refused.value)


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    told = _refusal(tmp_path / "adapter.toml", b"\xef\xbb\xbf[keys]\n")

    assert "[tenants.NAME] is missing" in told


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused_with_the_remedy(tmp_path: Path, encoding: str) -> None:
    told = _refusal(tmp_path / "adapter.toml", 'name = "Växjö"\n'.encode(encoding))

    assert told.endswith("is not UTF-8 text; save it as UTF-8")


@pytest.mark.parametrize("path", [r"C:\Users\adapter", r"C:\data\keys", r"D:\keys"])
def test_a_windows_path_is_refused_with_the_remedy(tmp_path: Path, path: str) -> None:
    told = _refusal(tmp_path / "adapter.toml", f'[keys]\nfile = "{path}"\n'.encode())

    assert told.endswith("; write Windows paths with / or in single quotes")
    assert "\n" not in told
