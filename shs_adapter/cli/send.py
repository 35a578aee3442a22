"""`send`: one question by hand, for trying things out."""

import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.cli.arguments import Utf8
from shs_adapter.cli.database import in_transaction
from shs_adapter.cli.screen import say
from shs_adapter.cli.who import operator
from shs_adapter.config import Config
from shs_adapter.errors import AdapterError
from shs_adapter.store.engine import is_passing, reason
from shs_adapter.store.tables import outbox


@click.command()
@click.option("--tenant", type=Utf8(), default="default", show_default=True)
@click.option("--case", "case_id", type=Utf8(), required=True, help="The case, up to 128 characters.")
@click.option(
    "--officer", type=Utf8(), required=True, help="The case worker's user id, up to 128 characters."
)
@click.option("--from", "from_date", type=Utf8(), required=True, metavar="YYYY-MM-DD")
@click.option(
    "--to", "to_date", type=Utf8(), required=True, metavar="YYYY-MM-DD", help="The last day, included."
)
@click.option("--agencies", type=Utf8(), help="Such as AF,CSN,SO; left out: the tenant's whole list.")
@click.option("--reference", type=Utf8(), help="Your own id; the same one is never asked twice.")
@click.option("--role", "household_role", type=Utf8(), help="APPLICANT, CO_APPLICANT or CHILD.")
@click.pass_obj
def send(file: Path, /, **columns: str | None) -> None:
    """Insert one question; the personal number is read from standard input or asked for, never an option."""
    person = _person()

    async def work(connection: AsyncConnection, _: Config) -> int:
        row = {name: value for name, value in columns.items() if value is not None}
        inserted = (
            insert(outbox).values(person_id=person, created_by=operator(), **row).returning(outbox.c.id)
        )
        try:
            return int((await connection.execute(inserted)).scalar_one())
        except DBAPIError as error:
            if is_passing(error):
                raise
            raise _refused(error) from None

    say(f"question {in_transaction(file, work)} is in the outbox")


def _person() -> str:
    """From the terminal or standard input; it may be wrong, but is a text that a database takes."""
    if sys.stdin.isatty():
        person = str(click.prompt("Personal number", hide_input=True))
    else:
        person = sys.stdin.buffer.readline().decode(errors="surrogateescape").strip()
    if not person.isprintable():
        raise click.UsageError("the personal number is not UTF-8 text, or holds a control character")
    return person


def _refused(error: DBAPIError) -> AdapterError:
    """What the database will not take; its own text may quote the row."""
    driver: Any = error.driver_exception
    taken = (
        getattr(driver, "constraint_name", None) == _REFERENCE[0]  # PostgreSQL
        or (reason(error), str(driver)) == _REFERENCE[1:]  # SQLite
    )
    if taken:
        return AdapterError(
            "reference_taken", "a question with this reference was asked before; it is not asked again"
        )
    return AdapterError(
        "refused",
        f"the database refused the question ({reason(error)}), and it is not asked: a trigger, a constraint"
        " or a missing right stands against it; ask whoever administers the database",
    )


_REFERENCE = (
    "uq_outbox_reference",
    *("SQLITE_CONSTRAINT_UNIQUE", "UNIQUE constraint failed: outbox.tenant, outbox.reference"),
)
