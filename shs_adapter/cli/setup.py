"""`init` and `migrate`: from nothing to a database that the daemon can run on."""

import asyncio
from pathlib import Path

import click

from shs_adapter import config
from shs_adapter.cli.screen import say
from shs_adapter.errors import CannotStart
from shs_adapter.store import engine, vault


@click.command()
@click.pass_obj
def migrate(file: Path) -> None:
    """Create the database, or bring it to the version that this program needs."""
    settings = config.load(file)
    database = settings.database
    version = asyncio.run(engine.migrate(database, vault.load(settings.keys.file)))
    say(f"{database} is at version {version}")


@click.command()
@click.pass_obj
def init(file: Path) -> None:
    """Write a commented configuration to --config FILE, and a new key file beside it."""
    if file.exists():
        raise CannotStart("config_exists", f"{file}: exists already, and is kept as it is")
    keys = file.parent / "keys.toml"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        vault.write_new(keys)
        file.write_text(_example().read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise CannotStart("config_unwritable", f"{file}: cannot be written ({error.strerror})") from None
    say(
        f"{file}: fill in the tenant, its certificates and its legal basis",
        f"{keys}: keep it secret, and back it up",
    )


def _example() -> Path:
    """The example lies inside the installed package, and in config/ of a source tree."""
    package = Path(__file__).parents[1]
    shipped = package / "example.toml"
    return shipped if shipped.exists() else package.parent / "config" / "example.toml"
