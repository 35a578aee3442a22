"""What each view makes of a few rows: above all, that a missing answer is never "nothing"."""

from typing import Any

import pytest

from tests.client import Client
from tests.reports.filling import AT, answer, earned, gap, month, paid, person, put, question, told

FAILED = {"outcome": "ERROR", "kalla": "SSBT", "felkod": "X", "transience": "TRANSIENT"}


def rows(client: Client, view: str, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.rows(f"SELECT {columns} FROM report_{view}")]


@pytest.fixture
def somebody(client: Client) -> int:
    """An applicant with one question, number 1."""
    subject = person(client, household_role="APPLICANT")
    question(client, subject, 1)
    return subject


def test_only_payments_that_count_are_shown_in_kronor(client: Client, somebody: int) -> None:
    answer(client, 1, FK={"outcome": "DATA"})
    paid(client, somebody, 1, 1, net=123456, gross=None)
    paid(client, somebody, 1, 2, counts=0)

    assert rows(client, "payment", "net, gross, month_rule, agency_outcome") == [
        (1234.56, None, "paid_on", "DATA")
    ]
    assert rows(client, "payment", "CAST(net AS TEXT)") == [("1234.56",)]


def test_a_payment_says_which_agencies_have_not_answered_for_its_month(client: Client, somebody: int) -> None:
    answer(client, 1, FK={"outcome": "PARTIAL"})
    paid(client, somebody, 1, 1)
    month(client, somebody, "2026-10", unverified="FK 2026-09-01--2026-10-31")

    assert rows(client, "payment", "agency_outcome, unverified") == [("PARTIAL", "FK 2026-09-01--2026-10-31")]


def test_a_month_without_payments_says_what_could_not_be_verified_and_what_was_not_asked(
    client: Client, somebody: int
) -> None:
    month(client, somebody, "2026-10", unverified="FK 2026-10-01--2026-10-31", not_asked="SO")

    assert rows(client, "income_month", "payments, net, unverified, not_asked") == [
        (0, None, "FK 2026-10-01--2026-10-31", "SO")
    ]


def test_a_question_that_was_never_built_leaves_all_agencies_unverified(
    client: Client,
) -> None:
    unbuilt = {"tx_id": None, "outcome": "PENDING"}
    bad = {"state": "failed", "failure_code": "from_date", "from_date": "soon"}
    question(client, None, 1, person_key="one", **bad, **unbuilt)
    question(client, None, 2, person_key="two", state="new", **unbuilt)
    question(client, None, 3, person_key="two", state="new", withdrawn_at=AT, **unbuilt)

    assert rows(client, "unverified", "question_id, agency, from_date, outcome, felkod") == [
        (1, "ALL", None, "FAILED", "from_date"),
        (2, "ALL", "2026-09-01", "WAITING", None),
    ]


def test_a_question_that_was_asked_again_and_built_replaces_one_that_was_not(
    client: Client,
) -> None:
    question(client, None, 1, tx_id=None, state="failed", case_id="EB-17", person_key="key of APPLICANT")
    question(client, person(client, household_role="APPLICANT"), 2)

    assert rows(client, "unverified", "*") == []


def test_a_gap_names_agency_days_and_reason(client: Client, somebody: int) -> None:
    gap(client, somebody, 1, "CSN", felkod="-1003", transience="DOUBTFUL")

    columns = "agency, from_date, to_date, outcome, kalla, felkod, transience, question_id"
    assert rows(client, "unverified", columns) == [
        ("CSN", "2026-09-01", "2026-10-31", "ERROR", "BT", "-1003", "DOUBTFUL", 1)
    ]


@pytest.mark.parametrize(
    ("unverified", "not_asked"), [("", ""), ("FK 2026-10-01--2026-10-31", ""), ("", "FK, SO")]
)
def test_a_benefit_that_is_gone_is_awaited_and_says_whether_its_agency_was_heard(
    client: Client, somebody: int, unverified: str, not_asked: str
) -> None:
    month(client, somebody, "2026-09")
    month(client, somebody, "2026-10", unverified=unverified, not_asked=not_asked)
    earned(client, somebody, "2026-09", net=265000)

    columns = "kind, benefit, last_net, expected_month, unverified, not_asked"
    assert rows(client, "outstanding", columns) == [
        ("BENEFIT", "Barnbidrag", 2650.0, "2026-10", unverified, not_asked)
    ]


