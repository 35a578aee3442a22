"""`decode --again`: what stored answers say, read out of them anew."""

from collections.abc import Collection
from pathlib import Path

import click
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter.cli.arguments import QUESTION_ID
from shs_adapter.cli.database import with_database
from shs_adapter.cli.screen import say
from shs_adapter.cli.who import operator
from shs_adapter.config import Config
from shs_adapter.daemon.context import Context, utc_now
from shs_adapter.daemon.judging import judged, opened
from shs_adapter.daemon.reading_again import read_again
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.errors import AdapterError
from shs_adapter.log import describe
from shs_adapter.store import answers, attempts, engine, outbox, vault
from shs_adapter.store.inbox import Kind, body
from shs_adapter.store.recount import recount
from shs_adapter.store.report_tables import subject
from shs_adapter.store.tables import inbox
from shs_adapter.store.tables import outbox as outbox_table
from shs_adapter.store.vault import Vault


@click.command()
@click.argument("questions", metavar="[ID]...", type=QUESTION_ID, nargs=-1)
@click.option("--again", is_flag=True, help="Needed: answers are decoded by the daemon when they come.")
@click.pass_obj
def decode(file: Path, questions: tuple[int, ...], again: bool) -> None:
    """Decode stored answers again: those to the questions named, or all.

    Each answer in a transaction of its own, from the bytes that came. No agency is asked for it. One that
    cannot be decoded is counted, and holds up no other.

    First, messages that could not be read, or were nobody's, are read again. Of those that now count for a
    question the daemon decodes the answers.
    """
    if not again:
        raise click.UsageError("--again is missing: new answers are decoded by the daemon")

    async def work(database: AsyncEngine, settings: Config) -> tuple[int, int, int]:
        keys = vault.load(settings.keys.file)
        schemas = Schemas.load(settings.contracts.directory)
        read = await read_again(Context(config=_named(settings), engine=database, vault=keys, nodes={}))
        async with engine.turn(database) as connection:
            ids = await _answers(connection, questions)
        failed = 0
        for inbox_id in ids:
            try:
                async with engine.turn(database) as connection:
                    await _again(connection, keys, schemas, settings, inbox_id)
            except Exception as error:
                failed += 1
                say(f"one answer could not be decoded: {describe(error)}", err=True)
        if not questions:  # what follows from all answers, for those who never had one, too
            async with engine.turn(database) as connection:
                everybody = list(await connection.scalars(select(subject.c.id)))
            for subject_id in everybody:
                async with engine.turn(database) as connection:
                    await recount(connection, [subject_id])
        return read, len(ids) - failed, failed

    read, decoded, failed = with_database(file, work)
    if read:
        say(f"{read} messages read that could not be before")
    say(f"{decoded} answers decoded again")
    if failed:
        raise AdapterError("decode", f"{failed} answers could not be decoded")


def _named(settings: Config) -> Config:
    """The configuration, in whose name an operator acts and no daemon."""
    return replace(settings, daemon=replace(settings.daemon, name=operator()))


async def _answers(connection: AsyncConnection, questions: Collection[int]) -> list[str]:
    """The inbox ids of answers that were decoded before, oldest first; raises NotFound."""
    for number in questions:
        await outbox.one(connection, number)
    mine = [inbox.c.outbox_id.in_(questions)] if questions else []
    kept = outbox_table.c.purged_at.is_(None)
    found = (
        select(inbox.c.id)
        .join(outbox_table, outbox_table.c.id == inbox.c.outbox_id)
        .where(inbox.c.kind == Kind.ANSWER, inbox.c.decoded_at.is_not(None), kept, *mine)
        .order_by(inbox.c.received_at, inbox.c.id)
    )
    return list(await connection.scalars(found))


async def _again(
    connection: AsyncConnection, keys: Vault, schemas: Schemas, settings: Config, inbox_id: str
) -> None:
    row = (await connection.execute(select(inbox).where(inbox.c.id == inbox_id))).one()
    question = await outbox.one(connection, row.outbox_id)
    attempt = await attempts.by_tx_id(connection, row.attempt_tx_id)
    answer = opened(await body(connection, keys, row))
    said = judged(keys, settings.tenants, schemas, answer, question, attempt)
    await answers.keep(connection, keys, [(row, said)], utc_now(), operator())
