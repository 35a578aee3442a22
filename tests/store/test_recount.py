"""What is known of a person in a case, over all questions and answers about them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.lifecycle import Event
from shs_adapter.ssbtek.facts import Part, PartKind, Payer, Payment, PaymentStatus, TnsVehicle
from shs_adapter.ssbtek.finding import Outcome, Sub
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.store import answers, tables
from shs_adapter.store.report_tables import FACTS, payment, payment_part, subject
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.vault import Vault
from tests.store.rows import (
    ACTOR,
    FIRST,
    LAST,
    NOW,
    SOMEBODY,
    add,
    answered,
    begin_sending,
    build,
    built,
    decoded,
    move,
)

LATER = datetime(2026, 11, 24, 8, tzinfo=UTC)


def paid(day: date, net: int | None = 1250, benefit: str = "Barnbidrag", **changes: Any) -> Payment:
    values: dict[str, Any] = {
        "payer": Payer.FK,
        "benefit": benefit,
        "status": PaymentStatus.PAID,
        "paid_on": day,
        "net": None if net is None else Decimal(net),
        "path": "utbetalningar[0]",
    }
    return Payment(**(values | changes))


def said(*payments: Payment, agency: str = "FK", outcome: str = "DATA", **changes: Any) -> Decoded:
    asked: dict[str, Any] = {"asked_from": FIRST, "asked_to": LAST}
    result = Result(agency=agency, outcome=outcome, payments=payments, **(asked | changes))
    return Decoded(outcome="PARTIAL", code=None, payload_sha256=repr((payments, changes)), results=[result])


async def seen(database: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with database.begin() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


MONTHS = "SELECT month, benefit, payments, net, unverified, not_asked FROM report_income_month ORDER BY 1, 2"
GAPS = "SELECT agency, from_date, to_date, outcome, felkod FROM report_unverified ORDER BY 1, 2"


async def test_names_without_an_end_are_cut_and_stay_as_many(database: AsyncEngine, keys: Vault) -> None:
    """Sixty benefit groups of Pensionsmyndigheten have one; an index of PostgreSQL's takes 2,704 bytes."""
    luck = Random(1)
    _, tx_id = await built(database, keys, "FK")
    endless = ["".join(chr(luck.randrange(0x10000, 0x2FFFF)) for _ in range(20_000)) for _ in range(3)]
    payments = [paid(date(2026, 10, 15), 100, one, currency=one) for one in endless]
    payments.append(paid(date(2026, 10, 15), 100, endless[0][:-1], currency="SEK"))

    assert await answered(database, keys, tx_id, replace(said(*payments), payload_sha256="x")) == "PARTIAL"

    benefits = await seen(database, "SELECT benefit, currency FROM income")
    assert len(set(benefits)) == 4
    assert max(len(benefit) for benefit, _ in benefits) == 300


async def test_a_question_is_a_gap_until_it_is_answered(database: AsyncEngine, keys: Vault) -> None:
    await built(database, keys, "AF,FK")

    assert await seen(database, GAPS) == [
        ("AF", FIRST, LAST, "WAITING", None),
        ("FK", FIRST, LAST, "WAITING", None),
    ]
    assert await seen(database, MONTHS) == [
        ("2026-09", None, 0, None, f"FK {FIRST}--{LAST}", "CSN, SO"),
        ("2026-10", None, 0, None, f"FK {FIRST}--{LAST}", "CSN, SO"),
    ]


async def test_payments_are_summed_by_month_and_benefit(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "FK")

    await answered(
        database,
        keys,
        tx_id,
        said(
            paid(date(2026, 9, 20)),
            paid(date(2026, 10, 20), net=1000),
            paid(date(2026, 10, 21), net=250),
            paid(date(2026, 10, 25), net=7000, benefit="Sjukpenning"),
        ),
    )

    assert await seen(database, MONTHS) == [
        ("2026-09", "Barnbidrag", 1, 1250.0, "", "CSN, SO"),
        ("2026-10", "Barnbidrag", 2, 1250.0, "", "CSN, SO"),
        ("2026-10", "Sjukpenning", 1, 7000.0, "", "CSN, SO"),
    ]
    assert await seen(database, GAPS) == []


async def test_a_sum_with_an_unknown_amount_is_unknown(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "FK")

    await answered(database, keys, tx_id, said(paid(date(2026, 9, 20)), paid(date(2026, 9, 21), net=None)))

    assert ("2026-09", "Barnbidrag", 2, None, "", "CSN, SO") in await seen(database, MONTHS)