@pytest.mark.parametrize("state", ["new", "ready", "accepted", "confirmed"])
def test_a_question_under_way_is_awaited(client: Client, somebody: int, state: str) -> None:
    client.execute("UPDATE outbox SET state = ?", state)

    assert rows(client, "outstanding", "kind, question_id, state, unverified") == [
        ("QUESTION", 1, state, "CSN,FK,SO")
    ]


# Net in September and October, what is open in October, and what becomes of it.
CHANGES = [
    ((100000, 112000), ("", ""), ("CHANGED", 12.0, 0)),
    ((100000, 112100), ("", ""), ("CHANGED", 12.1, 1)),
    ((100000, 100000), ("", ""), ("SAME", 0.0, 0)),
    ((100000, None), ("", ""), ("VANISHED", -100.0, 1)),
    ((None, 100000), ("", ""), ("NEW", None, 1)),
    ((100000, None), ("FK 2026-10-01--2026-10-31", ""), ("UNVERIFIED", None, 1)),
    ((100000, None), ("", "CSN,FK,SO"), ("UNVERIFIED", None, 1)),
    ((100000, None), ("CSN 2026-10-01--2026-10-31", "SO"), ("VANISHED", -100.0, 1)),
]


@pytest.mark.parametrize(("net", "october", "change"), CHANGES)
def test_a_benefit_has_vanished_only_where_its_agency_says_so(
    client: Client,
    somebody: int,
    net: tuple[int | None, int | None],
    october: tuple[str, str],
    change: tuple[str, float | None, int],
) -> None:
    month(client, somebody, "2026-09")
    month(client, somebody, "2026-10", unverified=october[0], not_asked=october[1])
    for one, amount in zip(("2026-09", "2026-10"), net, strict=True):
        if amount is not None:
            earned(client, somebody, one, net=amount)

    assert rows(client, "change", "kind, change_percent, exceeds") == [change]
    assert rows(client, "change", "control_unverified, control_not_asked") == [october]


# September's net, October's while October was not over when the agencies answered, and what follows.
NOT_OVER = [
    (100000, None, ("UNVERIFIED", None, None)),
    (100000, 60000, ("UNVERIFIED", None, None)),
    (100000, 100000, ("SAME", 0.0, 0)),
    (100000, 120000, ("CHANGED", 20.0, 1)),
    (None, 100000, ("NEW", None, 1)),
]


@pytest.mark.parametrize(("before", "since", "change"), NOT_OVER)
def test_what_may_yet_be_paid_in_a_month_is_not_missed(
    client: Client,
    somebody: int,
    before: int | None,
    since: int | None,
    change: tuple[str, float | None, int | None],
) -> None:
    month(client, somebody, "2026-09")
    month(client, somebody, "2026-10", not_over="CSN,FK,SO")
    for one, amount in (("2026-09", before), ("2026-10", since)):
        if amount is not None:
            earned(client, somebody, one, net=amount)

    assert rows(client, "change", "kind, change_percent, exceeds") == [change]


def test_a_net_that_is_not_known_is_no_change_of_net(client: Client, somebody: int) -> None:
    for one, amount in (("2026-09", 100000), ("2026-10", None)):
        month(client, somebody, one)
        earned(client, somebody, one, net=amount)

    assert rows(client, "change", "kind, control_net, change_percent, exceeds") == [
        ("UNKNOWN", None, None, 1)
    ]


def test_nets_in_two_currencies_are_not_compared(client: Client, somebody: int) -> None:
    for one, currency in (("2026-09", "EUR"), ("2026-10", "SEK")):
        month(client, somebody, one)
        earned(client, somebody, one, currency=currency)

    assert rows(client, "change", "kind") == [("UNKNOWN",)]


def test_a_benefits_own_threshold_goes_before_the_one_for_all(client: Client, somebody: int) -> None:
    put(client, "change_threshold", benefit="Barnbidrag", percent=50)
    for one, amount in (("2026-09", 100000), ("2026-10", 140000)):
        month(client, somebody, one)
        earned(client, somebody, one, net=amount)

    assert rows(client, "change", "threshold_percent, exceeds") == [(50, 0)]


