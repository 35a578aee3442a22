import base64
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter import xml
from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.answer import Judgement, Outcome, Verdict, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.finding import Transience
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import (
    AF_SEEKER,
    CASE,
    CORRELATION,
    NOTHING,
    OTHER,
    PERSON,
    SHARED,
    SOMETHING,
    af,
    af_report,
    answer,
    asked,
    correlated,
    csn_document,
    csn_person,
    data,
    deviations,
    encoded,
    error,
    fund,
    lefi_document,
    so,
    tns,
)

V10 = CONTRACTS[10]
EVERYONE = asked(*Agency)
FIXTURES = SHARED / "fixtures/ssbtek/v10"


def outcomes(judged: Judgement) -> dict[Agency, Outcome]:
    return {agency: found.outcome for agency, found in judged.results.items()}


def test_an_answer_from_everyone_is_complete() -> None:
    judged = judge(answer(SOMETHING), EVERYONE, V10)

    assert judged.verdict is Verdict.COMPLETE
    assert judged.code is None
    assert judged.warnings == ()
    assert list(judged.results) == list(Agency)
    assert set(outcomes(judged).values()) == {Outcome.DATA}


def test_nothing_from_everyone_is_complete() -> None:
    judged = judge(answer(NOTHING), EVERYONE, V10)

    assert judged.verdict is Verdict.COMPLETE
    assert set(outcomes(judged).values()) == {Outcome.EMPTY}


def test_one_failure_hides_no_other_answer() -> None:
    parts = {**SOMETHING, Agency.CSN: error("-1005"), Agency.FK: data("<s:lefiJsonSvar>!</s:lefiJsonSvar>")}
    del parts[Agency.SKV]

    judged = judge(answer(parts), EVERYONE, V10)

    found = judged.results
    assert judged.verdict is Verdict.PARTIAL
    assert (found[Agency.CSN].outcome, found[Agency.CSN].kalla) == (Outcome.ERROR, "BT")
    assert found[Agency.CSN].felkod == "-1005"
    assert (found[Agency.FK].outcome, found[Agency.FK].felkod) == (Outcome.ERROR, "undecodable")
    assert found[Agency.SKV].outcome is Outcome.MISSING
    assert [found[agency].outcome for agency in (Agency.AF, Agency.SO, Agency.TNS, Agency.MIV)] == [
        Outcome.DATA
    ] * 4


@pytest.mark.parametrize("agency", list(Agency))
def test_an_error_is_an_error_and_says_whose(agency: Agency) -> None:
    judged = judge(answer({agency: error("T-1", "SSBT")}), asked(agency), V10)

    found = judged.results[agency]
    assert (found.outcome, found.kalla, found.felkod) == (Outcome.ERROR, "SSBT", "T-1")
    assert judged.verdict is Verdict.PARTIAL


@pytest.mark.parametrize(
    ("part", "transience"),
    [
        (error("T-1", "SSBT"), Transience.TRANSIENT),
        (error("T-1", "BT"), Transience.DOUBTFUL),
        (error("T-1", "annan"), Transience.DOUBTFUL),
        ("", Transience.PERMANENT),
        (data("<annat/>"), Transience.PERMANENT),
    ],
)
def test_an_error_says_whether_asking_again_may_help(part: str, transience: Transience) -> None:
    judged = judge(answer({Agency.AF: part}), asked(Agency.AF), V10)

    assert judged.results[Agency.AF].transience is transience


def test_what_is_missing_is_asked_for_again_with_doubt() -> None:
    judged = judge(answer({}), asked(Agency.AF), V10)

    assert judged.results[Agency.AF].transience is Transience.DOUBTFUL
    assert judged.results[Agency.CSN].transience is None


def test_what_a_check_finds_is_noted_at_each_agency_that_was_asked() -> None:
    found = (Deviation("xsd:X", "Svar"),)

    judged = judge(
        answer({Agency.AF: af(), Agency.TNS: error("X")}),
        asked(Agency.AF, Agency.TNS, Agency.SO),
        V10,
        lambda root: dict.fromkeys(Agency, found),
    )

    assert {agency for agency, finding in judged.results.items() if finding.deviations == found} == {
        Agency.AF,
        Agency.TNS,
    }


