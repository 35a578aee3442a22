"""SSBTEK v11: the same agencies behind another namespace, but for Skatteverket."""

import json
from base64 import b64decode
from typing import Any

import pytest
from lxml import etree

from shs_adapter.sandbox.cast import CAST, Meant
from shs_adapter.sandbox.lives import NOTHING
from shs_adapter.sandbox.ssbtek import Answer
from tests.sandbox import contracts
from tests.sandbox.answers import ADA, BY_NAME, NOBODY, STRANGER, agency, answered, reactions, texts
from tests.sandbox.questions import AGENCIES, SOAP, SSBT_11, TAX_PARTS, enveloped, in_v11, question

TRADER = BY_NAME["Firma Firmansson"]


def taxes(root: etree._Element) -> dict[str, Any]:
    """What Skatteverket says, part by part; for an error its source and code."""
    return {
        etree.QName(part).localname: [*texts(part, "kalla"), *texts(part, "felkod")]
        if part.find("{*}error") is not None
        else json.loads(b64decode(texts(part, "data")[0]))
        for part in agency(root, "SKV")
    }


def test_the_questions_of_these_tests_are_valid() -> None:
    schema = contracts.ssbtek_v11()

    assert schema.validate(in_v11(question(ADA))), schema.error_log


@pytest.mark.parametrize(
    "person",
    [*(person.number for person in CAST), STRANGER],
    ids=[*(person.name for person in CAST), "a stranger"],
)
def test_an_answer_is_valid_against_the_unofficial_contract(person: str) -> None:
    schema = contracts.ssbtek_v11()

    for reaction in reactions(in_v11(question(person, repeated="true"))):
        if isinstance(reaction, Answer):
            root = etree.fromstring(reaction.payload)
            fault = root.find(f".//{{{SSBT_11}}}hamtaBastjanstInformationFault")
            assert schema.validate(root if fault is None else fault), schema.error_log


def test_the_other_agencies_say_what_they_say_in_v10() -> None:
    old, new = answered(question(ADA)), answered(in_v11(question(ADA)))

    for name in set(AGENCIES) - {"SKV"}:
        both = [[element.text for element in agency(root, name).iter()] for root in (old, new)]
        assert both[0] == both[1]


def test_a_question_in_an_envelope_is_answered_in_one_and_in_its_version() -> None:
    root = answered(enveloped(in_v11(question(ADA))))

    assert root.find(f"{{{SOAP}}}Body/{{{SSBT_11}}}hamtaBastjanstInformationResponse") is not None


def test_only_the_parts_asked_for_come() -> None:
    root = answered(in_v11(question(ADA), parts=("skattekonto", "foretagsinformation")))

    assert [*taxes(root)] == ["foretagsinformation", "skattekonto"]


def test_a_sole_trader_is_a_company_by_the_personal_number() -> None:
    root = answered(in_v11(question(TRADER)))

    assert taxes(root)["foretagsinformation"]["foretag"] == {
        "foretagId": TRADER,
        "arbetsgivarregistrerad": False,
        "momsregistrerad": True,
        "godkandFskatt": True,
    }


def test_tax_decisions_are_those_of_the_years_asked_that_have_been_made() -> None:
    told = taxes(answered(in_v11(question(TRADER), years=("2023", "2024", "2025"))))["skatteuppgifter"]

    years = told["beslutadeSkatteuppgifter"]
    assert told["identitet"] == TRADER
    assert [year["beskattningsar"] for year in years] == [2023, 2024]
    assert {year["uppgifter"]["sumKapital"] for year in years} == {31750}
    assert all(year["datumFaststalld"] <= "2026-11-23" for year in years)


def test_a_tax_account_pays_out_to_no_real_one() -> None:
    account = taxes(answered(in_v11(question(TRADER))))["skattekonto"]

    assert account["saldo"] == -1240
    assert set(account["utbetalningskonto"]) <= {"0", "-", " "}


def test_an_ordinary_person_has_data_in_every_part() -> None:
    ordinary = [person for person in CAST if person.meant == Meant("done", "COMPLETE")]

    for person in ordinary:
        told = taxes(answered(in_v11(question(person.number))))
        assert [*told] == [*TAX_PARTS]
        assert all(isinstance(part, dict) == (person.life != NOTHING) for part in told.values())


@pytest.mark.parametrize("person", [NOBODY, STRANGER], ids=["nobody", "a stranger"])
def test_a_person_of_whom_nothing_is_known_is_not_found_in_any_part(person: str) -> None:
    told = taxes(answered(in_v11(question(person))))

    assert told == {part: ["BT", "404"] for part in TAX_PARTS}


def fault_code(asked: etree._Element) -> str:
    root = answered(asked)
    fault = root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault/detail/{{{SSBT_11}}}hamtaBastjanstInformationFault")
    assert fault is not None
    return texts(fault, "felkod")[0]


def test_a_question_that_includes_skatteverket_without_its_block_is_refused_as_a_whole() -> None:
    bare = question(ADA, agencies=("AF", "SO"))
    next(bare.iter("{*}SKV")).set("inkludera", "true")
    asked = in_v11(bare)
    for block in asked.findall(".//{*}SKV/{*}fraga"):
        block.getparent().remove(block)  # type: ignore[union-attr]  # SKV

    assert fault_code(asked) == "SANDBOX-INTERNAL"


def test_without_skatteverket_no_block_is_needed() -> None:
    root = answered(in_v11(question(ADA, agencies=("AF", "SO"))))

    assert texts(agency(root, "AF"), "Schemaversion") == ["2.0"]


def test_a_block_that_breaks_the_contract_gets_a_code() -> None:
    late_year = in_v11(question(ADA))
    call = next(late_year.iter("{*}SKV"))[0]
    call.append(call[0])

    assert fault_code(in_v11(question(ADA), years=())) == "SANDBOX-MISSING"
    assert fault_code(in_v11(question(ADA), years=("this year",))) == "SANDBOX-VALUE"
    assert fault_code(late_year) == "SANDBOX-ORDER"
