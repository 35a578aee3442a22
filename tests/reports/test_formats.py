"""The files as they leave: compared with golden ones, read back, and shown by a real browser.

After a change that is meant, `python -m tests.reports.golden` writes the golden files anew.
"""

import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from lxml import html

from shs_adapter.config import Database
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.filters import Filters
from shs_adapter.store.vault import Vault
from tests.client import Client
from tests.reports.filling import (
    CHILD,
    CO_APPLICANT,
    PERSON,
    answer,
    earned,
    month,
    paid,
    person,
    put,
    question,
)
from tests.reports.golden import FOLDER, GOLDEN, sheet
from tests.reports.written import written

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND",  # what the browser asks on its own account
)


@pytest.mark.parametrize("name", GOLDEN)
async def test_csv_is_the_golden_one(filled: Database, name: str) -> None:
    assert await written(filled, name, "csv") == (FOLDER / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("name", GOLDEN)
async def test_html_is_the_golden_one(filled: Database, name: str) -> None:
    assert await written(filled, name, "html") == (FOLDER / f"{name}.html").read_bytes()


@pytest.mark.parametrize("name", GOLDEN)
async def test_a_workbook_has_the_golden_cells(filled: Database, name: str) -> None:
    """Value, type and format of every cell."""
    golden = json.loads((FOLDER / f"{name}.xlsx.json").read_text(encoding="utf-8"))

    assert sheet(await written(filled, name, "xlsx")) == golden


ODD_PERIODS = [
    ("2026-10-22", "9999-12-31"),
    ("0001-01-01", "2026-10-22"),
    ("0001-01-01", "9999-12-31"),
    ("1899-12-30", "1899-12-31"),
    ("2026-10-22", "2026-10-01"),
    ("overwritten", "2026-10-01"),
    ("2026-10-01", None),
    ("2026-02-30", ""),
]


@pytest.mark.parametrize("form", ["table", "csv", "json", "html", "xlsx"])
async def test_no_report_falls_over_the_period_of_one_row(stead: Database, form: str) -> None:
    """As older versions asked about, and as a business system may write over what was asked."""
    client = Client(stead)
    for number, (first, last) in enumerate(ODD_PERIODS, 1):
        subject = person(client, f"EB-{number}")
        question(client, subject, number)
        client.execute("UPDATE outbox SET from_date = ?, to_date = ? WHERE id = ?", first, last, number)
        put(
            client,
            "gap",
            subject_id=subject,
            agency="SO",
            from_date=str(first),
            to_date=str(last),
            root_id=number,
            outcome="WAITING",
        )

    for name in REPORTS:
        assert await written(stead, name, form), name


async def test_csv_is_what_swedish_excel_reads(filled: Database) -> None:
    raw = await written(filled, "payment", "csv")
    lines = raw.decode("utf-8-sig").split("\r\n")

    assert raw.startswith(b"\xef\xbb\xbf")
    assert "\n" not in "".join(lines)
    assert lines[5].startswith("Nummer;Fråga;Verksamhet;Ärende;")
    assert ";12345,67;" in raw.decode()
    assert ";2026-10-20;" in raw.decode()
    assert ";2026-11-24 13:05:00;" in raw.decode()


@pytest.mark.parametrize("form", ["csv", "json", "table", "html"])
async def test_what_the_business_system_wrote_is_neither_a_formula_nor_a_number(
    filled: Database, form: str
) -> None:
    text = (await written(filled, "request", form)).decode()

    assert PERSON not in text
    assert "19770117-2392" not in text
    assert ";=" not in text
    assert "***" in text


async def test_a_workbook_holds_no_formula(filled: Database) -> None:
    for name in REPORTS:
        book = openpyxl.load_workbook(io.BytesIO(await written(filled, name, "xlsx")))
        kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds, name


async def test_a_workbook_can_be_filtered_below_a_heading_that_stays(filled: Database) -> None:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(await written(filled, "payment", "xlsx")))
    heading = next(row[0].row for row in sheet.iter_rows() if row[0].value == "Nummer")

    assert sheet.freeze_panes == f"A{heading + 1}"
    assert sheet.auto_filter.ref == f"A{heading}:AG{sheet.max_row}"


async def test_json_has_the_views_own_names_and_codes(filled: Database) -> None:
    report = json.loads(await written(filled, "payment", "json"))

    assert report["fetched"] == ["2026-11-24T12:05:00Z", "2026-11-24T12:05:00Z"]
    assert report["period"] == ["2026-09-18", "2026-10-20"]
    assert [gap["agency"] for gap in report["unverified"]] == ["CSN", "ALL"]
    assert report["unverified_protected"] == 1
    first = report["rows"][0]
    assert (first["payer"], first["net"], first["loan"], first["paid_on"]) == ("FK", 2650, None, "2026-10-20")
    assert list(first) == list(REPORTS["payment"].names)


@pytest.mark.parametrize("form", ["csv", "json", "table", "html"])
@pytest.mark.parametrize("name", [report.name for report in REPORTS.values() if report.is_about_persons])
async def test_of_a_protected_person_only_that_there_is_a_row_is_told(
    filled: Database, name: str, form: str
) -> None:
    text = (await written(filled, name, form)).decode()

    for secret in (
        "Vårdbidrag",
        "7777",
        "7 777",
        "7\N{NO-BREAK SPACE}777",
        "Hemliga",
        "Barn;",
        "Barn<",
        "CHILD",
    ):
        assert secret not in text
    for number in (PERSON, CO_APPLICANT, CHILD):
        assert number not in text
    assert "skyddad" in text or '"unverified_protected": 1' in text


