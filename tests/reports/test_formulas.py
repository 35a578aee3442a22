"""No text becomes a formula in a spreadsheet, whichever sign begins it."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.csv_file import CsvWriter
from shs_adapter.reports.opening import Opening
from shs_adapter.reports.writers import Head
from shs_adapter.reports.xlsx_file import XlsxWriter

ASCII = "=+-@"
FOLDED = "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212\u207a\u208b"
BEFORE = (
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\xa0",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u202e",
    " \t\xa0\u200b",
    "\0",
)
TEXTS = [f"{before}{sign}1+1" for before in BEFORE for sign in ASCII + FOLDED]
HARMLESS = ["-1004", "5", "a=b", "–", "E-1", "", "'x", "#1"]


def written(kind: type[CsvWriter] | type[XlsxWriter], stream: io.BytesIO, texts: list[str]) -> None:
    report = REPORTS["request"]
    nobody = (None, None)
    opening = Opening(title="t", fetched=nobody, period=nobody, is_full=False)
    writer = kind(stream, Head(report, opening, {"officer": report.column("officer")}))
    for text in texts:
        writer.row({}, [text])
    writer.end(0)


@pytest.mark.parametrize("sign", ASCII + FOLDED)
def test_a_sign_that_a_spreadsheet_may_fold_gets_an_apostrophe(sign: str) -> None:
    texts = [one for one in TEXTS if sign in one]
    stream = io.BytesIO()

    written(CsvWriter, stream, texts)

    rows = list(csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row[0] for row in rows[6:]] == [f"'{text}" for text in texts]


def test_what_is_no_formula_stays_as_it_is() -> None:
    stream = io.BytesIO()

    written(CsvWriter, stream, HARMLESS)

    rows = list(csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row[0] if row else "" for row in rows[6:]] == HARMLESS


def test_a_workbook_has_them_as_text(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    texts = [one for one in TEXTS if one.isprintable()]
    with file.open("wb") as stream:
        written(XlsxWriter, stream, texts)  # type: ignore[arg-type]

    (sheet,) = openpyxl.load_workbook(file).worksheets
    kinds = {cell.data_type for (cell,) in sheet.iter_rows(min_row=4, max_col=1) if cell.value}
    assert kinds == {"s"}
