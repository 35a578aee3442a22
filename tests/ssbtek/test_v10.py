import base64
import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter import xml
from shs_adapter.errors import InvalidQuestion, MalformedAnswer
from shs_adapter.ssbtek import soap
from shs_adapter.ssbtek.contracts import CONTRACTS, v10
from shs_adapter.ssbtek.contracts.reply import Answer, Failure, Fault
from shs_adapter.ssbtek.question import Agency, Period, Processor, Submitter, plan
from tests.ssbtek.samples import (
    CORRELATION,
    NAMESPACE,
    PERIOD,
    PERSON,
    SHARED,
    TODAY,
    answer,
    data,
    error,
    question,
)

SCHEMA = next((SHARED / "contracts/ssbtek/v10").rglob("sammansatt_bastjanst_v10.xsd"), None)
NAMES = {"s": NAMESPACE}
PLAIN = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=31).filter(str.strip)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if SCHEMA is None:
        pytest.skip("the SSBTEK contract is not installed beside the project")
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


def written(**changes: Any) -> etree._Element:
    return xml.parse(v10.write(question(**changes)))


def test_versions_ten_and_eleven_are_the_contracts_we_speak() -> None:
    assert set(CONTRACTS) == {10, 11}
    assert CONTRACTS[10].NAMESPACE == NAMESPACE
    assert set(CONTRACTS[10].JUDGES) == set(Agency)


@settings(max_examples=60)
@given(
    agencies=st.sets(st.sampled_from(list(Agency)), min_size=1),
    person=st.sampled_from([PERSON, "189001019802", "202201612393"]),
    offset=st.integers(-60, 60),
    days=st.integers(0, 600),
    name=PLAIN,
    case_id=PLAIN,
    profile=st.sampled_from(["payments", "benefits"]),
    processors=st.integers(0, 2),
)
def test_every_question_is_valid_against_the_contract(
    schema: etree.XMLSchema,
    agencies: set[Agency],
    person: str,
    offset: int,
    days: int,
    name: str,
    case_id: str,
    profile: str,
    processors: int,
) -> None:
    first = TODAY + timedelta(days=offset)
    period = Period(first=first, last=first + timedelta(days=days))
    try:
        made = plan(agencies, period, person, TODAY)
    except InvalidQuestion:
        return

    document = v10.write(
        question(
            submitter=Submitter(organisation_number="162120002411", name=name, officer=name),
            person=person,
            case_id=case_id,
            period=period,
            plan=made,
            lefi_profile=profile,
            processors=(Processor(organisation_number="162021005521", name=name),) * processors,
        )
    )

    root = xml.parse(document)
    assert document.isascii()
    assert schema.validate(root)
    assert root.findtext(".//s:arendeidentitet", namespaces=NAMES) == case_id
    assert root.findtext(".//s:ingivare/s:namn", namespaces=NAMES) == name


def test_the_declaration_says_utf_8_and_letters_are_references() -> None:
    document = v10.write(question())

    assert document.startswith(b'<?xml version="1.0" encoding="UTF-8"?><')
    assert b"&#197;m&#229;ls kommun" in document


def test_all_seven_agencies_are_written_in_order_whoever_is_asked() -> None:
    root = written(plan=plan([Agency.SO], PERIOD, PERSON, TODAY))

    specific = root.find("s:specifikaFrageparametrar", NAMES)
    assert specific is not None
    assert [xml.local_name(element) for element in specific] == list(Agency)
    assert [element.get("inkludera") for element in specific] == ["false"] * 4 + ["true"] + ["false"] * 2


def test_a_period_is_repeated_only_where_it_differs() -> None:
    wide = Period(first=date(2026, 1, 1), last=date(2026, 12, 31))

    root = written(period=wide, plan=plan(list(Agency), wide, PERSON, TODAY))

    own = root.findall("s:specifikaFrageparametrar/*/s:tidsperiod", NAMES)
    assert [xml.local_name(parent) for element in own if (parent := element.getparent()) is not None] == [
        "CSN"
    ]
    assert [element.text for element in own[0]] == ["2026-09-23", "2026-12-23"]


def test_fk_gets_lefis_question_about_the_same_person_and_period() -> None:
    root = written()

    inner = json.loads(base64.b64decode(root.findtext(".//s:lefiJsonFraga", "", NAMES)))
    assert inner["personnummer"] == PERSON
    assert inner["period"] == {"from": "2026-10-01", "tom": "2026-11-30"}
    assert root.findtext(".//s:fraga/s:version", namespaces=NAMES) == "v9"
    assert root.findtext(".//s:fraga/s:aktorsid", namespaces=NAMES) == "000-00"


def test_fk_unasked_gets_no_question() -> None:
    root = written(plan=plan([Agency.AF], PERIOD, PERSON, TODAY))

    assert root.find(".//s:fraga", NAMES) is None


