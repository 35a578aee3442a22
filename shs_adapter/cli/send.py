"""`send`: one question by hand, for trying things out."""

import sys
from pathlib import Path

import click
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.cli.database import in_transaction, operator
from shs_adapter.config import Config
from shs_adapter.errors import AdapterError
from shs_adapter.store.tables import outbox


@click.command()
@click.option("--tenant", default="default", show_default=True)
@click.option("--case", "case_id", required=True, help="The case, up to 128 characters.")
@click.option("--officer", required=True, help="The case worker's user id, up to 128 characters.")
@click.option("--from", "from_date", required=True, metavar="YYYY-MM-DD")
@click.option("--to", "to_date", required=True, metavar="YYYY-MM-DD", help="The last day, included.")
@click.option("--agencies", help="Such as AF,CSN,SO; left out: the tenant's whole list.")
@click.option("--reference", help="Your own id; the same one is never asked twice.")
@click.option("--role", "household_role", help="APPLICANT, CO_APPLICANT or CHILD.")
@click.pass_obj
def send(file: Path, /, **columns: str | None) -> None:
    """Insert one question; the personal number is read from standard input or asked for, never an option."""
    if sys.stdin.isatty():
        person = click.prompt("Personal number", hide_input=True)
    else:
        person = sys.stdin.readline().strip()

    async def work(connection: AsyncConnection, _: Config) -> int:
        row = {name: value for name, value in columns.items() if value is not None}
        inserted = (
            insert(outbox).values(person_id=person, created_by=operator(), **row).returning(outbox.c.id)
        )
        try:
            return int((await connection.execute(inserted)).scalar_one())
        except IntegrityError:
            raise AdapterError(
                "reference_taken", "a question with this reference was asked before; it is not asked again"
            ) from None

    click.echo(f"question {in_transaction(file, work)} is in the outbox")
