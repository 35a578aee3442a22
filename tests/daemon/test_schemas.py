"""Schemas that the operator has installed: found, refused, and what they say of questions and answers."""

import shutil
from pathlib import Path

import pytest

from shs_adapter import xml
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.errors import CannotStart
from shs_adapter.ssbtek import soap
from shs_adapter.ssbtek.answer import Judgement, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.finding import Outcome
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.ssbtek.question import SKV_PARTS, Agency, plan
from tests.ssbtek.samples import (
    NAMESPACE,
    NAMESPACE_11,
    PERIOD,
    PERSON,
    SHARED,
    SOMETHING,
    TODAY,
    answer,
    answer_11,
    asked,
    correlated,
    csn_document,
    data,
    encoded,
    noted,
    question,
    skv_part,
)

CONTRACT = SHARED / "contracts/ssbtek"
CSN = "http://schema.csn.se/v4.0/kommunfraga"
HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{0}" targetNamespace="{0}" '
HEAD += 'elementFormDefault="qualified">'


def schema(inside: str, namespace: str = NAMESPACE) -> str:
    return HEAD.format(namespace) + inside + "</xs:schema>"


# The least of a contract: every agency may hold rows of whole numbers, in data.
RESPONSE = (
    '<xs:element name="hamtaBastjanstInformationResponse"><xs:complexType><xs:sequence>'
    '<xs:element name="korrelationsid"/><xs:element name="svarsdata"><xs:complexType><xs:sequence>'
    + "".join(
        f'<xs:element name="{agency}" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="data">'
        '<xs:complexType><xs:sequence minOccurs="0" maxOccurs="unbounded"><xs:element name="rad" '
        'type="Rad"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>'
        for agency in Agency
    )
    + "</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"
    '<xs:complexType name="Rad"><xs:simpleContent><xs:extension base="xs:int"><xs:attribute name="nr" '
    'type="xs:int"/></xs:extension></xs:simpleContent></xs:complexType>'
)
QUESTION = '<xs:element name="fraga" type="xs:int"/>'
SMALL = schema(RESPONSE + QUESTION)


def installed(directory: Path, **files: str) -> Path:
    for name, content in files.items():
        (directory / f"{name}.xsd").write_text(content)
    return directory


def small(tmp_path: Path) -> Schemas:
    return Schemas.load(installed(tmp_path, small=SMALL))


def checked(schemas: Schemas, raw: bytes, namespace: str = NAMESPACE) -> dict[Agency, list[tuple[str, str]]]:
    found = schemas.checker(namespace)(xml.parse(raw))
    return {
        agency: [(deviation.kind, deviation.path) for deviation in noted_] for agency, noted_ in found.items()
    }


def rows(*values: str) -> str:
    return data("".join(f"<s:rad>{value}</s:rad>" for value in values))


def test_without_schemas_everything_is_valid() -> None:
    schemas = Schemas.load(None)

    assert schemas.question(b"<a/>", NAMESPACE) is None
    assert checked(schemas, answer(SOMETHING)) == {}


def test_a_contract_without_a_schema_is_not_checked(tmp_path: Path) -> None:
    schemas = small(tmp_path)

    assert schemas.question(b"<a/>", NAMESPACE_11) is None
    assert checked(schemas, answer_11(SOMETHING), NAMESPACE_11) == {}


def test_a_question_is_told_by_kind_and_place_and_never_by_value(tmp_path: Path) -> None:
    schemas = small(tmp_path)

    good = schemas.question(f'<fraga xmlns="{NAMESPACE}">1</fraga>'.encode(), NAMESPACE)
    bad = schemas.question(f'<f:fraga xmlns:f="{NAMESPACE}">x{PERSON}</f:fraga>'.encode(), NAMESPACE)

    assert good is None
    assert bad == "xsd:SCHEMAV_CVC_DATATYPE_VALID_1_2_1 at fraga"


