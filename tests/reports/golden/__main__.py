"""Write the golden files anew."""

import asyncio
import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from shs_adapter.store import engine, vault
from tests.databases import at
from tests.reports import filling
from tests.reports.golden import FOLDER, GOLDEN, sheet
from tests.reports.written import written

with tempfile.TemporaryDirectory() as folder:
    path, keys = Path(folder) / "adapter.db", Path(folder) / "keys.toml"
    asyncio.run(engine.migrate(at(path)))
    vault.write_new(keys)
    with closing(sqlite3.connect(path)) as connection:
        filling.household(connection, vault.load(keys))
    for name in GOLDEN:
        for form in ("csv", "html"):
            (FOLDER / f"{name}.{form}").write_bytes(asyncio.run(written(path, name, form)))
        cells = ",\n".join(
            json.dumps(cell, ensure_ascii=False) for cell in sheet(asyncio.run(written(path, name, "xlsx")))
        )
        (FOLDER / f"{name}.xlsx.json").write_text(f"[\n{cells}\n]\n", encoding="utf-8")
