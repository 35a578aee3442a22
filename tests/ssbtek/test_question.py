import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shs_adapter.errors import InvalidQuestion
from shs_adapter.ssbtek.question import Agency, Period, Processor, Submitter, alias, check, plan
from tests.ssbtek.samples import PERIOD, PERSON, TODAY, question

EVERYONE = list(Agency)
LONG = "Försörjningsstöd/Ärende-2026/000017"


def period(first: str, last: str) -> Period:
    return Period(first=date.fromisoformat(first), last=date.fromisoformat(last))


def code_of_plan(agencies: list[Agency], asked: Period, person: str = PERSON) -> str:
    with pytest.raises(InvalidQuestion) as caught:
        plan(agencies, asked, person, TODAY)
    return caught.value.code


def test_every_agency_that_takes_the_whole_period_is_asked_for_it() -> None:
    made = plan(EVERYONE, PERIOD, PERSON, TODAY)

    assert made.asked == dict.fromkeys(Agency, PERIOD)
    assert list(made.asked) == EVERYONE
    assert made.left_out == {}


def test_only_the_agencies_wanted_are_asked() -> None:
    made = plan([Agency.SO, Agency.AF], PERIOD, PERSON, TODAY)

    assert list(made.asked) == [Agency.AF, Agency.SO]


def test_csn_alone_gets_a_clipped_period() -> None:
    made = plan(EVERYONE, period("2026-01-01", "2027-03-31"), PERSON, TODAY)

    assert made.asked[Agency.CSN] == period("2026-09-23", "2026-12-23")
    assert made.asked[Agency.AF] == period("2026-01-01", "2027-03-31")


@pytest.mark.parametrize(
    ("today", "window"),
    [
        ("2026-04-30", ("2026-02-28", "2026-05-30")),
        ("2028-04-30", ("2028-02-29", "2028-05-30")),
        ("2027-01-31", ("2026-11-30", "2027-02-28")),
        ("2026-12-31", ("2026-10-31", "2027-01-31")),
    ],
)
def test_csns_window_is_exact_at_the_ends_of_months(today: str, window: tuple[str, str]) -> None:
    made = plan([Agency.CSN], period("2020-01-01", "2030-01-01"), PERSON, date.fromisoformat(today))

    assert made.asked[Agency.CSN] == period(*window)


@pytest.mark.parametrize(
    ("last", "asked"),
    [("2026-09-22", False), ("2026-09-23", True)],
)
def test_csn_is_left_out_where_its_window_and_the_period_do_not_meet(last: str, asked: bool) -> None:
    made = plan([Agency.CSN, Agency.AF], period("2026-08-01", last), PERSON, TODAY)

    assert (Agency.CSN in made.asked) is asked
    assert made.left_out == ({} if asked else {Agency.CSN: "csn_window"})


def test_transportstyrelsen_is_not_asked_about_the_nineteenth_century() -> None:
    made = plan([Agency.TNS, Agency.AF], PERIOD, "189001019802", TODAY)

    assert made.left_out == {Agency.TNS: "tns_century"}
    assert Agency.TNS not in made.asked


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        ("2024-11-23", "2026-11-23", False),
        ("2024-11-23", "2026-11-24", True),
        ("2024-02-29", "2026-02-28", False),
        ("2024-02-29", "2026-03-01", True),
        ("0001-01-01", "9999-12-31", True),
    ],
)
def test_fk_is_asked_about_two_years_at_most(first: str, last: str, refused: bool) -> None:
    if refused:
        assert code_of_plan([Agency.FK], period(first, last)) == "period_lefi"
    else:
        assert Agency.FK in plan([Agency.FK], period(first, last), PERSON, TODAY).asked


def test_a_long_period_is_no_hindrance_without_fk() -> None:
    made = plan([Agency.AF], period("2010-01-01", "2026-01-01"), PERSON, TODAY)

    assert list(made.asked) == [Agency.AF]


def test_a_plan_that_asks_nobody_is_refused() -> None:
    assert code_of_plan([], PERIOD) == "nothing_to_ask"
    assert code_of_plan([Agency.TNS], PERIOD, "189001019802") == "nothing_to_ask"
    assert code_of_plan([Agency.CSN], period("2020-01-01", "2020-02-01")) == "nothing_to_ask"


