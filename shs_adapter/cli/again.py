"""`resend` and `rebuild`: an operator has a failed question tried once more."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.cli.database import in_transaction, operator
from shs_adapter.config import Config
from shs_adapter.daemon.context import utc_now
from shs_adapter.errors import IllegalMove
from shs_adapter.lifecycle import Event
from shs_adapter.store import outbox


@click.command()
@click.argument("question", metavar="ID", type=int)
@click.pass_obj
def resend(file: Path, question: int) -> None:
    """Send the same bytes again; possible after refused and exhausted, when an envelope was built."""

    async def work(connection: AsyncConnection, _: Config) -> None:
        row = await outbox.one(connection, question)
        if not row.tx_id:
            raise IllegalMove("nothing_to_resend", "no envelope was ever built; use `rebuild`")
        await _move(connection, question, Event.RESENT)

    in_transaction(file, work)
    click.echo(f"{question}: the same envelope will be sent again")


@click.command()
@click.argument("question", metavar="ID", type=int)
@click.pass_obj
def rebuild(file: Path, question: int) -> None:
    """Build a new envelope and send it: a new question to the agencies, journalled as such.

    Possible after malformed, refused, exhausted, errored and timed-out.
    """

    async def work(connection: AsyncConnection, _: Config) -> None:
        await _move(connection, question, Event.REBUILT, attempts=0)

    in_transaction(file, work)
    click.echo(f"{question}: a new envelope will be built")


async def _move(connection: AsyncConnection, question: int, event: Event, **columns: Any) -> None:
    """Due at once, and with its age counted from now."""
    now = utc_now()
    await outbox.record(
        connection, question, event, at=now, actor=operator(), due_at=now, due_since=now, **columns
    )
