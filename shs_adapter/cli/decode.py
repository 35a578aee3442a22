"""`decode --again`: what stored answers say, read out of them anew."""

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.cli.database import operator, with_database
from shs_adapter.config import Config
from shs_adapter.daemon.context import utc_now
from shs_adapter.daemon.judging import judged
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.store import answers, attempts, outbox, vault
from shs_adapter.store.inbox import Kind
from shs_adapter.store.tables import inbox


@click.command()
@click.argument("questions", metavar="[ID]...", type=int, nargs=-1)
@click.option("--again", is_flag=True, help="Needed: answers are decoded by the daemon when they come.")
@click.pass_obj
def decode(file: Path, questions: tuple[int, ...], again: bool) -> None:
    """Decode stored answers again: those to the questions named, or all.

    Each answer in a transaction of its own, from the bytes that came. No agency is asked for it.
    """
    if not again:
        raise click.UsageError("--again is missing: new answers are decoded by the daemon")

    async def work(database: AsyncEngine, settings: Config) -> int:
        keys = vault.load(settings.keys.file)
        schemas = Schemas.load(settings.contracts.directory)
        decoded = [inbox.c.kind == Kind.ANSWER, inbox.c.decoded_at.is_not(None)]
        async with database.begin() as connection:
            for number in questions:
                await outbox.one(connection, number)
            mine = [inbox.c.outbox_id.in_(questions)] if questions else []
            found = select(inbox.c.id).where(*decoded, *mine).order_by(inbox.c.received_at, inbox.c.id)
            ids = list(await connection.scalars(found))
        for inbox_id in ids:
            async with database.begin() as connection:
                row = (await connection.execute(select(inbox).where(inbox.c.id == inbox_id))).one()
                question = await outbox.one(connection, row.outbox_id)
                attempt = await attempts.by_tx_id(connection, row.attempt_tx_id)
                said = judged(keys, settings.tenants, schemas, row, question, attempt)
                await answers.keep(connection, keys, row, said, utc_now(), operator())
        return len(ids)

    click.echo(f"{with_database(file, work)} answers decoded again")