async def test_a_month_without_payments_is_told_with_what_nobody_verified(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "FK,SO")
    results = [
        Result(agency="FK", outcome="ERROR", kalla="SSBT", felkod="T-1", asked_from=FIRST, asked_to=LAST),
        Result(agency="SO", outcome="EMPTY", asked_from=FIRST, asked_to=LAST),
    ]

    await answered(
        database,
        keys,
        tx_id,
        Decoded(outcome="PARTIAL", code=None, payload_sha256="x", results=results),
    )

    assert await seen(database, MONTHS) == [
        (month, None, 0, None, f"FK {FIRST}--{LAST}", "CSN") for month in ("2026-09", "2026-10")
    ]
    assert await seen(database, GAPS) == [("FK", FIRST, LAST, "ERROR", "T-1")]


async def test_days_outside_a_clipped_period_stay_open(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "CSN")

    await answered(database, keys, tx_id, said(agency="CSN", outcome="EMPTY", asked_from="2026-09-23"))

    assert await seen(database, GAPS) == [("CSN", FIRST, "2026-09-22", "UNASKED", "csn_window")]
    assert [row[4] for row in await seen(database, MONTHS)] == [f"CSN {FIRST}--2026-09-22", ""]


async def test_a_newer_question_about_the_same_days_displaces_the_older(
    database: AsyncEngine, keys: Vault
) -> None:
    _, first = await built(database, keys, "FK")
    await answered(database, keys, first, said(paid(date(2026, 9, 20)), paid(date(2026, 10, 20))))
    _, second = await built(database, keys, "FK")

    await answered(
        database, keys, second, said(paid(date(2026, 10, 20), net=1300), asked_from="2026-10-01"), at=LATER
    )

    assert await seen(database, MONTHS) == [
        ("2026-09", "Barnbidrag", 1, 1250.0, "", "CSN, SO"),
        ("2026-10", "Barnbidrag", 1, 1300.0, "", "CSN, SO"),
    ]


async def test_a_newer_partial_answer_displaces_no_data_and_opens_no_day(
    database: AsyncEngine, keys: Vault
) -> None:
    _, first = await built(database, keys, "FK")
    await answered(database, keys, first, said(paid(date(2026, 10, 20))), at=LATER)
    _, second = await built(database, keys, "FK")

    await answered(database, keys, second, said(paid(date(2026, 10, 20), net=1), outcome="PARTIAL"), at=LATER)

    assert await seen(database, GAPS) == []
    assert ("2026-10", "Barnbidrag", 1, 1250.0, "", "CSN, SO") in await seen(database, MONTHS)


async def test_what_was_ahead_when_an_older_answer_came_is_open_when_the_newer_fails(
    database: AsyncEngine, keys: Vault
) -> None:
    _, first = await built(database, keys, "FK")
    early = datetime(2026, 10, 10, tzinfo=UTC)
    await answered(database, keys, first, said(paid(date(2026, 9, 20))), at=early)
    outbox_id, _ = await built(database, keys, "FK")

    await move(database, outbox_id, Event.EXHAUSTED, code="give_up_at")

    assert await seen(database, GAPS) == [("FK", "2026-10-11", LAST, "FAILED", "give_up_at")]


async def test_a_payment_without_any_day_is_told_in_a_month_that_is_unknown(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "FK")

    await answered(database, keys, tx_id, said(paid(date(2026, 9, 1), paid_on=None)))

    assert ("unknown", "Barnbidrag", 1, 1250.0, "", "CSN, FK, SO") in await seen(database, MONTHS)


async def test_a_withdrawn_question_leaves_nothing_behind(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "FK")
    await answered(database, keys, tx_id, said(paid(date(2026, 9, 20))))

    async with database.begin() as connection:
        await answers.retract(connection, outbox_id)
    await move(database, outbox_id, Event.WITHDRAWN)

    for view in ("report_payment", "report_agency"):
        assert await seen(database, f"SELECT * FROM {view}") == []
    async with database.begin() as connection:
        assert (await connection.execute(select(payment))).all() == []