def test_a_deviation_is_told_of_its_agency_and_hides_no_other(tmp_path: Path) -> None:
    raw = answer({Agency.AF: rows("1", "ett", "3"), Agency.SO: rows("2"), Agency.TNS: rows(PERSON)})

    found = checked(small(tmp_path), raw)

    assert found == {
        Agency.AF: [("xsd:SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "rad[2]")],
        Agency.TNS: [("xsd:SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "rad")],
    }


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_answer_is_checked_bare_or_wrapped_with_any_prefixes(tmp_path: Path, wrapped: bool) -> None:
    bare = answer({Agency.AF: rows("1", "ett")}).replace(b"<s:", b"<").replace(b"</s:", b"</")
    bare = b"<?xml version='1.0'?>" + bare.replace(b"xmlns:s=", b"xmlns=")

    found = checked(small(tmp_path), soap.wrap(bare) if wrapped else bare)

    assert found == {Agency.AF: [("xsd:SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "rad[2]")]}


def test_an_attribute_is_told_of_at_its_element(tmp_path: Path) -> None:
    found = checked(small(tmp_path), answer({Agency.AF: data("<s:rad nr='x'>1</s:rad>")}))

    assert found == {Agency.AF: [("xsd:SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "rad")]}


def test_a_name_that_may_be_a_persons_is_not_told(tmp_path: Path) -> None:
    found = checked(small(tmp_path), answer({Agency.AF: data(f"<s:P{PERSON}/>")}))

    assert found == {Agency.AF: [("xsd:SCHEMAV_ELEMENT_CONTENT", "unprintable")]}


def test_fifty_deviations_of_an_agency_are_enough_and_crowd_out_no_other(tmp_path: Path) -> None:
    raw = answer({Agency.AF: rows(*["x"] * 200), Agency.MIV: rows("x")})

    found = checked(small(tmp_path), raw)

    assert {agency: len(noted_) for agency, noted_ in found.items()} == {Agency.AF: 50, Agency.MIV: 1}


def test_csns_own_document_is_checked_by_the_schema_of_its_version(tmp_path: Path) -> None:
    inner = schema('<xs:element name="CSNSvar" type="xs:int"/>', CSN)
    schemas = Schemas.load(installed(tmp_path, small=SMALL, inner=inner))
    part = encoded("svar", csn_document("0").encode())
    other = encoded("svar", csn_document("0", version="v3.0").encode())

    found = checked(schemas, answer({Agency.CSN: part}))

    assert ("xsd:SCHEMAV_CVC_TYPE_3_1_2", ".") in found[Agency.CSN]
    assert checked(schemas, answer({Agency.CSN: other})) == {
        Agency.CSN: [("xsd:SCHEMAV_ELEMENT_CONTENT", "svar")]
    }


@pytest.mark.parametrize(
    ("files", "code", "told"),
    [
        ({"a": SMALL, "b": SMALL}, "schema_twice", "two schemas for"),
        ({"a": schema("", "urn:other")}, "schema_missing", "no schema for a version of SSBTEK"),
        ({}, "schema_missing", "no schema"),
        ({"a": SMALL[:-5]}, "schema_unreadable", "a.xsd: cannot be read (XMLSyntaxError)"),
        ({"a": "<a/>"}, "schema_unreadable", "a.xsd: is not a schema"),
        ({"a": "<!DOCTYPE a SYSTEM 'b'>" + SMALL}, "schema_refused", "a.xsd: has a DOCTYPE"),
        (
            {"a": schema('<xs:element name="a" type="Okand"/>')},
            "schema_invalid",
            "a.xsd: does not compile (SCHEMAP_SRC_RESOLVE)",
        ),
        (
            {"a": schema('<xs:import namespace="urn:x" schemaLocation="http://localhost/x.xsd"/>')},
            "schema_refused",
            "a.xsd: refers to an address",
        ),
        (
            {"a": schema('<xs:include schemaLocation=" file:///x.xsd"/>')},
            "schema_refused",
            "a.xsd: refers to an address",
        ),
        (
            {"a": schema('<xs:import namespace="urn:x" schemaLocation="../x.xsd"/>')},
            "schema_refused",
            "a.xsd: refers to what is not below",
        ),
    ],
)
def test_schemas_that_are_not_fit_keep_the_adapter_from_starting(
    tmp_path: Path, files: dict[str, str], code: str, told: str
) -> None:
    with pytest.raises(CannotStart, match=r"\A.+\Z") as caught:
        Schemas.load(installed(tmp_path, **files))

    assert caught.value.code == code
    assert told in str(caught.value)


def test_a_directory_that_is_not_there_keeps_the_adapter_from_starting(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="there is no such directory"):
        Schemas.load(tmp_path / "none")


def test_a_schema_that_another_includes_is_a_part_of_it(tmp_path: Path) -> None:
    whole = schema('<xs:include schemaLocation="part.xsd"/>' + QUESTION.replace("xs:int", "Tal"))
    part = schema('<xs:simpleType name="Tal"><xs:restriction base="xs:int"/></xs:simpleType>')

    schemas = Schemas.load(installed(tmp_path, whole=whole, part=part))

    assert schemas.question(f'<fraga xmlns="{NAMESPACE}">x</fraga>'.encode(), NAMESPACE) is not None


def test_a_schema_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>' + SMALL
    (tmp_path / "A.XSD").write_bytes(text.encode("utf-16"))

    schemas = Schemas.load(tmp_path)

    assert schemas.question(f'<fraga xmlns="{NAMESPACE}">x</fraga>'.encode(), NAMESPACE) is not None


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    """Those of v10, with the unofficial v11 laid over."""
    if not CONTRACT.exists():
        pytest.skip("the SSBTEK contracts are not installed beside the project")
    directory = tmp_path_factory.mktemp("schemas")
    for version in ("v10", "v11-unofficial"):
        for path in (CONTRACT / version).rglob("*.xsd"):
            if not path.name.endswith(".first-version.xsd"):
                copy = directory / path.relative_to(CONTRACT / version)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
    return Schemas.load(directory)


@pytest.mark.parametrize("agencies", [list(Agency), [Agency.SKV], [Agency.AF, Agency.MIV]])
@pytest.mark.parametrize("version", list(CONTRACTS))
def test_questions_are_valid_by_the_contracts_schemas(
    schemas: Schemas, version: int, agencies: list[Agency]
) -> None:
    contract = CONTRACTS[version]
    made = plan(agencies, PERIOD, PERSON, TODAY)

    document = contract.write(question(plan=made, skv_years=(2024, 2025), skv_parts=frozenset(SKV_PARTS)))

    assert schemas.question(document, contract.NAMESPACE) is None


def test_a_question_that_is_not_valid_is_told(schemas: Schemas) -> None:
    document = CONTRACTS[10].write(question()).replace(b"162120002411", b"2120002411")

    told = schemas.question(document, NAMESPACE)

    place = "hamtaBastjanstInformation/generellaFrageparametrar/ingivare/organisationsnummer"
    assert told == f"xsd:SCHEMAV_CVC_PATTERN_VALID at {place}"


def example(schemas: Schemas, agency: Agency) -> Judgement:
    path = SHARED / "fixtures/ssbtek/v10" / f"{agency.lower()}-response.xml"
    if not path.exists():
        pytest.skip("the public examples are not installed beside the project")
    return judge(correlated(path.read_bytes()), asked(agency), CONTRACTS[10], schemas.checker(NAMESPACE))


@pytest.mark.parametrize(
    ("agency", "path"),
    [
        (Agency.AF, "Svar"),  # stands where the echoed question should
        (Agency.SO, "IdentificationNumber"),  # Syfte and Paragraf are left out
    ],
)
def test_the_public_examples_that_deviate_are_told_and_decoded(
    schemas: Schemas, agency: Agency, path: str
) -> None:
    found = example(schemas, agency).results[agency]

    assert found.deviations == (Deviation("xsd:SCHEMAV_ELEMENT_CONTENT", path),)
    assert found.outcome is Outcome.DATA
    assert found.facts


@pytest.mark.parametrize("agency", [Agency.CSN, Agency.FK, Agency.SKV, Agency.TNS, Agency.MIV])
def test_the_other_public_examples_do_not_deviate(schemas: Schemas, agency: Agency) -> None:
    kinds = {kind for kind, _ in noted(example(schemas, agency).results[agency])}

    assert not {kind for kind in kinds if kind.startswith("xsd:")}


def test_an_answer_of_v11_is_checked_by_its_own_schema(schemas: Schemas) -> None:
    good = skv_part("skattekonto", {"saldo": 1}) + skv_part("skatteuppgifter", felkod="404")
    bad = good.replace(">BT<", f">{PERSON}<")

    assert checked(schemas, answer_11({Agency.SKV: good}), NAMESPACE_11) == {}
    assert checked(schemas, answer_11({Agency.SKV: bad}), NAMESPACE_11) == {
        Agency.SKV: [("xsd:SCHEMAV_CVC_ENUMERATION_VALID", "skatteuppgifter/error/kalla")]
    }


def test_what_a_check_says_decides_nothing(tmp_path: Path) -> None:
    check = small(tmp_path).checker(NAMESPACE)

    with_check = judge(answer(SOMETHING), asked(*Agency), CONTRACTS[10], check)
    without = judge(answer(SOMETHING), asked(*Agency), CONTRACTS[10])

    assert with_check.verdict is without.verdict
    assert {agency: found.outcome for agency, found in with_check.results.items()} == {
        agency: found.outcome for agency, found in without.results.items()
    }
    assert noted(with_check.results[Agency.TNS]) > noted(without.results[Agency.TNS])
