"""A report, from the database to a file or a stream."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import IO

from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.reports import opening, reading
from shs_adapter.reports.cells import cells
from shs_adapter.reports.csv_file import CsvWriter
from shs_adapter.reports.filters import Filters
from shs_adapter.reports.html_page import HtmlWriter
from shs_adapter.reports.json_file import JsonWriter
from shs_adapter.reports.report import Report
from shs_adapter.reports.table import TableWriter
from shs_adapter.reports.writers import Head, Writer
from shs_adapter.reports.xlsx_file import XlsxWriter
from shs_adapter.store.vault import Vault

WRITERS: Mapping[str, type[Writer]] = {
    "table": TableWriter,
    "csv": CsvWriter,
    "json": JsonWriter,
    "xlsx": XlsxWriter,
    "html": HtmlWriter,
}


async def write(
    connection: AsyncConnection,
    report: Report,
    filters: Filters,
    form: str,
    stream: IO[bytes],
    *,
    vault: Vault | None = None,
) -> None:
    """Write *report* to *stream*; *vault* opens the personal numbers, where *filters* ask for persons."""
    kind = WRITERS[form]
    names = [*(["personnummer"] if vault else []), *(report.brief if kind.is_brief else report.names)]
    head = Head(
        report,
        await opening.read(connection, report, filters),
        {name: report.column(name) for name in names},
    )
    writer = kind(stream, head)
    count = left_out = 0
    async with aclosing(reading.rows(connection, report, filters, vault)) as rows:
        async for row in rows:
            if kind.most is not None and count >= kind.most:
                left_out += 1
                writer.beyond(row)
            else:
                count += 1
                writer.row(row, cells(report, names, row, filters.persons))
    writer.end(left_out)