async def test_a_quarantined_answer_is_in_no_report(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "FK")

    await answered(
        database, keys, tx_id, Decoded(outcome="QUARANTINED", code="person:FK", payload_sha256="x")
    )

    assert await seen(database, "SELECT * FROM report_payment") == []
    assert await seen(database, GAPS) == [("FK", FIRST, LAST, "QUARANTINED", None)]


async def test_decoding_again_replaces_what_an_answer_said(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "FK")
    await answered(database, keys, tx_id, said(paid(date(2026, 9, 20))))
    before = (await seen(database, "SELECT answer_version FROM report_request"))[0]

    async with database.begin() as connection:
        message = (await connection.execute(select(tables.inbox))).one()
        better = said(paid(date(2026, 9, 20), net=1300))
        await answers.keep(connection, keys, [(message, better)], LATER, ACTOR)

    assert [row[3] for row in await seen(database, MONTHS)] == [1300.0, None]
    assert (await seen(database, "SELECT answer_version FROM report_request"))[0] > before


async def test_parts_facts_and_deviations_lie_beside_their_answer(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "FK,TNS")
    part = Part(kind=PartKind.AMOUNT, path="rad[0]", amount=Decimal("612.50"), extent=Decimal("0.5"))
    results = [
        Result(
            agency="FK",
            outcome="PARTIAL",
            subs=[Sub(name="PM", outcome=Outcome.ERROR, status="FELANDE")],
            payments=[paid(date(2026, 9, 20), parts=(part, part))],
            deviations=[Deviation("unknown_code", "utbetalningar[0].typ")],
        ),
        Result(agency="TNS", outcome="DATA", facts=[TnsVehicle(registration="QVI 001", make="PROVBIL")]),
    ]

    await answered(
        database, keys, tx_id, Decoded(outcome="PARTIAL", code=None, payload_sha256="x", results=results)
    )

    async with database.begin() as connection:
        parts = (await connection.execute(select(payment_part))).all()
        vehicle = (await connection.execute(select(FACTS[TnsVehicle]))).one()
    assert [(row.part_no, row.amount, row.extent) for row in parts] == [
        (1, Decimal("612.50"), Decimal("0.5")),
        (2, Decimal("612.50"), Decimal("0.5")),
    ]
    assert vehicle.make == "PROVBIL"
    assert b"QVI" not in vehicle.registration_sealed
    place = f"tns_vehicle.registration_sealed:{vehicle.inbox_id}:1"
    assert keys.open(vehicle.registration_sealed, place) == b"QVI 001"
    agencies = "SELECT agency, parts_unverified, deviations FROM report_agency ORDER BY agency"
    assert await seen(database, agencies) == [("AF", None, None), ("FK", "PM (FELANDE)", 1), ("TNS", None, 0)]


async def test_a_protected_identity_restricts_every_case_of_the_person(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "AF")
    elsewhere = await add(
        database, from_date=FIRST, to_date=LAST, case_id="E-2", person_key=SOMEBODY["person_key"]
    )
    await build(database, keys, elsewhere, "AF")
    somebody_else = await add(database, from_date=FIRST, to_date=LAST, case_id="E-3", person_key="another")
    await build(database, keys, somebody_else, "AF")

    await answered(database, keys, tx_id, said(agency="AF", protected=True))
    new_case = await add(
        database, from_date=FIRST, to_date=LAST, case_id="E-4", person_key=SOMEBODY["person_key"]
    )
    await build(database, keys, new_case, "AF")

    async with database.begin() as connection:
        rows = await connection.execute(select(subject.c.case_id, subject.c.restricted))
        found = {row.case_id: row.restricted for row in rows}
    assert found == {"E-1": True, "E-2": True, "E-3": False, "E-4": True}


async def test_volume_counts_what_was_sent_and_how_it_fared(database: AsyncEngine, keys: Vault) -> None:
    _, answered_one = await built(database, keys, "AF")
    _, unanswered = await built(database, keys, "AF")
    await built(database, keys, "AF")  # never sent: nobody was told
    for tx_id in (answered_one, unanswered):
        await begin_sending(database, tx_id)

    await answered(database, keys, answered_one, decoded({"AF": "DATA"}), at=NOW.replace(minute=1))

    volume = "SELECT day, agency, asked, answered, failed, unanswered FROM report_volume ORDER BY agency"
    assert await seen(database, volume) == [
        ("2026-11-23", "AF", 2, 1, 0, 1),
        ("2026-11-23", "ALL", 2, 1, 0, 1),
    ]
    quality = "SELECT agency, outcome, answers, latency_mean FROM report_agency_quality ORDER BY outcome"
    assert await seen(database, quality) == [("AF", "DATA", 1, 60.0), ("AF", "NONE", 1, None)]


