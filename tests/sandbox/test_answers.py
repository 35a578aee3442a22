import json
from base64 import b64decode
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter.sandbox.cast import CAST, Fault, Person, find
from shs_adapter.sandbox.ssbtek import Answer, Error, react
from tests.sandbox import contracts
from tests.sandbox.answers import (
    ADA,
    BY_NAME,
    LATE,
    NOBODY,
    NOW,
    ON_SICK_LEAVE,
    PENSIONER,
    STRANGER,
    STUDENT,
    TODAY,
    agency,
    amount,
    answered,
    csn_answer,
    lefi_answer,
    payments,
    pensions,
    reactions,
    texts,
    unverified,
)
from tests.sandbox.questions import (
    CASE,
    CORRELATION,
    PAYMENTS,
    SOAP,
    SSBT,
    enveloped,
    lefi,
    question,
    written,
)

everybody = pytest.mark.parametrize("person", [*BY_NAME.values(), STRANGER], ids=[*BY_NAME, "a stranger"])
UNHEARD = {Fault.SILENT, Fault.SHS_ERROR, Fault.SOAP_FAULT}
HEARD = [person for person in CAST if person.fault not in UNHEARD]
everybody_answered = pytest.mark.parametrize(
    "person",
    [*(person.number for person in HEARD), STRANGER],
    ids=[*(person.name for person in HEARD), "a stranger"],
)


@everybody
@pytest.mark.parametrize("repeated", ["false", "true"])
def test_an_answer_is_valid_against_the_contract(person: str, repeated: str) -> None:
    schema = contracts.ssbtek()
    asked = question(person, repeated=repeated)
    assert schema.validate(asked), schema.error_log

    for reaction in reactions(asked):
        if isinstance(reaction, Answer):
            root = etree.fromstring(reaction.payload)
            fault = root.find(f".//{{{SSBT}}}hamtaBastjanstInformationFault")
            assert schema.validate(root if fault is None else fault), schema.error_log


@everybody_answered
def test_the_inner_document_of_csn_is_valid(person: str) -> None:
    schema = contracts.csn()

    inner = csn_answer(answered(question(person)))

    assert schema.validate(inner), schema.error_log


@everybody_answered
def test_the_json_of_lefi_is_valid_and_has_no_property_that_the_contract_lacks(person: str) -> None:
    validator = contracts.lefi("LefiExternFormansinformationSvar")

    inner = lefi_answer(answered(question(person)))

    assert [(*error.path, error.validator) for error in validator.iter_errors(inner)] == []


def test_the_questions_of_these_tests_ask_lefi_as_its_contract_says() -> None:
    validator = contracts.lefi("LefiExternFormansinformationFraga")

    assert list(validator.iter_errors(json.loads(b64decode(lefi(ADA))))) == []


@everybody_answered
def test_what_the_parts_of_a_payment_say_adds_up(person: str) -> None:
    root = answered(question(person))
    fk, csn = lefi_answer(root), csn_answer(root)

    for payment in payments(fk):
        gross, tax, deducted, net = (
            amount(payment[f"{name}belopp"]) for name in ("brutto", "skatte", "avdrags", "netto")
        )
        rows = {
            field: sum(amount(row[field]) for row in payment["utbetalningsdetalj"] if field in row)
            for field in ("bruttobelopp", "skattebelopp", "avdragsbelopp")
        }
        assert gross - deducted == net
        assert rows == {"bruttobelopp": gross, "skattebelopp": tax, "avdragsbelopp": deducted - tax}
    for payment in pensions(fk) if "utbetalningar" in fk else []:
        gross = payment["bruttobelopp"]
        assert gross - sum(abs(row["belopp"]) for row in payment["avdrag"]) == payment["nettobelopp"]
        assert gross == sum(row["belopp"] for row in payment["utbetalningsrader"])
    for part in csn.iterfind(".//{*}Belopp/.."):
        totals = [int(text) for text in texts(part, "totbelopp")]
        assert part.getnext().text == str(sum(totals))  # type: ignore[union-attr]  # there by the schema
    for payment_of_csn in csn.iterfind(".//{*}Utbetalning"):
        own = int(payment_of_csn.findtext("{*}totbelopp", ""))
        assert own == sum(
            int(t.text or "") for t in payment_of_csn.iterfind(".//{*}Utbetaldtid/{*}totbelopp")
        )


