"""A report of many rows: memory stays bounded, writers are not held up, and nothing is cut in silence."""

import asyncio
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from shs_adapter.config import Database
from shs_adapter.reports import reading
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.filters import Filters
from shs_adapter.store import engine
from tests.client import Client
from tests.databases import ENGINES, empty
from tests.reports.filling import answer, income, month, payment, person, put, question
from tests.reports.written import write_to

EACH = 3_500  # payments of each of three persons: more than a page shows


@pytest.fixture(scope="module", params=ENGINES)
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Persons in more than one slice, with many payments; the last is protected."""
    with empty(request, request.param, tmp_path_factory.mktemp("crowd")) as database:
        client = Client(database)
        for number in (1, reading.SLICE + 2, 2 * reading.SLICE + 3):
            last = number > 2 * reading.SLICE
            subject = person(client, f"EB-{number}", id=number, person_key=f"{number}", restricted=last)
            question(client, subject, number)
            answer(client, number, FK={"outcome": "DATA"})
            month(client, subject, "2026-10")
            month(client, subject, "2026-09")
            put(client, "payment", *(payment(subject, number, row_no) for row_no in range(EACH)))
            benefits = [f"Förmån {row_no}" for row_no in range(EACH)]
            put(client, "income", *(income(subject, "2026-10", benefit=benefit) for benefit in benefits))
        yield database


class Sink(io.RawIOBase):
    """Takes bytes and keeps none."""

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        return len(some)


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
async def test_three_times_the_rows_take_no_more_memory(crowd: Database, form: str) -> None:
    await write_to(Sink(), crowd, "payment", form, Filters(case_id="none"))  # what is loaded only once

    one = await peak(crowd, form, Filters(case_id="EB-1", persons=True))
    all_three = await peak(crowd, form, Filters(persons=True))

    assert all_three < 1.3 * one


async def peak(stead: Database, form: str, wanted: Filters) -> int:
    """The most memory that was held at one time while the report was written, in bytes."""
    tracemalloc.start()
    await write_to(Sink(), stead, "payment", form, wanted)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("name", ["payment", "income-month", "change"])
async def test_slices_give_every_row_once_in_the_reports_order(crowd: Database, name: str) -> None:
    report = REPORTS[name]
    ordered = report.order.replace(" DESC", "").split(", ")
    database = engine.open_engine(crowd, reading=True)
    async with database.connect() as reader:
        rows = [
            tuple(row[column] for column in ordered)
            async for row in reading.rows(reader, report, Filters(persons=True), None)
        ]
    await database.dispose()

    query = f"SELECT {', '.join(ordered)} FROM {report.view} ORDER BY {report.order}"
    assert rows == Client(crowd).rows(query)
    assert len(rows) > 3 * EACH - 1


async def test_a_table_and_a_page_say_how_many_rows_they_leave_out(crowd: Database) -> None:
    for form, most in (("table", 1_000), ("html", 10_000)):
        stream = io.BytesIO()
        await write_to(stream, crowd, "payment", form)

        left_out = 3 * EACH - most
        assert (
            f"{left_out} rader till visas inte här; ta ut alla med --format csv."
            in stream.getvalue().decode()
        )


async def test_a_writer_writes_while_a_report_is_read(crowd: Database) -> None:
    reader, writer = engine.open_engine(crowd, reading=True), engine.open_engine(crowd)
    try:
        async with reader.connect() as connection:
            rows = reading.rows(connection, REPORTS["payment"], Filters(), None)
            before = await anext(rows)
            async with asyncio.timeout(5), writer.begin() as other:
                await other.exec_driver_sql("UPDATE payment SET net = net + 1")
                await other.exec_driver_sql("UPDATE payment SET net = net - 1")
            after = await anext(rows)
            await rows.aclose()
        assert before["net"] == after["net"] == 2650
    finally:
        await reader.dispose()
        await writer.dispose()


async def test_a_reading_engine_cannot_write(crowd: Database) -> None:
    reader = engine.open_engine(crowd, reading=True)
    try:
        async with reader.connect() as connection:
            with pytest.raises(Exception, match=r"read-?only"):
                await connection.exec_driver_sql("UPDATE payment SET net = 0")
    finally:
        await reader.dispose()
