import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shs_adapter.errors import InvalidQuestion
from shs_adapter.ssbtek.person import (
    check_organisation,
    check_person,
    is_coordination_number,
    same_person,
    without_persons,
)
from tests.ssbtek.samples import OTHER, PERSON, TODAY

PUBLISHED = [
    "201701012393",
    "201701102384",
    "199001012385",
    "200002292399",
    "202402292383",
    "189001019802",
    "197701172392",
    "197701242393",
]
COORDINATION = ["202201612393", "202601612381"]


@pytest.mark.parametrize("number", PUBLISHED + COORDINATION)
def test_published_test_numbers_are_accepted_in_both_forms(number: str) -> None:
    plain = check_person(number, TODAY)
    dashed = check_person(f" {number[:8]}-{number[8:]} ", TODAY)

    assert (plain, dashed) == (number, number)


def test_a_coordination_number_is_told_from_a_personal_number() -> None:
    assert all(map(is_coordination_number, COORDINATION))
    assert not any(map(is_coordination_number, PUBLISHED))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "person_missing"),
        (" \t", "person_missing"),
        (PERSON[2:], "person_format"),
        (f"{PERSON[:8]}+{PERSON[8:]}", "person_format"),
        (f"{PERSON[:8]} {PERSON[8:]}", "person_format"),
        (PERSON.replace("9", "٩"), "person_format"),
        (PERSON + "0", "person_format"),
        ("199013012385", "person_date"),
        ("199002302385", "person_date"),
        ("199001002385", "person_date"),
        ("199001602385", "person_date"),
        ("199001922385", "person_date"),
        ("170001012385", "person_date"),
        ("000001012385", "person_date"),
        ("199001012384", "person_check_digit"),
        ("199001010000", "person_check_digit"),
    ],
)
def test_what_is_no_person_is_refused_with_a_code_and_without_the_value(text: str, code: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        check_person(text, TODAY)

    assert caught.value.code == code
    assert not text.strip() or text.strip() not in str(caught.value)
    assert not any(character.isdigit() for character in str(caught.value))


def test_nobody_is_asked_about_before_the_day_of_birth() -> None:
    with pytest.raises(InvalidQuestion) as caught:
        check_person("202601612381", date(2025, 12, 31))

    assert caught.value.code == "person_future"
    assert check_person("202601612381", date(2026, 1, 1)) == "202601612381"


@given(place=st.integers(0, 11), digit=st.integers(0, 9), number=st.sampled_from(PUBLISHED + COORDINATION))
def test_one_wrong_digit_after_the_century_is_always_found(place: int, digit: int, number: str) -> None:
    changed = number[:place] + str(digit) + number[place + 1 :]
    if changed == number or place < 2:
        return

    with pytest.raises(InvalidQuestion):
        check_person(changed, TODAY)


@given(st.text(max_size=16))
def test_any_text_becomes_twelve_ascii_digits_or_is_refused(text: str) -> None:
    try:
        told = check_person(text, TODAY)
    except InvalidQuestion as error:
        told = error.code

    assert told.startswith("person_") or re.fullmatch("[0-9]{12}", told)


@pytest.mark.parametrize("returned", [PERSON, PERSON[2:], "19900101-2385", "900101-2385", "900101+2385"])
def test_a_person_is_recognised_in_the_forms_agencies_use(returned: str) -> None:
    assert same_person(returned, PERSON)


@pytest.mark.parametrize("returned", [OTHER, OTHER[2:], f"00{PERSON[2:]}", "2385", ""])
def test_another_person_is_not_recognised(returned: str) -> None:
    assert not same_person(returned, PERSON)


@pytest.mark.parametrize("number", ["162120002411", "162021005521", " 162120002411\n"])
def test_an_organisation_number_is_accepted(number: str) -> None:
    assert check_organisation(number) == number.strip()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "organisation_format"),
        ("2120002411", "organisation_format"),
        ("162120-002411", "organisation_format"),
        ("192120002411", "organisation_format"),
        ("162110002411", "organisation_format"),
        ("16212000241١", "organisation_format"),
        ("162000000001", "organisation_format"),
        ("162120002412", "organisation_check_digit"),
    ],
)
def test_what_is_no_organisation_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        check_organisation(text)

    assert caught.value.code == code


