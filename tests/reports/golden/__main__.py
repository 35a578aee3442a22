"""Write the golden files anew."""

import asyncio
import json
import tempfile
from pathlib import Path

from shs_adapter.store import engine, vault
from tests.client import Client
from tests.databases import at
from tests.reports import filling
from tests.reports.golden import FOLDER, GOLDEN, sheet
from tests.reports.written import written

with tempfile.TemporaryDirectory() as folder:
    stead, keys = at(Path(folder) / "adapter.db"), Path(folder) / "keys.toml"
    asyncio.run(engine.migrate(stead))
    vault.write_new(keys)
    filling.household(Client(stead), vault.load(keys))
    for name in GOLDEN:
        for form in ("csv", "html"):
            (FOLDER / f"{name}.{form}").write_bytes(asyncio.run(written(stead, name, form)))
        cells = ",\n".join(
            json.dumps(cell, ensure_ascii=False) for cell in sheet(asyncio.run(written(stead, name, "xlsx")))
        )
        (FOLDER / f"{name}.xlsx.json").write_text(f"[\n{cells}\n]\n", encoding="utf-8")