def test_an_empty_answer_is_missing_and_not_empty() -> None:
    judged = judge(answer({}), asked(Agency.AF), V10)

    assert outcomes(judged)[Agency.AF] is Outcome.MISSING
    assert outcomes(judged)[Agency.CSN] is Outcome.UNASKED
    assert judged.verdict is Verdict.PARTIAL


@pytest.mark.parametrize("part", [NOTHING[Agency.CSN], error("X")])
def test_an_answer_nobody_asked_for_is_quarantined(part: str) -> None:
    judged = judge(answer({Agency.AF: af(), Agency.CSN: part}), asked(Agency.AF), V10)

    assert (judged.verdict, judged.code) == (Verdict.QUARANTINED, "unasked:CSN")
    assert outcomes(judged)[Agency.CSN] is Outcome.UNASKED


def test_an_agency_that_stands_twice_in_an_answer_cannot_be_read() -> None:
    once = answer({Agency.AF: af(), Agency.SO: so(fund("klar"))})
    twice = once.replace(b"</s:AF>", b"</s:AF>" + b"<s:AF>" + af(AF_SEEKER).encode() + b"</s:AF>")

    judged = judge(twice, asked(Agency.AF, Agency.SO), V10)

    assert (judged.results[Agency.AF].outcome, judged.results[Agency.AF].felkod) == (
        Outcome.ERROR,
        "undecodable",
    )
    assert judged.results[Agency.SO].outcome is Outcome.EMPTY


def test_another_correlation_is_quarantined() -> None:
    judged = judge(answer({Agency.AF: af()}, korrelationsid="another"), asked(Agency.AF), V10)

    assert (judged.verdict, judged.code) == (Verdict.QUARANTINED, "korrelationsid")


def test_an_absent_correlation_verifies_nothing() -> None:
    judged = judge(answer({Agency.AF: af()}, korrelationsid=""), asked(Agency.AF), V10)

    assert (judged.verdict, judged.warnings) == (Verdict.PARTIAL, ("korrelationsid_absent",))


def test_every_mismatch_is_told() -> None:
    raw = answer({Agency.AF: af(person=OTHER), Agency.SO: so(fund("klar"), case="?")}, korrelationsid="x")

    judged = judge(raw, asked(Agency.AF, Agency.SO), V10)

    assert (judged.code, judged.warnings) == ("korrelationsid", ("person:AF", "case:SO"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("korrelationsid", "another", "korrelationsid"),
        ("personidentitet", OTHER, "person:fraga"),
        ("arendeidentitet", "IFO-2026-18", "case:fraga"),
        ("korrelationsid", CORRELATION, None),
        ("personidentitet", PERSON, None),
        ("arendeidentitet", CASE, None),
    ],
)
def test_a_question_that_is_repeated_must_be_ours(name: str, content: str, code: str | None) -> None:
    repeated = (
        f"<s:fraga><s:generellaFrageparametrar><s:{name}>{content}</s:{name}>"
        "</s:generellaFrageparametrar></s:fraga><s:korrelationsid>"
    )
    raw = answer({Agency.AF: af()}).replace(b"<s:korrelationsid>", repeated.encode())

    judged = judge(raw, asked(Agency.AF), V10)

    assert judged.code == code
    assert judged.verdict is (Verdict.QUARANTINED if code else Verdict.COMPLETE)
    assert name == "korrelationsid" or content not in repr(V10.read(xml.parse(raw)))


def test_an_agency_the_contract_does_not_name_is_a_warning() -> None:
    raw = answer({Agency.AF: af()}).replace(b"</s:svarsdata>", b"<s:KFM/></s:svarsdata>")

    judged = judge(raw, asked(Agency.AF), V10)

    assert (judged.verdict, judged.warnings) == (Verdict.COMPLETE, ("unknown_agency",))


def test_a_fault_leaves_every_asked_agency_missing() -> None:
    raw = (
        b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault>"
        b"<faultcode>e:Server</faultcode></e:Fault></e:Body></e:Envelope>"
    )

    judged = judge(raw, asked(Agency.AF), V10)

    assert (judged.verdict, judged.code) == (Verdict.FAULT, "Server")
    assert outcomes(judged)[Agency.AF] is Outcome.MISSING
    assert outcomes(judged)[Agency.TNS] is Outcome.UNASKED


