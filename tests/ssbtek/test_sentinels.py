"""Values by which programs say "not set" or "for ever", and numbers without an end: they poison no answer."""

import base64
import json
import re
from datetime import date
from decimal import Decimal

import pytest

from shs_adapter.ssbtek.answer import Outcome, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.facts import Payment
from shs_adapter.ssbtek.notes import UNREADABLE, Notes
from shs_adapter.ssbtek.question import Agency
from shs_adapter.store.contents import month
from shs_adapter.store.merging import days_of, joined, month_before, months, open_days
from shs_adapter.store.report_tables import UNKNOWN_MONTH
from tests.hostile import samples_of_all
from tests.ssbtek.samples import NOTHING, SOMETHING, answer, asked, data

V10 = CONTRACTS[10]
NEVER = ("0001-01-01", "0999-12-31", "1582-10-04", "1753-01-01", "1899-12-30", "00010101")
FOREVER = ("9999-12-31", "2999-12-31", "2200-01-01", "99991231")
MONTHS = ("9999-12", "0001-01", "0000-12", "9999-13")
WEEKS = ("999952", "999901", "000101", "000000", "999953")
NUMBERS = ("9" * 1_000_001, "1" * 5_000, "1e99", "-1e99", "1e999999", "0." + "1" * 5_000, "NaN", "Infinity")
SENTINELS = (*NEVER, *FOREVER, *MONTHS, *WEEKS, *NUMBERS, "-0", "٣", "२०२६-०१-०१")


@pytest.mark.parametrize("text", [*NEVER, *FOREVER, *MONTHS])
def test_a_day_that_cannot_be_meant_is_unreadable(text: str) -> None:
    notes = Notes()

    assert notes.day(text, "x") is None
    assert [one.kind for one in notes.deviations] == [UNREADABLE]


@pytest.mark.parametrize("text", NEVER)
def test_nor_does_a_period_end_before_anybody_was_born(text: str) -> None:
    notes = Notes()

    assert notes.end(text, "x") is notes.last_day(text, "x") is None
    assert [one.kind for one in notes.deviations] == [UNREADABLE]


@pytest.mark.parametrize("text", FOREVER)
def test_a_period_may_be_without_end(text: str) -> None:
    notes = Notes()

    assert notes.end(text, "x") == notes.last_day(text, "x") == notes.end(text[:10], "x")
    assert notes.deviations == ()


def test_the_last_month_that_there_is_may_end_a_period_and_begin_none() -> None:
    notes = Notes()

    assert notes.last_day("9999-12", "x") == date.max
    assert notes.first_day("9999-12", "x") is None


@pytest.mark.parametrize("text", WEEKS)
def test_a_week_that_cannot_be_meant_is_unreadable(text: str) -> None:
    notes = Notes()

    assert notes.monday(text, "x") is notes.sunday(text, "x") is None
    assert [one.kind for one in notes.deviations] == [UNREADABLE]


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_without_an_end_is_unreadable(text: str) -> None:
    notes = Notes()

    assert notes.amount(text, "x") is None
    assert notes.whole(text, "x") is None
    assert [one.kind for one in notes.deviations] == [UNREADABLE]


INNER = {Agency.CSN: "svar", Agency.FK: "lefiJsonSvar", Agency.SKV: "svar"}


def leaves(agency: Agency, part: str) -> list[tuple[int, int]]:
    """Where the values stand in what the agency says: texts of elements without children, or JSON values."""
    text = inner(agency, part)
    form = r'(?<=:)\s*("[^"]*"|-?[0-9.]+)' if agency is Agency.FK else r"(?<=>)[^<>]+(?=</)"
    return [found.span() for found in re.finditer(form, text)]


def inner(agency: Agency, part: str) -> str:
    found = re.search(r">([A-Za-z0-9+/=]{40,})</", part)
    return base64.b64decode(found[1]).decode() if agency in INNER and found else part


def put(agency: Agency, part: str, place: int, sentinel: str) -> str:
    text = inner(agency, part)
    start, end = leaves(agency, part)[place]
    value = sentinel
    if agency is Agency.FK:
        value = json.dumps(sentinel) if text[start:end].strip().startswith('"') else sentinel
    text = text[:start] + value + text[end:]
    found = re.search(r">([A-Za-z0-9+/=]{40,})</", part)
    if agency in INNER and found:
        return part.replace(found[1], base64.b64encode(text.encode()).decode())
    return text


@pytest.mark.parametrize("agency", SOMETHING)
def test_no_sentinel_in_any_place_is_a_surprise_or_touches_another_agency(agency: Agency) -> None:
    """Judged, and reckoned with as far as days and months go."""
    other = Agency.TNS if agency is not Agency.TNS else Agency.SO
    part = SOMETHING[agency]
    places = len(leaves(agency, part))
    assert places

    for place in range(places):
        for sentinel in SENTINELS:
            raw = answer({agency: put(agency, part, place, sentinel), other: NOTHING[other]})

            judged = judge(raw, asked(agency, other), V10)

            assert judged.results[other].outcome is Outcome.EMPTY, (place, sentinel[:20])
            for payment in judged.results[agency].payments:
                reckoned(payment)