async def test_the_days_of_a_month_that_nobody_was_asked_about_are_named(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id = await add(database, from_date="2026-09-15", to_date=LAST, **SOMEBODY)
    tx_id = await build(database, keys, outbox_id, "FK", from_date="2026-09-15")

    await answered(database, keys, tx_id, said(outcome="EMPTY", asked_from="2026-09-15"))

    assert [row[5] for row in await seen(database, MONTHS)] == [
        "CSN, FK 2026-09-01--2026-09-14, SO",
        "CSN, SO",
    ]


async def test_a_month_that_was_asked_about_before_its_end_says_how_far_it_is_known(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "FK")

    await answered(database, keys, tx_id, said(outcome="EMPTY"), at=datetime(2026, 10, 3, tzinfo=UTC))

    known = "SELECT month, known_to FROM asked_month ORDER BY month"
    assert await seen(database, known) == [("2026-09", "2026-09-30"), ("2026-10", "2026-10-03")]


async def test_each_gap_tells_the_reason_of_its_own_question(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "FK")
    failed = Result(agency="FK", outcome="ERROR", felkod="E1", asked_from=FIRST, asked_to=LAST)
    await answered(
        database,
        keys,
        tx_id,
        Decoded(outcome="PARTIAL", code=None, payload_sha256="x", results=[failed]),
    )
    second = await add(database, from_date="2026-10-10", to_date=LAST, **SOMEBODY)
    await build(database, keys, second, "FK", from_date="2026-10-10")

    assert await seen(database, GAPS) == [
        ("FK", FIRST, "2026-10-09", "ERROR", "E1"),
        ("FK", "2026-10-10", LAST, "WAITING", None),
    ]


async def test_a_question_that_comes_to_life_again_is_awaited_again(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, _ = await built(database, keys, "FK")
    await move(database, outbox_id, Event.REFUSED, code="shs:OtherError")
    failed = await seen(database, GAPS)

    await move(database, outbox_id, Event.RESENT)

    assert failed == [("FK", FIRST, LAST, "FAILED", "shs:OtherError")]
    assert await seen(database, GAPS) == [("FK", FIRST, LAST, "WAITING", None)]


async def test_re_decoding_takes_back_how_an_agency_fared(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys, "AF")
    await begin_sending(database, tx_id)
    await answered(database, keys, tx_id, decoded({"AF": "DATA"}))

    async with database.begin() as connection:
        message = (await connection.execute(select(tables.inbox))).one()
        worthless = Decoded(outcome="QUARANTINED", code="person:AF", payload_sha256="x")
        await answers.keep(connection, keys, [(message, worthless)], LATER, ACTOR)

    assert await seen(database, "SELECT outcome FROM report_agency_quality") == [("QUARANTINED",)]
    assert await seen(database, "SELECT outcome FROM report_agency") == [("QUARANTINED",)]


async def test_a_repetition_takes_out_what_it_said_when_it_was_decoded_first(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "FK")
    wrong, right = said(paid(date(2026, 9, 20), net=1)), said(paid(date(2026, 9, 20)))
    await answered(database, keys, tx_id, replace(right, payload_sha256="a"), at=NOW)
    await answered(database, keys, tx_id, replace(wrong, payload_sha256="b"), at=LATER)

    async with database.begin() as connection:
        newest = select(tables.inbox).where(tables.inbox.c.received_at == LATER)
        message = (await connection.execute(newest)).one()
        (became,) = await answers.keep(
            connection, keys, [(message, replace(right, payload_sha256="a"))], LATER, ACTOR
        )

    assert became == "repeated"
    assert await seen(database, "SELECT net FROM report_payment") == [(1250.0,)]


async def test_a_payment_that_a_second_partial_answer_leaves_out_is_kept(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "FK")
    await answered(database, keys, tx_id, said(paid(date(2026, 9, 20)), outcome="PARTIAL"))

    await answered(database, keys, tx_id, said(outcome="PARTIAL"), at=LATER)

    assert await seen(database, "SELECT net, unverified FROM report_payment") == [
        (1250.0, f"FK {FIRST}--{LAST}")
    ]
