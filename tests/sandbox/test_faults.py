"""Every fault that can be switched on, and what it does to an answer."""

import binascii
import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from shs_adapter.sandbox.cast import Fault
from shs_adapter.sandbox.ssbtek import Answer, Error, Memory, react
from tests.sandbox import contracts
from tests.sandbox.answers import (
    ADA,
    BY_NAME,
    LATE,
    NOW,
    PENSIONER,
    STUDENT,
    agency,
    amount,
    answered,
    csn_answer,
    lefi_answer,
    payments,
    pensions,
    reactions,
    texts,
)
from tests.sandbox.questions import CASE, CORRELATION, SSBT, in_v11, question, written

ARRIVED = BY_NAME["Nya Nykomling"]
RETRAINING = BY_NAME["Oskar Omställd"]
TRADER = BY_NAME["Firma Firmansson"]
FAULTS = sorted(set(Fault) - {Fault.NONE})
V10_ONLY, V11_ONLY = {Fault.SKV_999}, {Fault.SKV_PART_TIMEOUT, Fault.SKV_PART_404}
DEVIATING = {Fault.NOVELTY, Fault.SLOPPY, Fault.FK_BROKEN, Fault.CSN_BROKEN, Fault.SKV_BROKEN}
FAITHFUL = sorted({*FAULTS} - DEVIATING - {Fault.SHS_ERROR, Fault.SILENT, Fault.SOAP_FAULT})


def errors(root: etree._Element, name: str) -> list[str]:
    """Source and code of an agency's own error; empty without one."""
    error = agency(root, name).find("{*}error")
    return [] if error is None else [*texts(error, "kalla"), *texts(error, "felkod")]


def asked(person: str) -> etree._Element:
    """All agencies but MIV, so that one can speak unasked."""
    return question(person, agencies=("AF", "CSN", "FK", "SKV", "SO", "TNS"))


def has_effect(fault: Fault, version: Callable[[etree._Element], etree._Element]) -> bool:
    people = (ADA, STUDENT, ARRIVED, TRADER)
    questions = [version(ask(person)) for ask in (question, asked) for person in people]
    return any(reactions(each, [fault]) != reactions(each) for each in questions)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_an_effect_in_the_versions_it_is_for(fault: Fault) -> None:
    assert has_effect(fault, lambda root: root) == (fault not in V11_ONLY)
    assert has_effect(fault, in_v11) == (fault not in V10_ONLY)


@pytest.mark.parametrize("fault", FAITHFUL)
@pytest.mark.parametrize("person", [ADA, STUDENT, PENSIONER], ids=["Ada", "Stina", "Petrus"])
def test_a_fault_that_is_not_about_deviating_keeps_the_contracts(person: str, fault: Fault) -> None:
    old, new = answered(asked(person), [fault]), answered(in_v11(asked(person)), [fault])

    assert contracts.ssbtek().validate(old), contracts.ssbtek().error_log
    assert contracts.ssbtek_v11().validate(new), contracts.ssbtek_v11().error_log
    assert contracts.csn().validate(csn_answer(old)), contracts.csn().error_log
    lefi = contracts.lefi("LefiExternFormansinformationSvar")
    assert [(*error.path, error.validator) for error in lefi.iter_errors(lefi_answer(old))] == []


def test_an_answer_may_belong_to_another_case() -> None:
    root = answered(question(ADA, repeated="true"), [Fault.WRONG_CASE])

    assert CASE not in texts(agency(root, "AF"), "Referensnummer")
    assert CASE not in texts(agency(root, "SO"), "Referensnummer")
    assert texts(root, "arendeidentitet") == [CASE]  # the question is repeated as it was


def test_an_answer_may_have_another_korrelationsid() -> None:
    root = answered(question(ADA), [Fault.WRONG_CORRELATION])

    assert root.findtext(f"{{{SSBT}}}korrelationsid") not in {None, CORRELATION}


def names(root: etree._Element) -> list[str]:
    return [etree.QName(each).localname for each in root.iterfind("{*}svarsdata/*")]


def test_an_agency_may_be_missing_or_speak_unasked() -> None:
    some = ("CSN", "SO")

    assert names(answered(question(ADA, agencies=some), [Fault.MISSING])) == ["CSN"]
    assert names(answered(question(ADA, agencies=some), [Fault.UNASKED])) == ["AF", "CSN", "SO"]
    assert names(answered(in_v11(question(ADA, agencies=some)), [Fault.UNASKED])) == ["AF", "CSN", "SO"]
    assert names(answered(question(ADA, agencies=("SO",)), [Fault.MISSING])) == []