async def test_rows_stand_in_the_same_order_whatever_the_engine_makes_of_letters_and_of_null(
    stead: Database, client: Client
) -> None:
    somebody = person(client)
    question(client, somebody, 1)
    answer(client, 1, FK={"outcome": "DATA"})
    month(client, somebody, "2026-10")
    benefits, days = ["Äldre", "bostad", "-1", "Zon", "Övrigt"], ["2026-10-01", None, "2026-10-02"]
    for benefit in benefits:
        earned(client, somebody, "2026-10", benefit=benefit)
    for row_no, day in enumerate(days):
        paid(client, somebody, 1, row_no, paid_on=day)

    months = json.loads(await written(stead, "income-month", "json"))["rows"]
    payments = json.loads(await written(stead, "payment", "json"))["rows"]

    assert [row["benefit"] for row in months] == ["-1", "Zon", "bostad", "Äldre", "Övrigt"]
    assert [row["paid_on"] for row in payments] == ["2026-10-02", "2026-10-01", None]


async def test_a_protected_row_has_its_tenant_and_stands_last(filled: Database) -> None:
    *_, last = json.loads(await written(filled, "income-month", "json"))["rows"]

    assert {name: value for name, value in last.items() if value != "skyddad"} == {
        "tenant": "default",
        "restricted": 1,
    }


async def test_with_persons_each_row_names_its_own_and_protected_rows_are_whole(
    filled: Database, keys: Vault
) -> None:
    wanted = Filters(persons=True)
    for name, report in REPORTS.items():
        if not report.is_about_persons:
            continue
        rows = json.loads(await written(filled, name, "json", wanted, keys))["rows"]
        named = {row["household_role"]: row["personnummer"] for row in rows if row["case_id"] == "EB-17"}
        known = {"APPLICANT": PERSON, "CO_APPLICANT": CO_APPLICANT, "CHILD": CHILD}
        assert named == {role: known[role] for role in named}, name
        assert named, name
    rows = json.loads(await written(filled, "payment", "json", wanted, keys))["rows"]
    assert [row["net"] for row in rows if row["household_role"] == "CHILD"] == [7777.0]


def page(raw: bytes) -> html.HtmlElement:
    return html.document_fromstring(raw.decode())


@pytest.mark.parametrize("name", REPORTS)
async def test_a_page_needs_nothing_from_outside(filled: Database, name: str) -> None:
    shown = page(await written(filled, name, "html"))

    assert shown.get("lang") == "sv"
    assert not shown.xpath(
        "//script | //link | //img | //iframe | //@src | //@href | //@*[starts-with(name(), 'on')]"
    )
    assert "url(" not in shown.findtext(".//style")
    assert "@import" not in shown.findtext(".//style")


@pytest.mark.parametrize(("name", "plots"), [("volume", 1), ("agency-quality", 2), ("payment", 0)])
async def test_plots_can_be_read_without_being_seen(filled: Database, name: str, plots: int) -> None:
    images = page(await written(filled, name, "html")).xpath("//svg[@role='img']")

    assert len(images) == plots
    for image in images:
        assert image.findtext("title")
        assert re.search(r"Enhet: \w+\. .+: .+ [0-9]", image.findtext("desc"))


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
@pytest.mark.parametrize(("name", "plots"), [("volume", 1), ("agency-quality", 2), ("payment", 0)])
async def test_a_browser_shows_the_page_and_asks_nobody(
    filled: Database, tmp_path: Path, name: str, plots: int
) -> None:
    file, picture = tmp_path / "page.html", tmp_path / "page.png"
    file.write_bytes(await written(filled, name, "html"))

    dumped, asked = browse(tmp_path, "--dump-dom", file.as_uri())
    browse(tmp_path, "--window-size=1400,1000", f"--screenshot={picture}", file.as_uri())

    shown = page(dumped)
    assert len(shown.xpath("//table/tbody/tr")) >= 4
    assert len(shown.xpath("//svg")) == plots
    assert len(shown.xpath("//svg//rect")) >= 6 * plots
    assert asked == set()
    assert picture.stat().st_size > 10_000


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
def test_a_page_that_asks_somebody_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text('<!DOCTYPE html><html><body><img src="http://127.0.0.1:9/x.png"></body></html>')

    _, asked = browse(tmp_path, "--dump-dom", file.as_uri())

    assert asked == {"http://127.0.0.1:9/x.png"}


def browse(folder: Path, *arguments: str) -> tuple[bytes, set[str]]:
    """What the browser prints, and the addresses that the page, not the browser itself, has asked for."""
    log = folder / "net.json"
    command = [CHROMIUM or "", *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}"]
    done = subprocess.run([*command, *arguments], capture_output=True, timeout=60, check=True)
    told = [event.get("params", {}) for event in json.loads(log.read_text())["events"]]
    asked = {one["url"] for one in told if one.get("initiator", "not an origin") != "not an origin"}
    return done.stdout, asked


async def test_a_workbook_prints_on_landscape_one_page_wide_with_its_heading(filled: Database) -> None:
    for paper in openpyxl.load_workbook(io.BytesIO(await written(filled, "payment", "xlsx"))):
        assert paper.page_setup.orientation == "landscape"
        assert paper.sheet_properties.pageSetUpPr.fitToPage
        assert (paper.page_setup.fitToWidth or 1, paper.page_setup.fitToHeight) == (1, 0)  # 1 is left out
        assert paper.print_title_rows


async def test_a_page_has_a_main_and_its_table_a_caption_in_a_box_that_the_keyboard_reaches(
    filled: Database,
) -> None:
    body = page(await written(filled, "payment", "html"))

    (box,) = body.xpath("//main/div[@role='region' and @tabindex='0' and @aria-label]")
    assert box.xpath("string(table/caption)") == box.get("aria-label")
