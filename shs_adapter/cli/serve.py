"""`run`: the daemon, in the foreground."""

import asyncio
import ctypes
from contextlib import suppress
from pathlib import Path

import click

from shs_adapter import config, log
from shs_adapter.cli.database import usable
from shs_adapter.daemon.service import serve

_MMAP_THRESHOLD = -3  # mallopt's number for it
_LARGE = 1 << 18


@click.command()
@click.pass_obj
def run(file: Path) -> None:
    """Run the daemon until SIGTERM or SIGINT; it logs JSON lines to standard error."""
    settings = config.load(file)
    log.set_up()
    _return_large_blocks()
    with usable(settings.database):
        asyncio.run(serve(settings))


def _return_large_blocks() -> None:
    """Have a large message's memory go back to the system when it is freed.

    Left to itself, glibc keeps such blocks for the next one, and its heap in pieces.
    """
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
