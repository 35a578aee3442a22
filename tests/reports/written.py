"""A report as `report` writes it."""

import io
from typing import IO, Any

from shs_adapter.config import Database
from shs_adapter.reports import export
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.filters import Filters
from shs_adapter.store import engine
from shs_adapter.store.vault import Vault


async def written(
    stead: Database, name: str, form: str, wanted: Filters | None = None, vault: Vault | None = None
) -> bytes:
    stream = io.BytesIO()
    await write_to(stream, stead, name, form, wanted, vault)
    return stream.getvalue()


async def write_to(
    stream: IO[bytes] | Any,
    stead: Database,
    name: str,
    form: str,
    wanted: Filters | None = None,
    vault: Vault | None = None,
) -> None:
    database = engine.open_engine(stead, reading=True)
    try:
        async with database.connect() as connection:
            await export.write(connection, REPORTS[name], wanted or Filters(), form, stream, vault=vault)
    finally:
        await database.dispose()