def test_a_household_shows_the_newest_question_about_each_and_who_is_unverified(
    client: Client, somebody: int
) -> None:
    question(client, somebody, 2)
    partner = person(client, household_role="CO_APPLICANT")
    question(client, partner, 3, outcome="PARTIAL", agencies_unverified="CSN")
    hidden = person(client, household_role="CHILD", restricted=1)
    question(client, hidden, 4, outcome="PARTIAL", agencies_unverified="FK")
    month(client, somebody, "2026-10", unverified="FK 2026-10-01--2026-10-31")

    assert rows(client, "household", "question_id, verdict, restricted") == [
        (2, "COMPLETE", 0),
        (3, "INCOMPLETE", 0),
        (4, "INCOMPLETE", 1),
    ]
    columns = "payments, net, latest_unverified, household_unverified"
    *latest, unverified = rows(client, "household", columns)[0]
    assert latest == [None, None, "FK 2026-10-01--2026-10-31"]
    assert sorted(unverified.split(", ")) == ["CO_APPLICANT: CSN", "PROTECTED"]


def test_a_withdrawn_question_hides_nothing(client: Client, somebody: int) -> None:
    question(client, somebody, 2, withdrawn_at=AT)

    assert rows(client, "household", "question_id") == [(1,)]


def test_a_question_about_a_person_known_as_protected_is_restricted_before_it_is_built(
    client: Client,
) -> None:
    person(client, case_id="another", household_role="CHILD", restricted=1)
    question(client, None, 1, case_id="EB-17", person_key="key of CHILD", tx_id=None, state="new")

    for view in ("request", "household", "outstanding", "unverified"):
        assert rows(client, view, "restricted") == [(1,)], view


def test_an_agency_that_was_told_and_has_not_answered_is_no_answer(client: Client, somebody: int) -> None:
    answer(client, 1, FK=FAILED)
    told(client, 1, "FK", outcome="ERROR")
    told(client, 1, "CSN")

    assert rows(client, "agency", "agency, outcome, felkod, fetched_at IS NULL") == [
        ("FK", "ERROR", "X", 0),
        ("CSN", "WAITING", None, 1),
    ]


def test_agencies_of_a_failed_question_are_not_waiting(client: Client, somebody: int) -> None:
    client.execute("UPDATE outbox SET state = 'failed', failure_code = 'no_answer'")
    told(client, 1, "CSN")

    assert rows(client, "agency", "agency, outcome, felkod") == [("CSN", "FAILED", "no_answer")]


def test_an_agency_names_the_parts_that_did_not_answer(client: Client, somebody: int) -> None:
    key = answer(client, 1, FK={"outcome": "PARTIAL"})
    for no, (name, outcome) in enumerate([("FK", "DATA"), ("PM", "ERROR")]):
        put(
            client,
            "sub_result",
            inbox_id=key,
            agency="FK",
            row_no=no,
            name=name,
            outcome=outcome,
            status="OTILLGANGLIG" if outcome == "ERROR" else "OK",
        )
    put(client, "deviation", inbox_id=key, agency="FK", row_no=1, kind="unreadable", path="/x")

    assert rows(client, "agency", "parts_unverified, deviations") == [("PM (OTILLGANGLIG)", 1)]


def test_quality_counts_endings_by_agency_and_day(client: Client, somebody: int) -> None:
    question(client, somebody, 2)
    question(client, somebody, 3)
    client.write("UPDATE attempt SET day = NULL WHERE tx_id = ?", [("tx-3",)])  # never sent
    for number, seconds in ((1, 10), (2, 20)):
        told(client, number, "FK", outcome="DATA", latency=seconds)
    for number in (1, 3):
        told(client, number, "SO")

    columns = "agency, outcome, answers, latency_mean, latency_most"
    assert sorted(rows(client, "agency_quality", columns)) == [
        ("FK", "DATA", 2, 15.0, 20),
        ("SO", "NONE", 1, None, None),
    ]


def test_volume_counts_each_question_once_by_its_worst_agency(client: Client, somebody: int) -> None:
    endings = {1: ("DATA", "EMPTY"), 2: ("DATA", "ERROR"), 3: ("MISSING", "ERROR"), 4: ("DATA", None)}
    for number, outcomes in endings.items():
        if number > 1:
            question(client, somebody, number)
        for agency, outcome in zip(("FK", "SO"), outcomes, strict=True):
            told(client, number, agency, outcome=outcome)

    columns = "agency, asked, answered, partly, failed, unanswered"
    assert sorted(rows(client, "volume", columns)) == [
        ("ALL", 4, 1, 1, 1, 1),
        ("FK", 4, 3, 0, 1, 0),
        ("SO", 4, 1, 0, 2, 1),
    ]
