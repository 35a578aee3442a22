"""An answer that does not tell whom it is about verifies nothing; what nothing ties to us is not used."""

from collections.abc import Mapping

import pytest

from shs_adapter.reasons import status
from shs_adapter.ssbtek.answer import Judgement, Outcome, Verdict, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.finding import ANONYMOUS
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import (
    CSN_CASE,
    MIV_PERMIT,
    NOTHING,
    OTHER,
    PERSON,
    SO_PAYMENT,
    SOMETHING,
    af,
    answer,
    asked,
    csn,
    csn_person,
    error,
    fund,
    miv,
    so,
)

VERIFIED = {Outcome.DATA, Outcome.EMPTY}
ANSWERS = [
    *(pytest.param({agency: part}, id=f"{agency}, something") for agency, part in SOMETHING.items()),
    *(pytest.param({agency: part}, id=f"{agency}, nothing") for agency, part in NOTHING.items()),
    pytest.param(SOMETHING, id="all, something"),
    pytest.param(NOTHING, id="all, nothing"),
]
UNNAMED = {
    "AF": {Agency.AF: af(person="", case="")},
    "CSN": {Agency.CSN: csn("0", csn_person(person="", blocks=CSN_CASE))},
    "SO": {Agency.SO: so(fund("klar", SO_PAYMENT), person="", case="")},
    "SO that has nothing": {Agency.SO: so(fund("klar"), person="", case="")},
    "SO beside one that names nobody": {
        Agency.SO: so(fund("klar"), person="", case=""),
        Agency.TNS: NOTHING[Agency.TNS],
    },
    "MIV": {Agency.MIV: miv(MIV_PERMIT, person="")},
}


def judged(parts: Mapping[Agency, str], **changes: str) -> Judgement:
    return judge(answer(parts, **changes), asked(*parts), CONTRACTS[10])


@pytest.mark.parametrize("parts", ANSWERS)
def test_without_a_korrelationsid_nothing_is_verified(parts: Mapping[Agency, str]) -> None:
    found = judged(parts, korrelationsid="")

    assert found.verdict is Verdict.PARTIAL
    assert not VERIFIED.intersection(found.results[agency].outcome for agency in parts)
    assert {found.results[agency].status for agency in parts} == {ANONYMOUS}


@pytest.mark.parametrize("parts", UNNAMED.values(), ids=list(UNNAMED))
def test_where_no_agency_names_whom_the_contract_has_it_name_nothing_is_verified(
    parts: Mapping[Agency, str],
) -> None:
    found = judged(parts)

    assert found.verdict is Verdict.PARTIAL
    assert not VERIFIED.intersection(found.results[agency].outcome for agency in parts)
    assert "identity_absent" in found.warnings


@pytest.mark.parametrize("parts", ANSWERS)
def test_an_answer_that_names_whom_the_contract_has_it_name_is_judged_as_it_is(
    parts: Mapping[Agency, str],
) -> None:
    found = judged(parts)

    assert found.verdict is Verdict.COMPLETE
    assert found.warnings == ()


def test_one_agency_that_names_the_case_is_enough_for_the_others() -> None:
    parts = {Agency.AF: af(person=""), Agency.SO: so(fund("klar"), person="", case="")}

    assert judged(parts).verdict is Verdict.COMPLETE


def test_what_nothing_ties_to_the_question_is_not_used() -> None:
    """With an agency that names the person its own rows are shown, though they verify nothing."""
    found = judged({Agency.SO: SOMETHING[Agency.SO], Agency.FK: SOMETHING[Agency.FK]}, korrelationsid="")

    assert len(found.results[Agency.SO].payments) == 1
    assert found.results[Agency.FK].payments == ()
    assert found.results[Agency.FK].subs == ()


def test_an_error_in_an_anonymous_answer_stays_the_error_that_it_is() -> None:
    found = judged({Agency.AF: error("X-1")}, korrelationsid="")

    assert found.results[Agency.AF].outcome is Outcome.ERROR
    assert found.results[Agency.AF].felkod == "X-1"


def test_an_anonymous_answer_about_somebody_else_is_quarantined_all_the_same() -> None:
    assert judged({Agency.AF: af(person=OTHER)}, korrelationsid="").verdict is Verdict.QUARANTINED
    assert judged({Agency.AF: af(person=PERSON)}, korrelationsid="").verdict is Verdict.PARTIAL


@pytest.mark.parametrize("agency", Agency)
def test_case_workers_are_told_why(agency: Agency) -> None:
    reason = status(agency, ANONYMOUS)

    assert reason is not None
    assert "säger inte" in reason.why