@pytest.mark.parametrize("person", CAST, ids=lambda person: person.name)
def test_the_cast_ends_as_it_is_meant_to(person: Person) -> None:
    got = reactions(question(person.number))

    match person.meant.state, person.meant.verdict:
        case "failed", "FAILED":
            assert all(isinstance(reaction, Error) for reaction in got)
        case "done", "FAILED":
            root = answered(question(person.number))
            assert root.tag == f"{{{SOAP}}}Envelope" or person.number not in texts(
                root, "IdentificationNumber"
            )
        case "done", verdict:
            root = answered(question(person.number))
            passing = ("AF",) if person.fault is Fault.PASSING else ()  # until it is asked again
            assert unverified(root) == person.meant.unverified + passing
            assert (verdict == "COMPLETE") == (person.meant.unverified == ())
        case other:
            pytest.fail(f"nobody ends so: {other}")


def test_a_stranger_is_known_to_no_agency() -> None:
    root = answered(question(STRANGER))

    assert unverified(root) == ()
    assert texts(csn_answer(root), "ResultatKod") == ["-2"]
    assert payments(lefi_answer(root)) == pensions(lefi_answer(root)) == []
    assert texts(root, "ArbetssokandeInfo") == texts(root, "Utbetalningar") == texts(root, "fordon") == []
    assert texts(root, "response") == []
    assert "Kapitaluppgift" not in texts(agency(root, "SKV"), "svar")[0]


@everybody
def test_the_same_question_gets_the_same_bytes(person: str) -> None:
    assert reactions(question(person)) == reactions(question(person))


def test_only_the_agencies_asked_answer() -> None:
    root = answered(question(ADA, agencies=("SO", "AF")))

    names = [etree.QName(each).localname for each in root.iterfind(f"{{{SSBT}}}svarsdata/*")]
    assert names == ["AF", "SO"]


def test_an_answer_echoes_what_it_was_asked() -> None:
    root = answered(question(ADA))

    assert root.findtext(f"{{{SSBT}}}korrelationsid") == CORRELATION
    assert root.findtext(f"{{{SSBT}}}frageTidpunkt") == "2026-11-23T10:00:00+01:00"
    assert texts(root, "Referensnummer") == [CASE, CASE, CASE]
    assert (
        texts(root, "KontonamnForHandlaggare") == texts(root, "KontonamnHandlaggare") == ["Hanna Handläggare"]
    )
    assert texts(root, "NamnPersonuppgiftsbitrade") == ["Biträdet AB", "Andra Biträdet AB"]


def test_a_question_in_an_envelope_is_answered_in_one() -> None:
    bare = answered(question(ADA))
    root = answered(enveloped(question(ADA)))

    assert root.tag == f"{{{SOAP}}}Envelope"
    inner = root.find(f"{{{SOAP}}}Body/{{{SSBT}}}hamtaBastjanstInformationResponse")
    assert inner is not None
    assert [(each.tag, each.text) for each in inner.iter()] == [(each.tag, each.text) for each in bare.iter()]


def test_child_benefit_comes_on_the_20th_of_every_month_asked_about() -> None:
    fk = lefi_answer(answered(question(ADA)))

    dates = {
        name: [
            each["datum"] for each in fk["formansinformation"][name] if each["formansfamilj"]["id"] == "ABB"
        ]
        for name in ("utbetalningsuppgift", "preliminarautbetalningar")
    }

    assert dates == {
        "utbetalningsuppgift": ["2026-10-20", "2026-11-20"],
        "preliminarautbetalningar": ["2026-12-20"],
    }


def test_a_weekly_fund_pays_every_thursday_until_today_for_the_week_before() -> None:
    root = answered(question(ADA, agencies=("SO",), period=("2026-11-09", "2026-12-31")))

    assert texts(root, "Utbetalningsdatum") == ["2026-11-12", "2026-11-19"]
    assert texts(root, "AvserFrom") == ["2026-11-02", "2026-11-09"]
    assert texts(root, "AvserTom") == ["2026-11-08", "2026-11-15"]


def test_study_support_is_split_by_beloppstyp_and_planned_after_today() -> None:
    csn = csn_answer(answered(question(STUDENT)))

    plan = csn.findall(".//{*}Utbetalning")

    assert [(each.findtext("{*}utbetdatum"), each.findtext("{*}utbetstatus")) for each in plan] == [
        ("20261025", "Utbetald"),
        ("20261125", "Planerad"),
    ]
    assert {tuple(texts(each, "beloppstyp")) for each in plan} == {("GRUNDB", "GRUNDL")}