WRITTEN = [
    "197701172392",
    "19770117-2392",
    "1977-01-17 2392",
    "19770117 2392",
    "7701172392",
    "770117-2392",
    "770117+2392",
    "770117–2392",  # as word processors write it
    "19770117\N{NON-BREAKING HYPHEN}2392",
    "19770117\N{NO-BREAK SPACE}2392",
    "1977.01.17-2392",
    "19770117/2392",
    "770117 - 2392",
    "19770117  -  2392",
    "19770117 -- 2392",
    "770117\N{HYPHEN}\N{HYPHEN}2392",
    "19770117    2392",
    "19770117\t2392",
    "19770117\n2392",
    "19770117\N{LINE SEPARATOR}2392",
    "770117\0-2392",
    "770117\ud8002392",
    "19770117_2392",
    "19770117\N{FULLWIDTH LOW LINE}2392",
    "19770117\N{MIDDLE DOT}2392",
    "19770117\N{BULLET}2392",
    "19770117\N{SMALL HYPHEN-MINUS}2392",
    "19770117\N{FULLWIDTH PLUS SIGN}2392",
    "19770117\N{FRACTION SLASH}2392",
    "19770117:2392",
    "19770117*2392",
    "19770117\\2392",
    "1977\N{ZERO WIDTH SPACE}01\N{SOFT HYPHEN}17\N{WORD JOINER}2392",
    "19770117\N{HANGUL FILLER}2392",
    "19770117\N{COMBINING ENCLOSING KEYCAP}2392",
    "１９７７０１１７２３９２",
    "¹⁹⁷⁷⁰¹¹⁷²³⁹²",
    "①⑨⑦⑦⓪①①⑦②③⑨②",
    "".join(chr(0x1D7CE + int(digit)) for digit in "197701172392"),
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_number_within_a_text_is_found_however_it_is_written(written: str) -> None:
    assert without_persons(f"EB {written}/1", lambda _: "***") == "EB ***/1"


NO_NUMBERS = [
    "197701172393",
    "1977-01-17 23920",
    "2026-11-24 12:05",
    "EB-2026-17",
    "2026-11-24 01:05 - 2026-11-25 01:05",
    "19770117,2392 kr",
    "1977-01-17, 2392 kr",
    "1977-01-17: 2392 kr",
    "1977-01-17 (2392 kr)",
    "120 m², ½",
    "070-174 06 05",
    "OCR 1977011723920",
]


@pytest.mark.parametrize("written", NO_NUMBERS)
def test_what_is_no_persons_number_stays(written: str) -> None:
    assert without_persons(written, lambda _: "***") == written


@pytest.mark.parametrize("between", [" - ", " ", "-", "\N{EN DASH}", "--"])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y.%m.%d", "%Y%m%d"])
def test_two_days_are_no_number_whichever_they_are(between: str, form: str) -> None:
    for days in range(366):
        first = date(2026, 1, 1) + timedelta(days=days)
        text = between.join(f"{day:{form}}" for day in (first, first + timedelta(days=30)))

        assert without_persons(text, lambda _: "***") == text


@pytest.mark.parametrize("before", ["2026-", "EB-2026-", "2026 ", "2026-11-", "Dnr 2026-11 "])
@pytest.mark.parametrize("written", ["19770117-2392", "770117-2392", "197701172392"])
def test_a_number_is_found_behind_one_that_looks_like_its_beginning(before: str, written: str) -> None:
    assert without_persons(before + written, lambda _: "***") == before + "***"


def test_every_number_in_a_text_is_found() -> None:
    text = "197701172392 and 19900101-2385, 197701172392"

    assert without_persons(text, lambda found: found[-4:]) == "2392 and 2385, 2392"
