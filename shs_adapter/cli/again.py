"""`resend` and `rebuild`: an operator has a failed question tried once more."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.cli.arguments import QUESTION_ID
from shs_adapter.cli.database import in_transaction
from shs_adapter.cli.screen import say
from shs_adapter.cli.who import operator
from shs_adapter.config import Config
from shs_adapter.daemon.context import utc_now, ways
from shs_adapter.errors import IllegalMove
from shs_adapter.lifecycle import Event
from shs_adapter.store import links, outbox


@click.command()
@click.argument("question", metavar="ID", type=QUESTION_ID)
@click.pass_obj
def resend(file: Path, question: int) -> None:
    """Send the same bytes again; possible after refused and exhausted, when an envelope was built."""
    _again(file, question, Event.RESENT)
    say(f"{question}: the same envelope will be sent again")


@click.command()
@click.argument("question", metavar="ID", type=QUESTION_ID)
@click.pass_obj
def rebuild(file: Path, question: int) -> None:
    """Build a new envelope and send it: a new question to the agencies, journalled as such.

    Possible after malformed, refused, exhausted, errored and timed-out.
    """
    _again(file, question, Event.REBUILT, attempts=0, deadline_at=None)  # give_up_at is read anew
    say(f"{question}: a new envelope will be built")


def _again(file: Path, question: int, event: Event, **columns: Any) -> None:
    """Due at once, with its age counted from now; raises IllegalMove where it is not possible."""

    async def work(connection: AsyncConnection, settings: Config) -> None:
        now, row = utc_now(), await outbox.one(connection, question)
        if row.withdrawn_at is not None:
            raise IllegalMove("withdrawn", "the question was withdrawn; insert a new one")
        if row.purged_at is not None:
            raise IllegalMove("purged", "what it asked is purged; insert a new one")
        if event is Event.RESENT and not row.tx_id:
            raise IllegalMove("nothing_to_resend", "no envelope was ever built; use `rebuild`")
        if event is Event.RESENT and row.deadline_at is not None and row.deadline_at <= now:
            raise IllegalMove("give_up_at", "its give_up_at has passed; write a later one and use `rebuild`")
        tenant = settings.tenants.get(row.tenant)
        scopes = ways(row.tenant, tenant) if tenant else ()
        await outbox.record(
            connection,
            question,
            event,
            at=now,
            actor=operator(),
            due_at=now,
            due_since=now,
            stood_still=links.stood_still(await links.read(connection), scopes, now),
            **columns,
        )

    in_transaction(file, work)
