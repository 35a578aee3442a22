"""What may be said of a month when its agencies have answered at different times, and for different days."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.ssbtek.facts import Payment, PaymentStatus
from shs_adapter.store import persons
from shs_adapter.store.tables import attempt
from shs_adapter.store.vault import Vault
from tests.store.rows import SOMEBODY, add, answered, build
from tests.store.test_recount import paid, said, seen

CHANGES = "SELECT control_month, kind, exceeds FROM report_change ORDER BY 1"
MONTHS = "SELECT month, status, payments, net FROM report_income_month WHERE payments > 0 ORDER BY 1, 2"
AWAITED = "SELECT benefit, expected_month FROM report_outstanding WHERE kind = 'BENEFIT'"
AUGUST = paid(date(2026, 8, 20))
OCTOBER = datetime(2026, 10, 10, 9, tzinfo=UTC)


async def asked(
    database: AsyncEngine,
    keys: Vault,
    days: tuple[str, str],
    at: datetime,
    *payments: Payment,
    agency: str = "FK",
    outcome: str = "DATA",
) -> None:
    """A question about *days*, built and answered *at* the time."""
    period = {"from_date": days[0], "to_date": days[1]}
    tx_id = await build(database, keys, await add(database, **period, **SOMEBODY), agency, **period)
    async with database.begin() as connection:
        await connection.execute(update(attempt).where(attempt.c.tx_id == tx_id).values(built_at=at))
    asked = {"asked_from": days[0], "asked_to": days[1]}
    await answered(database, keys, tx_id, said(*payments, agency=agency, outcome=outcome, **asked), at=at)


async def test_days_that_were_only_forecast_keep_a_month_open(database: AsyncEngine, keys: Vault) -> None:
    """Nobody has asked about 16 to 24 September since the 15th."""
    september = datetime(2026, 9, 15, 9, tzinfo=UTC)
    await asked(database, keys, ("2026-08-01", "2026-09-30"), september, AUGUST)
    await asked(database, keys, ("2026-09-25", "2026-10-31"), OCTOBER)

    assert ("2026-09", "UNVERIFIED", None) in await seen(database, CHANGES)
    known = "SELECT known_to FROM report_income_month WHERE month = '2026-09'"
    assert await seen(database, known) == [("2026-09-15",)]


@pytest.mark.parametrize(
    ("day", "change"),
    [(30, ("UNVERIFIED", None)), (None, ("VANISHED", 1))],
)
async def test_a_month_is_over_when_its_last_day_is(
    database: AsyncEngine, keys: Vault, day: int | None, change: tuple[str, int | None]
) -> None:
    at = datetime(2026, 9, day, 6, tzinfo=UTC) if day else datetime(2026, 10, 1, 6, tzinfo=UTC)
    await asked(database, keys, ("2026-08-01", "2026-09-30"), at, AUGUST)

    assert ("2026-09", *change) in await seen(database, CHANGES)


async def test_one_agencys_old_answer_keeps_no_other_agencys_month_open(
    database: AsyncEngine, keys: Vault
) -> None:
    both = "2026-08-01", "2026-09-30"
    september = datetime(2026, 9, 10, 9, tzinfo=UTC)
    await asked(database, keys, both, september, agency="SO", outcome="EMPTY")
    await asked(database, keys, both, OCTOBER, AUGUST)

    assert ("2026-09", "VANISHED", 1) in await seen(database, CHANGES)


async def test_as_much_as_before_is_to_be_looked_at_while_the_agency_has_not_told_all(
    database: AsyncEngine, keys: Vault
) -> None:
    await asked(database, keys, ("2026-08-01", "2026-08-31"), datetime(2026, 9, 10, 9, tzinfo=UTC), AUGUST)
    september = paid(date(2026, 9, 18))
    await asked(database, keys, ("2026-09-01", "2026-09-30"), OCTOBER, september, outcome="PARTIAL")

    assert ("2026-09", "SAME", 1) in await seen(database, CHANGES)


async def test_what_is_announced_is_awaited_and_not_yet_paid(database: AsyncEngine, keys: Vault) -> None:
    planned = paid(date(2026, 9, 18), status=PaymentStatus.PLANNED)
    await asked(database, keys, ("2026-08-01", "2026-09-30"), OCTOBER, AUGUST, planned)

    assert ("2026-09", "VANISHED", 1) in await seen(database, CHANGES)
    assert ("Barnbidrag", "2026-09") in await seen(database, AWAITED)
    assert ("2026-09", "PLANNED", 1, 1250.0) in await seen(database, MONTHS)


async def test_what_has_an_unknown_status_is_there(database: AsyncEngine, keys: Vault) -> None:
    unknown = paid(date(2026, 9, 18), net=4000, status=PaymentStatus.UNKNOWN)
    await asked(database, keys, ("2026-08-01", "2026-09-30"), OCTOBER, unknown)

    assert await seen(database, "SELECT payments, net FROM report_household") == [(1, 4000.0)]


async def test_what_was_paid_is_not_taken_back_by_what_is_announced(
    database: AsyncEngine, keys: Vault
) -> None:
    """A payment in arrears covers the same days as the one that was made."""
    covers: dict[str, Any] = {"period_from": date(2026, 9, 1), "period_to": date(2026, 9, 30)}
    made = paid(date(2026, 9, 25), net=9000, **covers)
    announced = paid(date(2026, 10, 2), net=300, status=PaymentStatus.PLANNED, **covers)
    await asked(database, keys, ("2026-09-01", "2026-09-30"), datetime(2026, 10, 1, tzinfo=UTC), made)
    await asked(database, keys, ("2026-10-01", "2026-10-31"), datetime(2026, 10, 1, 9, tzinfo=UTC), announced)

    assert await seen(database, MONTHS) == [("2026-09", "PAID", 1, 9000.0), ("2026-10", "PLANNED", 1, 300.0)]


async def test_an_announced_payment_stands_beside_one_made_weeks_before(
    database: AsyncEngine, keys: Vault
) -> None:
    announced = paid(
        date(2026, 10, 25),
        status=PaymentStatus.PLANNED,
        period_from=date(2026, 9, 15),
        period_to=date(2026, 10, 14),
    )
    made = paid(date(2026, 9, 25), period_from=date(2026, 9, 1), period_to=date(2026, 9, 20))
    await asked(database, keys, ("2026-09-01", "2026-10-31"), datetime(2026, 9, 20, tzinfo=UTC), announced)
    await asked(database, keys, ("2026-09-01", "2026-09-30"), datetime(2026, 10, 1, tzinfo=UTC), made)

    assert [row[:2] for row in await seen(database, MONTHS)] == [("2026-09", "PAID"), ("2026-10", "PLANNED")]


async def test_a_number_written_into_a_question_that_was_built_changes_nobody(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id = await add(database, person_id="197701172392", case_id="E-1", tenant="default")
    async with database.begin() as connection:
        await persons.seal(connection, keys, 10)
    await build(database, keys, outbox_id, "FK")
    whose = "SELECT subject_id, person_key, person_sealed, person_id FROM outbox"
    before = await seen(database, whose)
    async with database.begin() as connection:
        await connection.execute(text("UPDATE outbox SET person_id = '199001012385'"))
        await persons.seal(connection, keys, 10)

    assert await seen(database, whose) == before
    assert before[0][3] is None
