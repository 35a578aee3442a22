"""Many commands in one process: starting one for each takes most of the time."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from shs_adapter.cli import main


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


class _Stream(io.TextIOWrapper):
    """As the process's own: with bytes below, and strict."""

    def __init__(self, typed: bytes = b"") -> None:
        super().__init__(io.BytesIO(typed), encoding="utf-8", newline="\n")

    def text(self) -> str:
        self.flush()
        self.seek(0)
        return self.read()


def run(place: Path, *arguments: str, stdin: bytes = b"") -> Done:
    """A command on the configuration in *place*; where it would end with a traceback, that is raised."""
    out, err = _Stream(), _Stream()
    with redirect_stdout(out), redirect_stderr(err), _typed(stdin):
        try:
            main(["--config", str(place / "adapter.toml"), *arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Done(code, out.text(), err.text())


@contextmanager
def _typed(text: bytes) -> Iterator[None]:
    before, sys.stdin = sys.stdin, _Stream(text)
    try:
        yield
    finally:
        sys.stdin = before