def test_a_reversed_period_is_refused() -> None:
    assert code_of_plan([Agency.AF], period("2026-11-02", "2026-11-01")) == "period_reversed"


@given(today=st.dates(date(1990, 1, 1), date(2100, 1, 1)), offset=st.integers(-500, 500))
def test_csn_is_never_asked_outside_its_window(today: date, offset: int) -> None:
    first = today + timedelta(days=offset)
    made = plan([Agency.CSN, Agency.AF], Period(first=first, last=first + timedelta(days=90)), PERSON, today)
    if Agency.CSN not in made.asked:
        return

    window = made.asked[Agency.CSN]

    months_back = (today.year - window.first.year) * 12 + today.month - window.first.month
    last_day = calendar.monthrange(window.first.year, window.first.month)[1]
    assert months_back < 2 or (months_back == 2 and window.first.day >= min(today.day, last_day))
    assert window.first <= window.last <= today + timedelta(days=31)


def test_a_complete_question_passes() -> None:
    check(question(processors=(Processor(organisation_number="162021005521", name="Drift AB"),)))


def submitter(number: str = "162120002411", name: str = "Åmål", officer: str = "abc") -> Submitter:
    return Submitter(organisation_number=number, name=name, officer=officer)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"correlation_id": "x" * 65}, "correlation_id_length"),
        ({"correlation_id": ""}, "correlation_id_missing"),
        ({"case_id": "x" * 32}, "case_id_length"),
        ({"case_id": " "}, "case_id_missing"),
        ({"case_id": "a\tb"}, "case_id_characters"),
        ({"case_id": "a\ud800b"}, "case_id_characters"),
        ({"case_id": "a\uffffb"}, "case_id_characters"),
        ({"submitter": submitter(officer="x" * 32)}, "officer_length"),
        ({"submitter": submitter(officer="")}, "officer_missing"),
        ({"submitter": submitter(name="x" * 256)}, "submitter_name_length"),
        ({"submitter": submitter(name="Åmål\n")}, "submitter_name_characters"),
        ({"submitter": submitter(number="162120002412")}, "organisation_check_digit"),
        ({"submitter": submitter(number=" 162120002411")}, "organisation_format"),
        ({"processors": (Processor(organisation_number="16", name="Drift"),)}, "organisation_format"),
        (
            {"processors": (Processor(organisation_number="162021005521", name=""),)},
            "processor_name_missing",
        ),
        ({"purpose": " "}, "purpose_missing"),
        ({"legal_basis": ""}, "legal_basis_missing"),
        ({"legal_basis": "5 §\x9f"}, "legal_basis_characters"),
        ({"aktorsid": ""}, "aktorsid_missing"),
        ({"person": PERSON[2:]}, "person_format"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_code(changes: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        check(question(**changes))

    assert caught.value.code == code


def test_aktorsid_is_needed_for_fk_alone() -> None:
    check(question(aktorsid="", plan=plan([Agency.AF], PERIOD, PERSON, TODAY)))


def test_the_person_the_case_and_the_officer_are_not_in_the_repr() -> None:
    shown = repr(question())

    assert PERSON not in shown
    assert "IFO-2026-17" not in shown
    assert "abc123" not in shown


@given(st.text(max_size=31).filter(lambda text: not text.startswith("A-")))
def test_a_short_value_stands_for_itself(value: str) -> None:
    assert alias("falun", "case", value) == value


@given(st.text(min_size=32, max_size=80))
def test_a_long_value_gets_a_short_and_stable_alias(value: str) -> None:
    made = alias("falun", "case", value)

    assert len(made) == 31
    assert made.isascii()
    assert made == alias("falun", "case", value)


def test_an_alias_is_another_for_another_tenant_kind_or_value() -> None:
    made = {
        alias("falun", "case", LONG),
        alias("borås", "case", LONG),
        alias("falun", "officer", LONG),
        alias("falun", "case", LONG + " "),
        alias("falunc", "ase", LONG),
    }

    assert len(made) == 5


def test_a_short_value_that_looks_like_an_alias_cannot_take_its_place() -> None:
    taken = alias("falun", "case", LONG)

    assert alias("falun", "case", taken) != taken
