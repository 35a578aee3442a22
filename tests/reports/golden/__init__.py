"""Golden files of reports on the household of `filling`, and how they are written anew."""

import io
from pathlib import Path
from typing import Any

import openpyxl

FOLDER = Path(__file__).parent
GOLDEN = ("payment", "income-month", "unverified", "agency-quality", "volume")


def sheet(raw: bytes) -> list[list[Any]]:
    """Every filled cell of a workbook: sheet and place, type, value, format."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    return [
        [f"{one.title}!{cell.coordinate}", cell.data_type, str(cell.value), cell.number_format]
        for one in book
        for row in one.iter_rows()
        for cell in row
        if cell.value is not None
    ]
