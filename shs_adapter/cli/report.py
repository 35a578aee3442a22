"""`report`: what the views hold, in Swedish, for people; journalled where persons are named."""

import asyncio
import difflib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import config
from shs_adapter.cli.arguments import Utf8
from shs_adapter.cli.database import in_transaction, usable
from shs_adapter.cli.screen import say
from shs_adapter.cli.who import operator
from shs_adapter.config import Config
from shs_adapter.daemon.context import utc_now
from shs_adapter.errors import AdapterError
from shs_adapter.reports import export
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.cells import plain
from shs_adapter.reports.filters import Filters
from shs_adapter.reports.report import Report
from shs_adapter.store import audit, engine, journal, vault

_DAY = click.DateTime(["%Y-%m-%d"])
_NOTED = 500  # characters of a choice that the journal keeps


@click.command()
@click.argument("name", required=False, type=Utf8())
@click.option("--from", "first", type=_DAY, help="The first day of the report's own time.")
@click.option("--to", "last", type=_DAY, help="The last day, included.")
@click.option("--tenant", type=Utf8(), help="Of this tenant alone.")
@click.option("--case", "case_id", type=Utf8(), help="Of this case alone, as the database has it.")
@click.option("--format", "form", type=click.Choice(list(export.WRITERS)), help="table, if left out.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file, replaced when done.")
@click.option(
    "--persons", is_flag=True, help="Name persons, and show protected ones; the journal says who looked."
)
@click.pass_obj
def report(
    file: Path,
    name: str | None,
    first: datetime | None,
    last: datetime | None,
    tenant: str | None,
    case_id: str | None,
    form: str | None,
    out: Path | None,
    persons: bool,
) -> None:
    """Write the report NAME; without NAME, list the reports.

    table and html have the main columns, csv, xlsx and json all. docs/reports.md describes each.
    """
    if name is None:
        if persons or any(one is not None for one in (first, last, tenant, case_id, form, out)):
            raise click.UsageError("which report? Without NAME they are listed, and no option is taken")
        width = max(map(len, REPORTS))
        for one in REPORTS.values():
            say(f"{one.name:{width}}  {one.title}: {one.line}")
        return
    wanted = Filters(
        first=first and first.date(),
        last=last and last.date(),
        tenant=tenant,
        case_id=case_id,
        persons=persons,
    )
    chosen = _chosen(name)
    _check(chosen, wanted)
    if form == "xlsx" and out is None and sys.stdout.isatty():
        raise click.UsageError("xlsx is not for a terminal; use --out")
    settings = config.load(file)
    keys = vault.load(settings.keys.file) if persons else None
    if persons:
        in_transaction(file, lambda connection, _: _note(connection, chosen, wanted))
    with usable(settings.database), _output(out) as stream:
        asyncio.run(_write(settings, chosen, wanted, form or "table", stream, keys))


def _chosen(name: str) -> Report:
    if name not in REPORTS:
        near = difflib.get_close_matches(name, REPORTS, n=1, cutoff=0)
        raise click.UsageError(f"there is no report {name!r}; the nearest is {near[0]!r}")
    return REPORTS[name]


def _check(chosen: Report, wanted: Filters) -> None:
    """Refuse what the report cannot take: nothing is ignored."""
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise click.UsageError("--from lies after --to")
    if not chosen.is_about_persons:
        for option, value in (("--case", wanted.case_id), ("--persons", wanted.persons or None)):
            if value is not None:
                raise click.UsageError(f"{chosen.name} is not about persons, and takes no {option}")


async def _note(connection: AsyncConnection, chosen: Report, wanted: Filters) -> None:
    """The journal tells the report, and how much of it."""
    narrowed = [
        f"{name}={value}"
        for name, value in (
            ("from", wanted.first),
            ("to", wanted.last),
            ("tenant", wanted.tenant),
            ("case", wanted.case_id),
        )
        if value
    ]
    code = plain(" ".join([chosen.name, *narrowed]))[:_NOTED]
    line = journal.line(audit.PERSONS_SHOWN, at=utc_now(), actor=operator(), code=code)
    await journal.write(connection, [line])


async def _write(
    settings: Config, chosen: Report, wanted: Filters, form: str, stream: IO[bytes], keys: vault.Vault | None
) -> None:
    database = engine.open_engine(settings.database, reading=True)
    try:
        await engine.check(database, settings.database)
        async with database.connect() as connection:
            await export.write(connection, chosen, wanted, form, stream, vault=keys)
    finally:
        await database.dispose()


@contextmanager
def _output(out: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that only its owner reads and that is there only when it is whole."""
    if out is None:
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as stream:
            yield stream
        return
    if out.exists() and not out.is_file():
        raise AdapterError("output", f"{out}: is no file; leave out --out to write to standard output")
    try:
        number, part = tempfile.mkstemp(prefix=f"{out.name}.", suffix=".part", dir=out.parent)
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        with os.fdopen(number, "wb") as stream:
            yield stream
        Path(part).replace(out)
    except OSError as error:
        raise _unwritable(out, error) from None
    finally:
        Path(part).unlink(missing_ok=True)


def _unwritable(out: Path, error: OSError) -> AdapterError:
    return AdapterError("output", f"{out}: cannot be written ({error.strerror})")