def test_an_agency_keeps_to_its_own_period() -> None:
    own = {"SO": ("2026-10-01", "2026-10-31"), "CSN": ("2026-11-01", "2026-11-30")}

    ada = answered(question(ADA, own_periods=own))
    student = csn_answer(answered(question(STUDENT, own_periods=own)))

    assert all(text.startswith("2026-10") for text in texts(ada, "Utbetalningsdatum"))
    assert texts(student, "utbetdatum") == ["20261125"]
    assert texts(agency(ada, "AF"), "From") == ["2026-10-01"]
    assert texts(agency(ada, "AF"), "Tom") == ["2026-12-20"]


def test_lefi_keeps_to_the_codes_and_the_period_of_its_own_question() -> None:
    narrow = lefi(ADA, first="2026-11-01", last="2026-11-30", utbetalningar=["FK:BOB"])
    early = answered(question(ADA, lefi_json=narrow), ())
    prelim = lefi(ADA, preliminaraUtbetalningar=["FK:ABB"])

    paid, planned = lefi_answer(early), lefi_answer(answered(question(ADA, lefi_json=prelim)))

    assert payments(paid) == []  # housing allowance is paid on the 26th, and today is the 23rd
    assert [each["datum"] for each in payments(planned)] == ["2026-12-20"]
    assert set(planned["formansinformation"]) == {"utbetalningsuppgift", "preliminarautbetalningar"}


@settings(max_examples=25, deadline=None)
@given(
    person=st.sampled_from([ADA, ON_SICK_LEAVE, PENSIONER, BY_NAME["Pia Provpar"]]),
    first=st.dates(date(2020, 1, 1), date(2027, 1, 1)),
    days=st.integers(0, 700),
    codes=st.lists(st.sampled_from(PAYMENTS), min_size=1, unique=True),
)
def test_amounts_come_only_for_codes_and_periods_asked_about(
    person: str, first: date, days: int, codes: list[str]
) -> None:
    last = first + timedelta(days)
    asked = lefi(
        person, first=str(first), last=str(last), utbetalningar=codes, preliminaraUtbetalningar=codes
    )

    fk = lefi_answer(answered(question(person, agencies=("FK",), lefi_json=asked)))

    for payment in payments(fk):
        assert f"FK:{payment['formansfamilj']['id']}" in codes
        assert str(first) <= payment["datum"] <= str(last)
    for payment in pensions(fk):
        assert {row["formansgrupp"]["kod"] for row in payment["utbetalningsrader"]} <= set(codes)
        assert str(first) <= payment["utbetalningsdatum"] <= str(last)
    for payment in fk["formansinformation"]["utbetalningsuppgift"]:
        assert payment["datum"] <= str(TODAY)
    for payment in fk["formansinformation"]["preliminarautbetalningar"]:
        assert payment["datum"] > str(TODAY)


def test_a_set_off_debt_is_deducted_beside_the_tax() -> None:
    payment = payments(lefi_answer(answered(question(ON_SICK_LEAVE))))[0]

    kinds = [row["beloppstyp"]["id"] for row in payment["utbetalningsdetalj"]]

    assert kinds == ["SP", "PS", "KVI"]
    assert amount(payment["avdragsbelopp"]) - amount(payment["skattebelopp"]) == 500


def test_a_protected_person_has_no_name_anywhere() -> None:
    person = find(BY_NAME["Skyddad Testperson"])
    assert person is not None

    reaction = reactions(question(person.number))[0]

    assert isinstance(reaction, Answer)
    root = etree.fromstring(reaction.payload)
    everything = reaction.payload + etree.tostring(csn_answer(root)) + json.dumps(lefi_answer(root)).encode()
    assert not any(name.encode() in everything for name in person.name.split())
    assert texts(root, "Sekretessmarkering") == ["true"]
    assert [each.get("sekretess") for each in csn_answer(root).iter("{*}Person")] == ["Ja"]
    assert lefi_answer(root)["formansinformation"]["generellPersoninformation"][0]["skyddad"] is True


def csn_code(**changes: Any) -> str:
    return texts(csn_answer(answered(question(STUDENT, agencies=("CSN",), **changes))), "ResultatKod")[0]


