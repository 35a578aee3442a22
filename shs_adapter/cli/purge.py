"""`purge`: what the configuration does not keep any more goes now, and not only by the daemon's calendar."""

from pathlib import Path

import click
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.cli.database import with_database
from shs_adapter.cli.screen import say
from shs_adapter.cli.who import operator
from shs_adapter.config import Config
from shs_adapter.daemon.context import utc_now
from shs_adapter.errors import AdapterError
from shs_adapter.store import engine, vault
from shs_adapter.store import purge as purging
from shs_adapter.store.purge import Counts


@click.command()
@click.option("--dry-run", is_flag=True, help="Tell what would be purged, and change nothing.")
@click.pass_obj
def purge(file: Path, dry_run: bool) -> None:
    """Purge what is older than [retention] says, as the daemon does by itself. It is journalled who did it.

    answers: questions whose sealed bytes and answers go; messages: such as belong to no question; questions:
    those whose rows go; tombstones: the traces of questions that are long gone; readings, persons-shown and
    disclosures: who looked, and who was told.
    """

    async def work(database: AsyncEngine, settings: Config) -> Counts | None:
        keys, retention = vault.load(settings.keys.file), settings.retention
        if retention.is_for_ever:
            raise AdapterError("retention", "nothing is purged: [retention] sets none of its times")
        if dry_run:
            return await purging.due(database, keys, retention, utc_now())
        who = operator()
        counts = await purging.run(database, keys, retention, owner=who, actor=who, now=utc_now)
        await engine.clear_log(database)
        return counts

    counts = with_database(file, work)
    if counts is None:
        raise AdapterError("purging", "a daemon, or somebody else, is purging now")
    told = ", ".join(f"{what} {count}" for what, count in counts.items())
    say(f"{'would be purged' if dry_run else 'purged'}: {told}")