@pytest.mark.parametrize(
    ("fault", "name", "expected"),
    [
        (Fault.SSBT_TIMEOUT, "AF", ["SSBT", "SANDBOX-TIMEOUT"]),
        (Fault.PASSING, "AF", ["SSBT", "SANDBOX-TIMEOUT"]),
        (Fault.BT_ERROR, "SKV", ["BT", "SANDBOX-TEKNISKT-FEL"]),
        (Fault.SKV_FAULT, "SKV", ["BT", "9071999"]),
        (Fault.MIV_FAULT, "MIV", ["BT", "SANDBOX-TEKNISKT-FEL"]),
    ],
)
def test_an_agency_may_have_an_error_instead_of_data(fault: Fault, name: str, expected: list[str]) -> None:
    assert errors(answered(question(ADA), [fault]), name) == expected
    assert errors(answered(in_v11(question(ADA)), [fault]), name) == expected


def about(memory: Memory, correlation_id: str, case: str = CASE) -> list[str]:
    """What Arbetsförmedlingen's error says in an answer of a node with this memory."""
    document = written(question(ADA, case=case)).replace(CORRELATION.encode(), correlation_id.encode())
    (reaction,) = react(document, now=NOW, faults=[Fault.PASSING], late=LATE, memory=memory)
    assert isinstance(reaction, Answer)
    return errors(etree.fromstring(reaction.payload), "AF")


def test_a_passing_error_has_passed_when_asked_with_another_korrelationsid() -> None:
    memory = Memory()

    assert about(memory, "first") == ["SSBT", "SANDBOX-TIMEOUT"]
    assert about(memory, "first") == ["SSBT", "SANDBOX-TIMEOUT"]  # the same question, sent again
    assert about(memory, "second") == []
    assert about(memory, "third", case="ANOTHER") == ["SSBT", "SANDBOX-TIMEOUT"]


def test_an_activity_report_that_cannot_be_seen_has_no_date() -> None:
    root = answered(question(ADA), [Fault.AF_502])

    assert texts(root, "AktivitetsRapportMeddelande") == ["502"]
    assert texts(root, "SenasteAktivitetsRapportDatum") == []


@pytest.mark.parametrize("code", ["-1003", "-1007", "-1103"])
def test_csn_may_say_nothing_of_anybody(code: str) -> None:
    csn = csn_answer(answered(question(STUDENT), [Fault(f"csn{code}")]))

    assert texts(csn, "ResultatKod") == [code]
    assert texts(csn, "Person") == []


def test_csn_hides_what_it_cannot_see_and_shows_the_rest() -> None:
    hidden = csn_answer(answered(question(RETRAINING), [Fault.CSN_1104]))
    shown = csn_answer(answered(question(RETRAINING), [Fault.CSN_1101]))

    assert texts(hidden, "ResultatKod") == ["-1104"]
    assert texts(hidden, "Utbetalning") == []
    assert texts(shown, "ResultatKod") == ["-1101"]
    assert len(texts(shown, "Utbetalning")) == 2


@pytest.mark.parametrize(
    ("fault", "states", "present"),
    [
        (Fault.LEFI_SUPPLIER_FAULTY, ["FELANDE", "OK"], {"utbetalningar"}),
        (Fault.LEFI_SUPPLIER_DOWN, ["OK", "OTILLGANGLIG"], {"formansinformation"}),
        (Fault.LEFI_DOWN, ["OTILLGANGLIG", "OTILLGANGLIG"], set[str]()),
    ],
)
def test_only_a_supplier_that_is_well_contributes(fault: Fault, states: list[str], present: set[str]) -> None:
    fk = lefi_answer(answered(question(PENSIONER), [fault]))

    assert [each["tillstand"]["kod"] for each in fk["utlamnare"]] == states
    assert fk.keys() & {"formansinformation", "utbetalningar"} == present
    assert fk["avvikelser"] == {}


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.LEFI_INTERNAL_ERROR, "INTERNT_FEL"), (Fault.LEFI_UNAUTHORISED, "OBEHORIG")]
)
def test_a_benefit_group_is_withheld_under_every_heading_that_it_was_asked_for(
    fault: Fault, code: str
) -> None:
    fk = lefi_answer(answered(question(ADA), [fault]))

    told: dict[str, list[dict[str, Any]]] = fk["avvikelser"]
    assert [*told] == ["formansinformation", "preliminaraUtbetalningar", "utbetalningar"]
    assert {(each["avvikelse"]["kod"], each["formansgrupp"]["kod"]) for (each,) in told.values()} == {
        (code, "FK:ABB")
    }
    assert {each["formansfamilj"]["id"] for each in payments(fk)} == {"BOB"}
    assert "barnbidragsarende" not in fk["formansinformation"]


