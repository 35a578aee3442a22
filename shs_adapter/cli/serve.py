"""`run`: the daemon, in the foreground."""

import asyncio
from pathlib import Path

import click

from shs_adapter import config, log
from shs_adapter.cli.database import usable
from shs_adapter.daemon.service import serve


@click.command()
@click.pass_obj
def run(file: Path) -> None:
    """Run the daemon until SIGTERM or SIGINT; it logs JSON lines to standard error."""
    settings = config.load(file)
    log.set_up()
    with usable(settings.database):
        asyncio.run(serve(settings))