def test_csn_takes_31_characters_and_no_more() -> None:
    assert csn_code(case="x" * 31, officer="y" * 31) == "0"
    assert csn_code(case="x" * 32) == "-1005"
    assert csn_code(officer="y" * 32) == "-1005"


def test_csn_looks_two_months_back_and_one_ahead() -> None:
    assert csn_code(period=("2026-09-23", "2026-12-23")) == "0"
    assert csn_code(period=("2026-09-22", "2026-12-23")) == "-1006"
    assert csn_code(period=("2026-09-23", "2026-12-24")) == "-1006"
    assert csn_code(period=("2025-01-01", "2025-02-01")) == "-1006"


def test_two_months_before_a_long_month_end_is_a_short_month_end() -> None:
    codes = []
    for first in ("2026-02-28", "2026-02-27"):
        asked = written(question(STUDENT, agencies=("CSN",), period=(first, "2026-05-30")))
        (reaction,) = react(asked, now=datetime(2026, 4, 30, 12, tzinfo=UTC), late=LATE)
        assert isinstance(reaction, Answer)
        codes += texts(csn_answer(etree.fromstring(reaction.payload)), "ResultatKod")

    assert codes == ["0", "-1006"]


def test_the_day_is_the_swedish_one() -> None:
    asked = written(question(STUDENT, agencies=("CSN",), period=("2026-09-24", "2026-12-24")))

    (reaction,) = react(asked, now=datetime(2026, 11, 23, 23, 30, tzinfo=UTC), late=LATE)

    assert isinstance(reaction, Answer)
    assert texts(csn_answer(etree.fromstring(reaction.payload)), "ResultatKod") == ["0"]


def lefi_error(lefi_json: str) -> tuple[str, ...]:
    error = agency(answered(question(ADA, lefi_json=lefi_json)), "FK").find(f"{{{SSBT}}}error")
    return () if error is None else (texts(error, "kalla")[0], texts(error, "felkod")[0])


def test_lefi_takes_two_years_and_no_more() -> None:
    assert lefi_error(lefi(ADA, first="2024-11-23", last="2026-11-23")) == ()
    assert lefi_error(lefi(ADA, first="2024-11-23", last="2026-11-24")) == ("BT", "LEFI-400")


@pytest.mark.parametrize(
    "lefi_json",
    [
        lefi(ADA, utbetalningar=[]),
        lefi(ADA, utbetalningar=["FK:XYZ"]),
        lefi(ADA, beslut=["FK:ABB"]),
        lefi(ADA, first="2026-02-30"),
        lefi(ADA, first="2026-12-01", last="2026-11-01"),
        lefi(PENSIONER),
        "e30=",
        "not base64!",
    ],
)
def test_lefi_turns_down_what_its_contract_does_not_allow(lefi_json: str) -> None:
    assert lefi_error(lefi_json) == ("BT", "LEFI-400")


@pytest.mark.parametrize(
    ("element", "text", "code"), [("version", "v8", "LEFI-VERSION"), ("aktorsid", "", "LEFI-403")]
)
def test_lefi_knows_one_version_and_no_nameless_actor(element: str, text: str, code: str) -> None:
    asked = question(ADA)
    next(asked.iter(f"{{{SSBT}}}{element}")).text = text

    root = answered(asked)

    assert unverified(root) == ("FK",)
    assert texts(agency(root, "FK"), "felkod") == [code]


def test_one_agency_falls_out_by_time_out_or_its_own_error() -> None:
    for fault, name, source in ((Fault.SSBT_TIMEOUT, "AF", "SSBT"), (Fault.BT_ERROR, "SKV", "BT")):
        root = answered(question(NOBODY), [fault])

        assert unverified(root) == (name,)
        assert texts(agency(root, name), "kalla") == [source]


def test_several_agencies_fall_out_at_once() -> None:
    root = answered(
        question(ADA), [Fault.SSBT_TIMEOUT, Fault.BT_ERROR, Fault.FUND_SILENT, Fault.CSN_PARTLY_DOWN]
    )

    assert unverified(root) == ("AF", "CSN", "SKV", "SO")


def test_a_supplier_that_is_down_leaves_no_deviation_and_no_pension() -> None:
    fk = lefi_answer(answered(question(PENSIONER), [Fault.LEFI_SUPPLIER_DOWN]))

    assert [each["tillstand"]["kod"] for each in fk["utlamnare"]] == ["OK", "OTILLGANGLIG"]
    assert fk["avvikelser"] == {}
    assert "utbetalningar" not in fk