def test_transportstyrelsen_may_answer_with_an_error_inside() -> None:
    root = answered(question(TRADER), [Fault.TNS_FEL])

    assert texts(root, "resultat") == ["FEL"]
    assert texts(root, "fordon") == []


def test_a_person_may_have_status_999() -> None:
    inner = texts(agency(answered(question(TRADER), [Fault.SKV_999]), "SKV"), "svar")[0]

    assert ">999</" in inner


@pytest.mark.parametrize(
    ("fault", "part", "expected"),
    [
        (Fault.SKV_PART_TIMEOUT, "skattekonto", ["SSBT", "SANDBOX-TIMEOUT"]),
        (Fault.SKV_PART_404, "individuppgifter", ["BT", "404"]),
    ],
)
def test_a_part_of_skatteverket_may_fail_alone(fault: Fault, part: str, expected: list[str]) -> None:
    told = agency(answered(in_v11(question(TRADER)), [fault]), "SKV")

    failed = [element for element in told if element.find("{*}error") is not None]
    assert [etree.QName(element).localname for element in failed] == [part]
    assert texts(failed[0], "kalla") + texts(failed[0], "felkod") == expected


def test_payments_may_not_add_up() -> None:
    root = answered(question(PENSIONER), [Fault.SUMS_OFF])
    fk, csn = lefi_answer(root), csn_answer(answered(question(STUDENT), [Fault.SUMS_OFF]))

    for payment in payments(fk):
        gross, deducted, net = (amount(payment[f"{name}belopp"]) for name in ("brutto", "avdrags", "netto"))
        assert gross - deducted != net
    for pension in pensions(fk):
        deducted_ = sum(abs(row["belopp"]) for row in pension["avdrag"])
        assert pension["bruttobelopp"] - deducted_ != pension["nettobelopp"]
    for paid in csn.iterfind(".//{*}Utbetalning"):
        parts = [int(each.text or "") for each in paid.iterfind(".//{*}Utbetaldtid/{*}totbelopp")]
        assert sum(parts) != int(paid.findtext("{*}totbelopp", ""))


def test_codes_may_be_new() -> None:
    fk = lefi_answer(answered(question(ADA), [Fault.NOVELTY]))
    csn = csn_answer(answered(question(STUDENT), [Fault.NOVELTY]))

    assert {each["formansfamilj"]["id"] for each in payments(fk)} == {"XNY"}
    assert {*texts(csn, "utbetstatus")} == {"Stoppad"}
    assert {
        kind for payment in csn.iterfind(".//{*}Utbetalning") for kind in texts(payment, "beloppstyp")
    } == {"NYTYP"}


def test_an_answer_may_be_as_sloppy_as_real_ones() -> None:
    root = answered(question(ARRIVED), [Fault.SLOPPY])

    assert texts(agency(root, "AF"), "Fraga") == []
    assert texts(agency(root, "AF"), "ArbetssokandeRegistrerad") == ["2026-02-01+01:00"]
    assert {date[10:] for date in texts(agency(root, "MIV"), "beslutsdatum")} == {"+01:00"}
    said = {etree.QName(element).localname for element in agency(root, "SO").iterfind("*/*")}
    assert not said & {"Syfte", "Paragraf", "NamnPersonuppgiftsbitrade"}
    assert {"IdentificationNumber", "ArbetsloshetsersattningLista"} <= said


def test_data_may_be_cut_off() -> None:
    faults = [Fault.FK_BROKEN, Fault.CSN_BROKEN, Fault.SKV_BROKEN]
    old, new = answered(question(TRADER), faults), answered(in_v11(question(TRADER)), faults)

    for name, element in (("FK", "lefiJsonSvar"), ("CSN", "svar")):
        with pytest.raises(binascii.Error):
            b64decode(texts(agency(old, name), element)[0])
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(texts(agency(old, "SKV"), "svar")[0].encode())
    for encoded in texts(agency(new, "SKV"), "data"):
        with pytest.raises((binascii.Error, json.JSONDecodeError)):
            json.loads(b64decode(encoded))


def test_an_error_message_leaves_no_answer_to_deviate() -> None:
    (reaction,) = reactions(question(ADA), [Fault.SHS_ERROR, Fault.SLOPPY, Fault.FK_BROKEN])

    assert isinstance(reaction, Error)