@pytest.mark.parametrize(
    ("changes", "code"), [({"lefi_profile": "x"}, "lefi_profile"), ({"case_id": ""}, "case_id_missing")]
)
def test_an_unfit_question_is_not_written(changes: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        v10.write(question(**changes))

    assert caught.value.code == code


def test_a_wrapped_question_is_the_same_question() -> None:
    document = v10.write(question())

    wrapped = soap.wrap(document)

    inside = soap.unwrap(xml.parse(wrapped))
    assert wrapped.isascii()
    assert etree.tostring(inside, method="c14n", exclusive=True) == etree.tostring(
        xml.parse(document), method="c14n", exclusive=True
    )


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_answer_is_split_bare_or_wrapped(wrapped: bool) -> None:
    bare = b"<?xml version='1.0'?>" + answer({Agency.AF: error("X-1", "SSBT"), Agency.TNS: data("<a/>")})

    read = v10.read(xml.parse(soap.wrap(bare) if wrapped else bare))

    assert isinstance(read, Answer)
    assert read.correlation_ids == (CORRELATION,)
    assert read.parts[Agency.AF] == Failure("SSBT", "X-1")
    assert isinstance(read.parts[Agency.TNS], etree._Element)
    assert set(read.parts) == {Agency.AF, Agency.TNS}
    assert not read.unknown_agency


@pytest.mark.parametrize(
    "part",
    ["", "<s:other/>", data("") + data(""), "<data/>", data("") + "<s:other/>"],
)
def test_a_part_that_is_neither_data_nor_error_is_a_failure(part: str) -> None:
    read = v10.read(xml.parse(answer({Agency.AF: part})))

    assert isinstance(read, Answer)
    assert read.parts[Agency.AF] == Failure(None, "undecodable")


def test_an_error_beside_data_is_an_error() -> None:
    read = v10.read(xml.parse(answer({Agency.AF: data("") + error("X-1")})))

    assert isinstance(read, Answer)
    assert read.parts[Agency.AF] == Failure("BT", "X-1")


def test_an_agency_that_answers_twice_is_a_failure() -> None:
    raw = answer({Agency.TNS: data("")}).replace(b"</s:TNS>", b"</s:TNS><s:TNS><s:data/></s:TNS>")

    read = v10.read(xml.parse(raw))

    assert isinstance(read, Answer)
    assert read.parts[Agency.TNS] == Failure(None, "undecodable")


@pytest.mark.parametrize(
    ("felkod", "code"),
    [
        ("LEFI-7", "LEFI-7"),
        (" -1005 ", "-1005"),
        ("", "unprintable"),
        ("x" * 65, "unprintable"),
        ("fel vid anrop", "unprintable"),
        ("fråga", "unprintable"),
        (PERSON, "unprintable"),
        (f"P{PERSON[2:8]}-{PERSON[8:]}", "unprintable"),
    ],
)
def test_an_error_code_is_kept_only_if_it_is_safe_to_log(felkod: str, code: str) -> None:
    read = v10.read(xml.parse(answer({Agency.AF: error(felkod, "annan")})))

    assert isinstance(read, Answer)
    assert read.parts[Agency.AF] == Failure(None, code)


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def document(name: str, inside: str, namespace: str = NAMESPACE) -> str:
    return f"<{name} xmlns='{namespace}'>{inside}</{name}>"


FAULT = document("hamtaBastjanstInformationFault", "<felkod>SSBT-1</felkod>")
RESPONSE = "hamtaBastjanstInformationResponse"


def fault(detail: str) -> str:
    return (
        f"<e:Envelope xmlns:e='{SOAP}'><e:Body><e:Fault><faultcode>e:Server</faultcode>"
        f"<faultstring>Internal error {PERSON}</faultstring>{detail}</e:Fault></e:Body></e:Envelope>"
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (fault(""), "Server"),
        (fault(f"<detail>{FAULT}</detail>"), "SSBT-1"),
        (FAULT, "SSBT-1"),
        (fault("").replace("e:Server", PERSON), "unprintable"),
    ],
)
def test_a_fault_is_reduced_to_its_code(raw: str, code: str) -> None:
    assert v10.read(xml.parse(raw.encode())) == Fault(code)


@pytest.mark.parametrize(
    "raw",
    [
        "<a/>",
        document(RESPONSE, ""),
        document("testaBastjanstInformationResponse", "<svarsdata/>"),
        document(RESPONSE, "<svarsdata/><svarsdata/>"),
        document(RESPONSE, "<svarsdata/>", "urn:other"),
        f"<e:Envelope xmlns:e='{SOAP}'/>",
        f"<e:Envelope xmlns:e='{SOAP}'><e:Body/></e:Envelope>",
        f"<e:Envelope xmlns:e='{SOAP}'><e:Body><a/><b/></e:Body></e:Envelope>",
    ],
)
def test_anything_else_is_malformed(raw: str) -> None:
    with pytest.raises(MalformedAnswer):
        v10.read(xml.parse(raw.encode()))