def test_a_silent_fund_is_the_one_that_pays() -> None:
    root = answered(question(ADA), [Fault.FUND_SILENT])

    assert texts(root, "StatusSvarandeOrganisation") == ["no answer", "all clear", "all clear"]
    assert texts(root, "Utbetalningar") == []


def test_csn_partly_down_hides_the_studies_and_says_so() -> None:
    csn = csn_answer(answered(question(STUDENT), [Fault.CSN_PARTLY_DOWN]))

    assert texts(csn, "ResultatKod") == ["-1102"]
    assert texts(csn, "Utbetalning") == []
    assert [each.get("Status") for each in csn.iter("{*}Person")] == [" " * 10]


def test_an_answer_about_somebody_else_names_another_person_everywhere() -> None:
    root = answered(question(ADA), [Fault.WRONG_PERSON])

    svar = root.find(".//{*}Svar")
    assert svar is not None
    assert texts(svar, "IdentitetsbeteckningFysiskPerson") != [ADA]
    assert texts(root, "IdentificationNumber") != [ADA]
    assert root.findtext(f"{{{SSBT}}}korrelationsid") == CORRELATION


def test_silence_an_error_message_a_late_and_a_double_answer() -> None:
    asked = question(ADA)

    (plain,) = reactions(asked)
    (late,) = reactions(asked, [Fault.LATE])

    assert plain.delay == timedelta(0)
    assert isinstance(plain, Answer)
    assert late == Answer(plain.payload, LATE)
    assert reactions(asked, [Fault.SILENT]) == ()
    assert reactions(asked, [Fault.SHS_ERROR]) == (Error("MissingDeliveryExecution", timedelta(0)),)
    assert reactions(asked, [Fault.TWICE]) == (plain, plain)


def fault_code(document: bytes) -> str:
    """The felkod of the SOAP fault that this question gets."""
    (reaction,) = react(document, now=NOW, late=LATE)
    assert isinstance(reaction, Answer)
    path = f"{{{SOAP}}}Body/{{{SOAP}}}Fault/detail/{{{SSBT}}}hamtaBastjanstInformationFault"
    fault = etree.fromstring(reaction.payload).find(path)
    assert fault is not None
    assert fault.nsmap["soap"] == SOAP  # the faultcode is a name with this prefix
    return texts(fault, "felkod")[0]


def without(name: str, root: etree._Element) -> etree._Element:
    for element in root.findall(f".//{{{SSBT}}}{name}"):
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    return root


def test_a_question_that_cannot_be_read_gets_a_soap_fault_with_a_code() -> None:
    stray = question(ADA)
    etree.SubElement(next(stray.iter(f"{{{SSBT}}}SKV")), f"{{{SSBT}}}fraga")
    undecided = question(ADA)
    next(undecided.iter(f"{{{SSBT}}}TNS")).set("inkludera", "perhaps")

    assert fault_code(b"<hamta") == "SANDBOX-XML_SYNTAX"
    assert fault_code(written(question(ADA)).replace(b"ssbt/10", b"ssbt/12")) == "SANDBOX-NAMESPACE"
    assert fault_code(written(stray)) == "SANDBOX-ORDER"
    assert fault_code(written(undecided)) == "SANDBOX-VALUE"
    assert fault_code(written(without("fraga", question(ADA)))) == "SANDBOX-FRAGA"
    assert fault_code(written(without("MIV", question(ADA)))) == "SANDBOX-MISSING"
    assert fault_code(written(question(ADA, period=("2026-11-01", "2026-10-01")))) == "SANDBOX-VALUE"
    assert fault_code(written(question(ADA[:-1]))) == "SANDBOX-VALUE"


def test_the_whole_question_may_be_refused() -> None:
    assert fault_code(written(question(BY_NAME["Fel Felsson"]))) == "SANDBOX-INTERNAL"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_question_however_broken_raises(data: st.DataObject) -> None:
    document = written(question(ADA))
    first = data.draw(st.integers(0, len(document)))
    last = data.draw(st.integers(first, len(document)))
    broken = document[:first] + data.draw(st.binary(max_size=8)) + document[last:]

    (reaction,) = react(broken, now=NOW, late=LATE)

    assert isinstance(reaction, Answer)
    assert etree.fromstring(reaction.payload) is not None


def test_a_reaction_hides_its_payload() -> None:
    assert ADA not in repr(reactions(question(ADA)))