@pytest.mark.parametrize(
    "raw",
    [b"", b"<a/>", b"driftstopp", answer(NOTHING)[:-5], b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", b"\xff\xfe<"],
)
def test_what_is_no_answer_is_malformed_and_is_not_quoted(raw: bytes) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        judge(raw, EVERYONE, V10)

    assert caught.value.__cause__ is None
    assert PERSON not in str(caught.value)


def test_no_repr_shows_the_person_or_the_case() -> None:
    shown = repr(EVERYONE) + repr(judge(answer(SOMETHING), EVERYONE, V10))
    shown += "".join(
        repr(V10.JUDGES[agency](part, EVERYONE))
        for agency, part in ((a, inner_data(answer(SOMETHING), a)) for a in Agency)
    )

    assert PERSON not in shown
    assert PERSON[2:] not in shown
    assert CASE not in shown


def inner_data(raw: bytes, agency: Agency) -> etree._Element:
    found = xml.parse(raw).find(f".//{{{V10.NAMESPACE}}}{agency}/{{{V10.NAMESPACE}}}data")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("agency", "outcome"),
    [
        (Agency.AF, Outcome.DATA),
        (Agency.CSN, Outcome.EMPTY),
        (Agency.FK, Outcome.PARTIAL),  # lists FK alone, so Pensionsmyndigheten has not answered
        (Agency.SKV, Outcome.PARTIAL),  # a status of which no list is public
        (Agency.SO, Outcome.DATA),
        (Agency.TNS, Outcome.DATA),
        (Agency.MIV, Outcome.DATA),
    ],
)
def test_the_public_examples_are_judged(agency: Agency, outcome: Outcome) -> None:
    if not FIXTURES.exists():
        pytest.skip("the public examples are not installed beside the project")
    examples = {name: (FIXTURES / f"{name.lower()}-response.xml").read_bytes() for name in Agency}
    af_data = inner_data(examples[Agency.AF], Agency.AF)
    about = asked(
        agency,
        person=af_data.findtext(".//{*}IdentitetsbeteckningFysiskPerson", ""),
        case_id=af_data.findtext(".//{*}Referensnummer", ""),
    )

    judged = judge(correlated(examples[agency]), about, V10)

    assert outcomes(judged)[agency] is outcome
    assert judged.code is None
    assert judged.warnings == ()


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_no_bytes_are_judged_by_accident(raw: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        judge(raw, EVERYONE, V10)


@settings(max_examples=200)
@given(parts=st.sampled_from([SOMETHING, NOTHING]), changes=st.data())
def test_damage_is_malformed_or_judged_and_nothing_else(
    parts: dict[Agency, str], changes: st.DataObject
) -> None:
    raw = answer(parts)
    start = changes.draw(st.integers(0, len(raw)))
    length = changes.draw(st.integers(0, 40))
    put = changes.draw(
        st.binary(max_size=8) | st.sampled_from([b"&x;", b"<a>", b"</s:data>", b"]]>", b"-1103"])
    )
    damaged = raw[:start] + put + raw[start + length :]

    try:
        told = repr(judge(damaged, EVERYONE, V10))
    except MalformedAnswer as malformed:
        told = str(malformed)

    assert PERSON not in told


@settings(max_examples=150)
@given(agency=st.sampled_from([Agency.CSN, Agency.FK]), content=st.binary(max_size=60))
def test_garbage_inside_an_agency_is_that_agencys_error(agency: Agency, content: bytes) -> None:
    name = {Agency.CSN: "svar", Agency.FK: "lefiJsonSvar"}[agency]

    judged = judge(answer({**NOTHING, agency: encoded(name, content)}), EVERYONE, V10)

    assert outcomes(judged)[agency] is not Outcome.EMPTY
    assert sum(outcome is Outcome.EMPTY for outcome in outcomes(judged).values()) == 6


# Failures, each with the element whose absence the contract itself calls a good sign: it is never dropped.
FAILING_XML = {
    Agency.AF: (af(af_report("502")), {"ArbetssokandeInfo", "AktivetetsRapportDatum"}),
    Agency.SO: (so(fund("?")), set[str]()),
    Agency.TNS: (tns("FEL", "<felresultat><felkod>1</felkod></felresultat>"), set[str]()),
}


def shorter_trees(root: etree._Element, kept: set[str]) -> Iterator[etree._Element]:
    """The tree without one of its elements, and with one of its texts made nonsense, each in turn."""
    for place, element in enumerate(root.iter()):
        if place and xml.local_name(element) not in kept:
            copy = deepcopy(root)
            gone = list(copy.iter())[place]
            parent = gone.getparent()
            assert parent is not None
            parent.remove(gone)
            yield copy
        if not len(element):
            copy = deepcopy(root)
            list(copy.iter())[place].text = "~"
            yield copy


@pytest.mark.parametrize("agency", list(FAILING_XML))
def test_damage_to_a_failure_never_makes_it_nothing(agency: Agency) -> None:
    part, kept = FAILING_XML[agency]
    failing = inner_data(answer({agency: part}), agency)

    judged = [outcome_of(agency, tree) for tree in shorter_trees(failing, kept)]

    assert judged
    assert Outcome.EMPTY not in judged


@pytest.mark.parametrize("code", ["-1005", "-1101", "-1103", "?"])
def test_damage_to_csns_failure_never_makes_it_nothing(code: str) -> None:
    failing = etree.fromstring(csn_document(code, csn_person(flag="1")))

    parts = [encoded("svar", etree.tostring(tree)) for tree in shorter_trees(failing, set())]

    assert parts
    assert Outcome.EMPTY not in [outcome_of_part(Agency.CSN, part) for part in parts]


@pytest.mark.parametrize(
    "failing",
    [
        lefi_document(pm="OTILLGANGLIG"),
        lefi_document(fk="FELANDE", pm="FELANDE"),
        lefi_document(pm=None),
    ],
)
def test_damage_to_lefis_failure_never_makes_it_nothing(failing: dict[str, Any]) -> None:
    parts = [encoded("lefiJsonSvar", json.dumps(value).encode()) for value in shorter_values(failing)]

    assert parts
    assert Outcome.EMPTY not in [outcome_of_part(Agency.FK, part) for part in parts]


def test_damage_to_lefis_deviation_never_makes_it_nothing() -> None:
    noted = deviations("INTERNT_FEL")["utbetalningar"][0]

    parts = [
        encoded("lefiJsonSvar", json.dumps(lefi_document(avvikelser={"utbetalningar": [value]})).encode())
        for value in shorter_values(noted)
    ]

    assert Outcome.EMPTY not in [outcome_of_part(Agency.FK, part) for part in parts]


def shorter_values(value: Any) -> Iterator[Any]:
    """The value with one thing inside it left out, or made nonsense, each in turn."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            yield from (value | {key: changed} for changed in shorter_values(inner))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield value[:place] + value[place + 1 :]
            yield from ([*value[:place], changed, *value[place + 1 :]] for changed in shorter_values(inner))
    yield from (7, "~", None)


def outcome_of(agency: Agency, content: etree._Element) -> Outcome:
    whole = xml.parse(answer({agency: data("")}))
    old = whole.find(".//{*}data")
    assert old is not None
    parent = old.getparent()
    assert parent is not None
    parent.replace(old, content)
    return outcomes(judge(etree.tostring(whole), asked(agency), V10))[agency]


def outcome_of_part(agency: Agency, part: str) -> Outcome:
    return outcomes(judge(answer({agency: part}), asked(agency), V10))[agency]


def test_base64_may_be_broken_into_lines() -> None:
    encoded_once = base64.b64encode(csn_document("-2").encode()).decode()
    lines = "\n".join(encoded_once[place : place + 60] for place in range(0, len(encoded_once), 60))

    part = data(f"<s:svar>\n{lines}\n</s:svar>")

    assert outcome_of_part(Agency.CSN, part) is Outcome.EMPTY


def test_a_correlation_with_blanks_around_it_is_ours() -> None:
    judged = judge(answer({Agency.AF: af()}, korrelationsid=f"\n {CORRELATION} "), asked(Agency.AF), V10)

    assert judged.verdict is Verdict.COMPLETE
