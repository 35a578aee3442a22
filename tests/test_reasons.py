"""Every code that the adapter or an agency can give has a text; the codes are read from where they arise."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import shs_adapter
from shs_adapter import reasons
from shs_adapter.lifecycle import State
from shs_adapter.reasons import agencies, questions
from shs_adapter.reasons.reason import ACTORS, Reason
from shs_adapter.shs import errors
from shs_adapter.ssbtek import question as ssbtek
from shs_adapter.ssbtek.agencies import af, csn, lefi_state, skv, tns
from shs_adapter.ssbtek.contracts.reply import UNDECODABLE
from shs_adapter.ssbtek.finding import UNKNOWN, Outcome
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import question

PACKAGE = Path(shs_adapter.__file__).parent
README = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
SHS = [f"shs:{code}" for code in errors._BLAME]
FAMILIES = {"shs:…": SHS, "http_…": ["http_400", "http_503"]}
COMING = ["repeated", "schema", "skv_years_missing", "skv_parts_missing", "contract", "no_contract"]

NO_MEANING = "Vad den betyder är inte känt."
NOTHING_FOUND = re.compile("inget finns|inga uppgifter|inget hos|finns inte hos", re.IGNORECASE)

FAILURES = {
    "AF": [af._REPORT_FAILED],
    "CSN": [code for code, outcome in csn._CODES.items() if outcome is not Outcome.EMPTY],
    "FK": [*lefi_state._DOWN, *lefi_state._DEVIATIONS, "400", "403", "500"],
    "SKV": ["9071000", "9071999", "404"],
    "TNS": [tns._FAILED],
}
ANSWERS = {
    "AF": [af._NORMAL, *af._REPORT_READ],
    "CSN": [csn._NORMAL, *(code for code, outcome in csn._CODES.items() if outcome is Outcome.EMPTY)],
    "FK": [lefi_state.OK],
    "SKV": [skv._NORMAL],
    "TNS": [tns._OK],
}
OURS = {str(agency): [UNDECODABLE, UNKNOWN, "unprintable", "csn_window", "tns_century"] for agency in Agency}


def _pairs(table: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return [(agency, code) for agency, codes in table.items() for code in sorted(codes)]


def _in_readme() -> list[str]:
    """The codes in the first column of the table of failures."""
    section = README.partition("## When a question fails")[2].partition("\n## ")[0]
    named = [
        code for line in re.findall(r"^\|([^|]*)\|", section, re.M) for code in re.findall("`(.+?)`", line)
    ]
    return [code for name in named if name != "failure_code" for code in FAMILIES.get(name, [name])]


def _raised() -> Iterator[str]:
    """The code of every InvalidQuestion that the source raises by a literal.

    A code that is put together, `{name}_missing`, stands for one of each text of a question.
    """
    texts = [
        name
        for name, _, _ in ssbtek._texts(
            question(processors=(ssbtek.Processor(organisation_number="162120002411", name="Biträdet"),))
        )
    ]
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidQuestion":
                match node.args[0]:
                    case ast.Constant(value=str(code)):
                        yield code
                    case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(ending))]):
                        yield from (name + ending for name in texts)


def _known(reason: Reason | None) -> bool:
    return reason is not None and NO_MEANING not in reason.why


def _every_failure() -> list[Reason]:
    told = [reasons.question(code) for code in {*_in_readme(), *_raised(), *COMING, *SHS, "no-such-code"}]
    for agency, code in _pairs(FAILURES) + _pairs(OURS) + [("AF", "no-such-code")]:
        told += [reasons.error(agency, code, kalla) for kalla in ("SSBT", "BT", None)]
        told.append(reasons.status(agency, code))
    return [reason for reason in told if reason]


def _every_reason() -> list[Reason]:
    answers = [reasons.status(agency, code) for agency, code in _pairs(ANSWERS)]
    return _every_failure() + [reason for reason in answers if reason]


def test_the_readme_is_read_where_it_names_the_codes() -> None:
    assert {"person_missing", "no_answer", "quarantined", "shs:OtherError", "http_503"} <= set(_in_readme())


def test_the_source_is_read_where_it_raises_the_codes() -> None:
    assert {"person_date", "period_lefi", "case_id_length", "processor_name_missing"} <= set(_raised())


@pytest.mark.parametrize("code", sorted({*_in_readme(), *_raised(), *COMING, *SHS}))
def test_a_code_of_a_failed_question_has_a_text(code: str) -> None:
    assert _known(reasons.question(code))


@pytest.mark.parametrize(("agency", "code"), _pairs(FAILURES) + _pairs(OURS))
def test_a_failing_agency_is_explained_whether_the_code_is_its_error_or_its_status(
    agency: str, code: str
) -> None:
    assert _known(reasons.error(agency, code))
    assert reasons.status(agency, code) == reasons.error(agency, code)


@pytest.mark.parametrize(("agency", "code"), _pairs(ANSWERS))
def test_what_says_that_an_agency_has_answered_is_not_believed_as_an_error(agency: str, code: str) -> None:
    answered, failed = reasons.status(agency, code), reasons.error(agency, code, "BT")

    assert _known(answered)
    assert failed is not None
    assert "kunde inte kontrolleras" in failed.what


def test_the_same_number_means_what_the_agency_means_by_it() -> None:
    report, fault = reasons.status("AF", "500"), reasons.status("FK", "500")

    assert report is not None
    assert fault is not None
    assert "Aktivitetsrapport" in report.what
    assert "internt fel" in fault.why


@pytest.mark.parametrize(
    "code", ["no-such-code", "shs:NoSuchError", "http_", "case_id_colour", "9071000", "{0}"]
)
def test_an_unknown_failure_is_named_and_its_meaning_left_open(code: str) -> None:
    reason = reasons.question(code)

    assert reason is not None
    assert code in reason.why
    assert NO_MEANING in reason.why
    assert "frågar" in reason.who


@pytest.mark.parametrize("code", ["AF-17", "-9", "90710001", "{agency}"])
@pytest.mark.parametrize("agency", Agency)
def test_an_unknown_code_of_an_agency_is_named_and_its_meaning_left_open(agency: str, code: str) -> None:
    told = [reasons.error(agency, code, kalla) for kalla in ("SSBT", "BT", None)]
    told.append(reasons.status(agency, code))

    for reason in told:
        assert reason is not None
        assert code in reason.why
        assert NO_MEANING in reason.why


def test_an_unknown_error_is_laid_at_the_door_that_its_kalla_names() -> None:
    composite, agency = reasons.error("AF", "x", "SSBT"), reasons.error("AF", "x", "BT")

    assert composite is not None
    assert agency is not None
    assert "SSBTEK" in composite.why
    assert composite.who.startswith("Ingen")
    assert "Felet kommer från Arbetsförmedlingen" in agency.why
    assert agency.who.startswith("Myndigheten")


def test_where_there_is_no_code_there_is_no_reason() -> None:
    assert reasons.question(None) is None
    assert reasons.error("AF", None, "BT") is None
    assert reasons.status("AF", None) is None


def test_every_text_is_a_sentence_and_the_last_names_who_acts() -> None:
    for reason in _every_reason():
        for text in (reason.what, reason.why, reason.who):
            assert re.fullmatch(r"[A-ZÅÄÖ].+\.", text)
            assert "{" not in text
        assert reason.who.startswith(ACTORS)


def test_everyone_who_may_have_to_act_is_named_by_some_text() -> None:
    named = {actor for reason in _every_reason() for actor in ACTORS if reason.who.startswith(actor)}

    assert named == set(ACTORS)


def test_no_failure_reads_like_nothing_found() -> None:
    for reason in _every_failure():
        assert not NOTHING_FOUND.search(f"{reason.what} {reason.why} {reason.who}")
    for outcome in set(Outcome) - {Outcome.EMPTY}:
        assert not NOTHING_FOUND.search(reasons.outcome(outcome))


def test_no_text_could_hold_a_personal_number() -> None:
    words = [*reasons.VERDICTS.values(), *reasons.STATES.values(), *reasons.PARTS.values()]
    told = [text for one in _every_reason() for text in (one.what, one.why, one.who)]

    assert not [text for text in words + told if re.search(r"[0-9]{6,8}[-+ ]?[0-9]{4}", text)]


def test_every_outcome_has_its_words() -> None:
    told = {reasons.outcome(word) for word in (*Outcome, "WAITING")}

    assert len(told) == len(Outcome) + 1
    assert all(told)
    assert not [words for words in told if "inte känt" in words]


def test_an_error_is_said_to_be_with_the_agency_or_with_the_composite_service() -> None:
    assert reasons.outcome("ERROR", "CSN", "BT") == "Kunde inte kontrolleras: fel hos CSN"
    assert reasons.outcome("ERROR", "CSN", "SSBT") == "Kunde inte kontrolleras: fel hos SSBTEK"
    assert reasons.outcome("ERROR") == "Kunde inte kontrolleras: fel hos myndigheten"


def test_an_unknown_outcome_is_no_answer() -> None:
    assert reasons.outcome("NEW").startswith("Kunde inte kontrolleras")
    assert "NEW" in reasons.outcome("NEW")


def test_every_state_verdict_and_agency_has_its_words() -> None:
    meanings = next(line for line in README.splitlines() if line.startswith("| `verdict` |"))

    assert set(reasons.STATES) == set(State)
    assert set(reasons.VERDICTS) == set(re.findall("`([A-Z]+)`", meanings))
    assert set(reasons.NAMES) == {*Agency, "PM"}
    assert set(lefi_state.SUPPLIERS) <= set(reasons.PARTS)


def test_no_text_is_kept_for_a_code_that_nothing_can_give() -> None:
    given = {*_in_readme(), *_raised(), *COMING}

    assert {*questions._PUT, *questions._UNPUT} <= given
    assert set(questions._SHS) == set(errors._BLAME)
    assert set(agencies._ANSWERS) == set(_pairs(ANSWERS))