def reckoned(payment: Payment) -> None:
    belongs = month(payment)
    if belongs != UNKNOWN_MONTH:
        first, last = days_of(belongs)
        assert first <= last
        assert re.fullmatch("[0-9]{4}-[0-9]{2}", month_before(belongs))
    for amount in (payment.gross, payment.net, payment.tax):
        assert amount is None or abs(amount) < Decimal(10) ** 12


@pytest.mark.parametrize("sentinel", [*NEVER[:4], *FOREVER])
def test_a_payment_on_no_day_that_can_be_is_not_whole(sentinel: str) -> None:
    part = SOMETHING[Agency.SO].replace("2026-11-03+01:00", sentinel)

    judged = judge(answer({Agency.SO: part}), asked(Agency.SO), V10)

    assert judged.results[Agency.SO].outcome is Outcome.PARTIAL
    assert UNREADABLE in {one.kind for one in judged.results[Agency.SO].deviations}


def test_days_are_reckoned_with_up_to_the_last_that_there_is() -> None:
    whole = date.min, date.max

    assert joined([(date(2026, 10, 1), date.max), (date(2026, 11, 1), date(2026, 11, 30))]) == [
        (date(2026, 10, 1), date.max)
    ]
    assert joined([(date.max, date.max), whole]) == [whole]
    assert open_days([whole], [whole]) == []
    assert open_days([whole], [(date(2026, 1, 1), date.max)]) == [(date.min, date(2025, 12, 31))]
    assert days_of("9999-12") == (date(9999, 12, 1), date.max)
    assert days_of("0001-01") == (date.min, date(1, 1, 31))
    assert months((date(9999, 11, 30), date.max)) == ["9999-11", "9999-12"]


DOUBLED = [
    '{"utlamnare":U,"formansinformation":{"utbetalningsuppgift":[]},"formansinformation":{}}',
    '{"utlamnare":U,"utbetalningar":[{}],"utbetalningar":[]}',
    '{"utlamnare":U,"utbetalningar":[],"\\u0075tbetalningar":[]}',
    '{"utlamnare":U,"okant":{"a":1,"a":1}}',
    '{"utlamnare":U,"formansinformation":{"levnadsintygsuppgift":[{"a":"","a":""}]}}',
]
SUPPLIERS = json.dumps([{"utlamnare": {"kod": code}, "tillstand": {"kod": "OK"}} for code in ("FK", "PM")])


@pytest.mark.parametrize("text", DOUBLED)
def test_a_key_that_is_there_twice_is_a_deviation_and_never_nothing(text: str) -> None:
    raw = base64.b64encode(text.replace("U", SUPPLIERS, 1).encode()).decode()

    judged = judge(
        answer({Agency.FK: data(f"<s:lefiJsonSvar>{raw}</s:lefiJsonSvar>")}), asked(Agency.FK), V10
    )

    found = judged.results[Agency.FK]
    assert found.outcome is Outcome.PARTIAL
    assert UNREADABLE in {one.kind for one in found.deviations}


def test_the_document_is_read_as_strictly_as_before() -> None:
    for raw in (
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b'"\\ud800"',
        b'{"a": "\\uDFFF"}',
        b"\xef\xbb\xbf{}",
        b"{} x",
    ):
        encoded = base64.b64encode(raw).decode()
        part = data(f"<s:lefiJsonSvar>{encoded}</s:lefiJsonSvar>")

        judged = judge(answer({Agency.FK: part}), asked(Agency.FK), V10)

        assert (judged.results[Agency.FK].outcome, judged.results[Agency.FK].felkod) == (
            Outcome.ERROR,
            "undecodable",
        ), raw


ENDLESS = (
    "9" * 1_000_001,
    "-" + "1" * 5_000,
    "1e999999",
    "NaN",
    "-Infinity",
)


@pytest.mark.parametrize("number", ENDLESS)
def test_a_number_that_json_cannot_hold_costs_no_more_than_its_payment(number: str) -> None:
    document = json.dumps(samples_of_all.lefi())
    usual = judge(samples_of_all.json_answer(document), asked(Agency.FK), V10).results[Agency.FK]
    raw = samples_of_all.json_answer(document.replace('"belopp": 90', f'"belopp": {number}', 1))

    found = judge(raw, asked(Agency.FK), V10).results[Agency.FK]

    assert found.outcome is Outcome.PARTIAL
    assert UNREADABLE in {one.kind for one in found.deviations}
    assert len(found.payments) == len(usual.payments)
    assert found.payments[:2] == usual.payments[:2]
    assert len(found.facts) == len(usual.facts)


@pytest.mark.parametrize("number", ENDLESS)
def test_nor_more_than_its_value_of_a_part_of_skv(number: str) -> None:
    parts = {name: json.dumps(content) for name, content in samples_of_all.SKV_JSON.items()}
    parts["skattekonto"] = parts["skattekonto"].replace('"saldo": 1.5', f'"saldo": {number}')

    found = judge(samples_of_all.skv11(parts), asked(Agency.SKV), CONTRACTS[11]).results[Agency.SKV]

    assert {sub.name: sub.outcome for sub in found.subs} == {
        name: Outcome.PARTIAL if name == "skattekonto" else Outcome.DATA for name in parts
    }
