"""Values read with notes: what cannot be read is noted by kind and path, and is never 0 or "no"."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shs_adapter.ssbtek.notes import MASKED, UNKNOWN_CODE, UNREADABLE, Deviation, Notes, is_whole


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (Notes.amount, "1250.50", Decimal("1250.50")),
        (Notes.amount, Decimal("-3"), Decimal(-3)),
        (Notes.amount, " 12 ", Decimal(12)),
        (Notes.amount, "", None),
        (Notes.amount, None, None),
        (Notes.whole, "100", 100),
        (Notes.day, "2026-11-03+01:00", date(2026, 11, 3)),
        (Notes.day, "20261103", date(2026, 11, 3)),
        (Notes.day, "2026-11-03T23:59:59Z", date(2026, 11, 3)),
        (Notes.first_day, "2026-02", date(2026, 2, 1)),
        (Notes.last_day, "2028-02", date(2028, 2, 29)),
        (Notes.monday, "202601", date(2025, 12, 29)),
        (Notes.sunday, "202653", date(2027, 1, 3)),
        (Notes.truth, "1", True),
        (Notes.truth, False, False),
        (Notes.truth, "", None),
    ],
)
def test_a_value_is_read_as_agencies_write_it(
    read: Callable[[Notes, Any, str], object], value: object, expected: object
) -> None:
    notes = Notes()

    assert read(notes, value, "there") == expected
    assert notes.deviations == ()


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (Notes.amount, "1 250"),
        (Notes.amount, "12,50"),
        (Notes.amount, "NaN"),
        (Notes.amount, "1" * 13),
        (Notes.amount, True),
        (Notes.whole, "1.5"),
        (Notes.whole, "9999999999"),
        (Notes.day, "2026-02-30"),
        (Notes.day, "igår"),
        (Notes.monday, "202660"),
        (Notes.truth, "kanske"),
    ],
)
def test_a_value_that_cannot_be_read_is_noted_and_unknown(
    read: Callable[[Notes, Any, str], object], value: object
) -> None:
    notes = Notes()

    assert read(notes, value, "there") is None
    assert notes.deviations == (Deviation(UNREADABLE, "there"),)
    assert not is_whole(notes.deviations)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Avser 199001012385", "Avser ***"),
        ("900101-2385 och 202201612393", "*** och ***"),
        ("A\x00B\n C", "A B C"),
    ],
)
def test_a_label_shows_no_personal_number_and_no_control_character(text: str, shown: str) -> None:
    notes = Notes()

    assert notes.label(text, "there") == shown
    assert [one.kind for one in notes.deviations] == ([MASKED] if "***" in shown else [])


@pytest.mark.parametrize("text", ["202401-202412", "2026-11-03", "123456", "Kassa 7"])
def test_what_is_no_personal_number_is_left_in_a_label(text: str) -> None:
    notes = Notes()

    assert notes.label(text, "there") == text
    assert notes.deviations == ()


def test_an_unknown_code_is_kept_and_noted_and_makes_nothing_less_whole() -> None:
    notes = Notes()

    assert notes.code("NY", {"GAMMAL"}, "there") == "NY"
    assert notes.deviations == (Deviation(UNKNOWN_CODE, "there"),)
    assert is_whole(notes.deviations)


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.integers()))
def test_no_reader_is_surprised_by_any_value(value: object) -> None:
    notes = Notes()

    for read in (
        Notes.amount,
        Notes.whole,
        Notes.day,
        Notes.first_day,
        Notes.last_day,
        Notes.monday,
        Notes.sunday,
        Notes.truth,
        Notes.label,
    ):
        read(notes, value, "there")

    assert {one.path for one in notes.deviations} <= {"there"}


DIGITS = str.maketrans("0123456789", "".join(map(chr, range(0xFF10, 0xFF1A))))
ARABIC = str.maketrans("0123456789", "".join(map(chr, range(0x660, 0x66A))))
ZERO_WIDTH = "\u200b\u200c\u00ad\u2060\ufeff"

FORMS = [
    "197701172392",
    "7701172392",
    "19770117-2392",
    "770117+2392",
    "770117 2392",
    "1977-01-17-2392",
    "1977-01-17 2392",
    "1977.01.17.2392",
    "19770117\N{EN DASH}2392",
    "19770117 \N{EM DASH} 2392",
    "19770117 - 2392",
    "19770117_2392",
    "1977/01/17 2392",
    "19770117\N{NO-BREAK SPACE}2392",
    "19770117\N{THIN SPACE}2392",
    "19770117\N{MINUS SIGN}2392",
    "19770117-2392".translate(DIGITS),
    "197701172392".translate(ARABIC),
    *(f"19770117{blank}2392" for blank in ZERO_WIDTH),
    "1\N{ZERO WIDTH SPACE}9770117-2392",
    ZERO_WIDTH.join("197701172392"),
]


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize("around", ["{}", "för {} i oktober", "({})", "dnr {}/1", "å{}ö"])
def test_a_number_is_masked_in_a_label_however_it_is_written(written: str, around: str) -> None:
    notes = Notes()

    label = notes.label(around.format(written), "x")

    assert label == around.format("***")
    assert [one.kind for one in notes.deviations] == ["masked"]


@pytest.mark.parametrize(
    "text",
    [
        "Barnbidrag 2026-10-01 - 2026-10-31",
        "2026-10-01--2026-10-31",
        "Bostadsbidrag okt 2026",
        "12 345,67 kr",
        "Åtgärd 3 av 10",
        "Beslut 2026-11-24 12:05",
        "08-123 456 78",
    ],
)
def test_dates_amounts_and_telephones_stay_in_a_label(text: str) -> None:
    assert Notes().label(text, "x") == text


def test_a_number_where_a_label_is_cut_is_cut_off_or_masked() -> None:
    for before in range(180, 420):
        label = Notes().label("x" * before + " 197701172392", "x") or ""

        assert "7701" not in label


def test_two_long_names_that_differ_at_their_ends_stay_two() -> None:
    labels = {Notes().label("x" * 9_000 + end, "x") for end in "AB"}

    assert len(labels) == 2
    assert {len(label or "") for label in labels} == {200}
