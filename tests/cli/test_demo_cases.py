"""The demonstration's questions, on every day."""

from datetime import date, timedelta

from shs_adapter.cli.demo_cases import Case, cases
from shs_adapter.ssbtek.question import Agency, Period, plan

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(4 * 365 + 1)]  # 2028 is a leap year


def clips(case: Case, today: date) -> bool:
    """Whether CSN is asked about less than the whole period."""
    period = Period(
        first=date.fromisoformat(case.columns["from_date"]), last=date.fromisoformat(case.columns["to_date"])
    )
    return plan(list(Agency), period, case.columns["person_id"], today).asked.get(Agency.CSN) != period


def test_only_the_question_that_is_meant_to_is_longer_than_csns_window_on_any_day() -> None:
    assert DAYS[-1] == date(2029, 12, 31)
    for today in DAYS:
        can_be_asked = [case for case in cases(25, today) if case.failure_code != "period_reversed"]

        clipped = [case.label for case in can_be_asked if clips(case, today)]

        assert clipped == ["longer than CSN's window"], today


def test_a_reversed_period_is_reversed_on_any_day() -> None:
    for today in DAYS:
        reversed_ = next(case for case in cases(25, today) if case.label == "from after to")

        assert reversed_.columns["to_date"] < reversed_.columns["from_date"], today
