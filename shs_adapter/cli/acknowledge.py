"""`acknowledge`: a human has looked at a message, and `status` need not list it any more."""

from pathlib import Path

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.cli.database import in_transaction
from shs_adapter.cli.screen import say
from shs_adapter.cli.who import operator
from shs_adapter.config import Config
from shs_adapter.daemon.context import utc_now
from shs_adapter.printable import clean
from shs_adapter.ssbtek.person import without_persons
from shs_adapter.store.put_away import put_away

_LONGEST = 200


@click.command()
@click.argument("tx_id")
@click.option("--reason", required=True, help="For the journal; say nothing of the person.")
@click.pass_obj
def acknowledge(file: Path, tx_id: str, reason: str) -> None:
    """Take a message that was looked at out of what `status` lists.

    Nothing is deleted, and the node is told nothing. What comes of the message later is listed again.
    """
    words = without_persons(clean(reason).strip(), lambda _: "***")[:_LONGEST]
    if not words:
        raise click.UsageError("--reason is empty")

    async def work(connection: AsyncConnection, _: Config) -> int:
        return await put_away(connection, tx_id, words, at=utc_now(), actor=operator())

    say(f"{tx_id}: put away, {in_transaction(file, work)} of what `status` listed")
