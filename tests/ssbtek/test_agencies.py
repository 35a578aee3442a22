"""The outcome of each agency, line by line."""

import pytest

from shs_adapter.ssbtek.answer import Finding, Outcome, Verdict
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import (
    AF_SEEKER,
    CSN_CASE,
    FK_PAYMENT,
    MIV_PERMIT,
    NOTHING,
    OTHER,
    PERSON,
    SKV_CAPITAL,
    SO_PAYMENT,
    SOMETHING,
    TNS_VEHICLES,
    af,
    af_report,
    csn,
    csn_person,
    data,
    deviations,
    encoded,
    fund,
    lefi,
    miv,
    result,
    skv,
    so,
    tns,
    verdict,
)

DATA, EMPTY, PARTIAL, ERROR = Outcome.DATA, Outcome.EMPTY, Outcome.PARTIAL, Outcome.ERROR
NOT_WHOLE = (PARTIAL, None, "unknown")


def worth(found: Finding) -> tuple[Outcome, str | None, str | None]:
    return found.outcome, found.felkod, found.status


@pytest.mark.parametrize("agency", list(Agency))
def test_something_and_nothing_are_told_apart(agency: Agency) -> None:
    assert result(agency, SOMETHING[agency]).outcome is DATA
    assert result(agency, NOTHING[agency]).outcome is EMPTY


@pytest.mark.parametrize("agency", list(Agency))
@pytest.mark.parametrize(
    "part",
    [
        data("<s:svar>%%%</s:svar><s:lefiJsonSvar>%%%</s:lefiJsonSvar>"),
        data("<annat>ett driftstopp</annat>"),
        data("ett driftstopp"),
    ],
)
def test_data_that_cannot_be_read_is_never_empty(agency: Agency, part: str) -> None:
    assert result(agency, part).outcome in {ERROR, PARTIAL}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (af(code="7"), (PARTIAL, None, "unknown")),
        (af(AF_SEEKER, code=""), (PARTIAL, None, "unknown")),
        (af(af_report("200")), (DATA, None, "0")),
        (af(af_report("500")), (DATA, None, "0")),
        (af(af_report("501")), (DATA, None, "0")),
        (af(af_report("502")), (PARTIAL, None, "502")),
        (af(af_report(PERSON)), (PARTIAL, None, "unknown")),
        (af("<a:ArbetssokandeInfo/>"), (PARTIAL, None, "unknown")),
        (af("<a:BeslutInfo><a:EkonomiskaBeslut/></a:BeslutInfo>"), (EMPTY, None, "0")),
        (af(AF_SEEKER + "<a:BeslutInfo><a:Beslut/></a:BeslutInfo>"), (PARTIAL, None, "unknown")),
        (af("<a:Akassetillhorighet>Kassan</a:Akassetillhorighet>"), (DATA, None, "0")),
        (data("<Fraga/>"), (ERROR, "undecodable", None)),
        (af().replace("</s:data>", "<Svar/></s:data>"), (ERROR, "undecodable", None)),
    ],
)
def test_af(part: str, expected: tuple[Outcome, str | None, str | None]) -> None:
    assert worth(result(Agency.AF, part)) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (csn("-2"), (EMPTY, None, "-2")),
        (csn("-2", csn_person(blocks=CSN_CASE)), (PARTIAL, None, "unknown")),
        (csn("-2", csn_person(flag="1")), (PARTIAL, None, "unknown")),
        (csn("-2", csn_person()), (EMPTY, None, "-2")),
        (csn("-1003"), (ERROR, "-1003", "-1003")),
        (csn("-1004"), (ERROR, "-1004", "-1004")),
        (csn("-1005"), (ERROR, "-1005", "-1005")),
        (csn("-1006"), (ERROR, "-1006", "-1006")),
        (csn("-1007"), (ERROR, "-1007", "-1007")),
        (csn("-1101", csn_person()), (PARTIAL, None, "-1101")),
        (csn("-1102", csn_person(blocks=CSN_CASE)), (PARTIAL, None, "-1102")),
        (csn("-1103"), (ERROR, "-1103", "-1103")),
        (csn("-1104"), (PARTIAL, None, "-1104")),
        (csn("-9"), (PARTIAL, None, "unknown")),
        (csn(""), (PARTIAL, None, "unknown")),
        (csn("0"), (PARTIAL, None, "unknown")),
        (csn("0", csn_person()), (EMPTY, None, "0")),
        (csn("0", csn_person(status="Ej träff ")), (EMPTY, None, "0")),
        (csn("0", csn_person(status="Ej träff", blocks=CSN_CASE)), (PARTIAL, None, "unknown")),
        (csn("0", csn_person(status="Okänd")), (PARTIAL, None, "unknown")),
        (csn("0", csn_person(flag="1")), (PARTIAL, None, "unknown")),
        (csn("0", csn_person(flag="")), (PARTIAL, None, "unknown")),
        (csn("0", csn_person(flag="1", blocks=CSN_CASE)), (DATA, None, "0")),
        (csn("0", csn_person(blocks="<p:NyttStod>4000</p:NyttStod>")), NOT_WHOLE),
        (csn("0", csn_person(blocks="<p:Studiemedel>nere</p:Studiemedel>")), NOT_WHOLE),
        (csn("-2", "driftstopp"), NOT_WHOLE),
        (csn("0", csn_person(), version="v3.0"), (EMPTY, None, "0")),
        (csn("0", csn_person(), version=""), (EMPTY, None, "0")),
        (csn("0", csn_person(), version="v5.0"), (ERROR, "undecodable", None)),
        (encoded("svar", b"<Fel/>"), (ERROR, "undecodable", None)),
        (encoded("svar", b"driftstopp"), (ERROR, "undecodable", None)),
        (data("<s:svar/>"), (ERROR, "undecodable", None)),
        (data(""), (ERROR, "undecodable", None)),
    ],
)
def test_csn(part: str, expected: tuple[Outcome, str | None, str | None]) -> None:
    assert worth(result(Agency.CSN, part)) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (lefi(), (EMPTY, None, "OK")),
        (lefi(avvikelser=[]), (EMPTY, None, "OK")),
        (lefi(avvikelser={"utbetalningar": []}, utbetalningar=[]), (EMPTY, None, "OK")),
        (lefi(formansinformation={"utbetalningsuppgift": []}, beslut=None), (EMPTY, None, "OK")),
        (lefi(formansinformation=[]), (EMPTY, None, "OK")),
        (lefi(formansinformation={"utbetalningsuppgift": [FK_PAYMENT]}), (DATA, None, "OK")),
        (lefi(formansinformation={"utbetalningsuppgift": [{"datum": "2026-11-25"}]}), NOT_WHOLE),
        (lefi(utbetalningar=[{"nettobelopp": 1}]), NOT_WHOLE),
        (lefi(utbetalningar="driftstopp"), NOT_WHOLE),
        (lefi(formansinformation="driftstopp"), NOT_WHOLE),
        (lefi(formansinformation={"generellPersoninformation": [7]}), NOT_WHOLE),
        (lefi(nyInformation=[{"belopp": 0}]), (DATA, None, "OK")),
        (lefi(utbetalningar=[{}]), (PARTIAL, None, "unknown")),
        (lefi(utbetalningar=[{"id": 1}, {"id": None}]), (PARTIAL, None, "unknown")),
        (lefi(formansinformation={"utbetalningsuppgift": [None]}), (PARTIAL, None, "unknown")),
        (lefi(formansinformation={"barnbidragsarende": [{"beslut": [], "id": 1}]}), (DATA, None, "OK")),
        (lefi(pm=None), (PARTIAL, None, "unknown")),
        (lefi(fk=None, pm=None), (PARTIAL, None, "unknown")),
        (lefi(pm="OTILLGANGLIG"), (PARTIAL, None, "OTILLGANGLIG")),
        (lefi(fk="FELANDE"), (PARTIAL, None, "FELANDE")),
        (lefi(fk=PERSON), (PARTIAL, None, "unknown")),
        (lefi(fk="FELANDE", pm="OTILLGANGLIG"), (ERROR, None, "FELANDE")),
        (lefi(fk="FELANDE", pm="FELANDE", beslut=[{"id": 1}]), (PARTIAL, None, "FELANDE")),
        (lefi(avvikelser=deviations("INTERNT_FEL")), (PARTIAL, None, "INTERNT_FEL")),
        (lefi(avvikelser=deviations("OBEHORIG")), (PARTIAL, None, "OBEHORIG")),
        (lefi(avvikelser=deviations("OBEHORIG"), beslut=[{"id": 1}]), (PARTIAL, None, "OBEHORIG")),
        (lefi(avvikelser=deviations("NY_KOD")), (PARTIAL, None, "unknown")),
        (lefi(avvikelser=[{"avvikelse": {"kod": "INTERNT_FEL"}}]), (PARTIAL, None, "INTERNT_FEL")),
        (lefi(avvikelser=["INTERNT_FEL"]), (ERROR, "undecodable", None)),
        (lefi(avvikelser={"utbetalningar": "INTERNT_FEL"}), (ERROR, "undecodable", None)),
        (encoded("lefiJsonSvar", b"{}"), (PARTIAL, None, "unknown")),
        (encoded("lefiJsonSvar", b'{"felkod": 400}'), (PARTIAL, None, "unknown")),
        (encoded("lefiJsonSvar", b"[]"), (ERROR, "undecodable", None)),
        (encoded("lefiJsonSvar", b"null"), (ERROR, "undecodable", None)),
        (encoded("lefiJsonSvar", b""), (ERROR, "undecodable", None)),
        (encoded("lefiJsonSvar", b'{"a": "\xff"}'), (ERROR, "undecodable", None)),
        (encoded("lefiJsonSvar", b'{"a": 1e999999999999999999999}'), (ERROR, "undecodable", None)),
        (encoded("lefiJsonSvar", b'{"a": ' + b"[" * 100_000), (ERROR, "undecodable", None)),
    ],
)
def test_fk(part: str, expected: tuple[Outcome, str | None, str | None]) -> None:
    assert worth(result(Agency.FK, part)) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (skv(SKV_CAPITAL), (DATA, None, "0")),
        (skv("<Kapitaluppgift/>"), (PARTIAL, None, "unknown")),
        (skv(SKV_CAPITAL + "<Kapitaluppgift/>"), (PARTIAL, None, "unknown")),
        (skv(SKV_CAPITAL, status="999"), (PARTIAL, None, "unknown")),
        (skv("", status=""), (PARTIAL, None, "unknown")),
        (skv("<X><StatusXKod>4</StatusXKod></X>"), (PARTIAL, None, "unknown")),
        (data("<svar>&lt;Annat/&gt;</svar>"), (ERROR, "undecodable", None)),
        (data("<svar/>"), (ERROR, "undecodable", None)),
        (data("<MeddelandeKod>9071001</MeddelandeKod>"), (ERROR, "9071001", None)),
        (
            data("<svar>&lt;Exception>&lt;MeddelandeKod>9071002&lt;/MeddelandeKod>&lt;/Exception></svar>"),
            (ERROR, "9071002", None),
        ),
        (
            data(
                "<svar>&lt;SvarBeskattningsuppgifterEnligtSFS2008-975>&lt;PersonuppgiftLista/>"
                "&lt;/SvarBeskattningsuppgifterEnligtSFS2008-975></svar>"
            ),
            (PARTIAL, None, "unknown"),
        ),
    ],
)
def test_skv(part: str, expected: tuple[Outcome, str | None, str | None]) -> None:
    assert worth(result(Agency.SKV, part)) == expected


APPLIED = (
    "<AnsoktOmErsattning><AnsokanOmUtbetalningInlamnad>true</AnsokanOmUtbetalningInlamnad>"
    "</AnsoktOmErsattning>"
)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (so(fund(" KLAR"), fund("klar")), (EMPTY, None, None)),
        (so(fund("klar", APPLIED)), (DATA, None, None)),
        (so(fund("klar", "<Utbetalningar/>")), (PARTIAL, None, "unknown")),
        (so(fund("klar", SO_PAYMENT), fund("klar", "<Avstangningar/>")), (PARTIAL, None, "unknown")),
        (so(fund("?", SO_PAYMENT)), (DATA, None, None)),
        (so(fund("klar", SO_PAYMENT), fund("?")), (PARTIAL, None, "unknown")),
        (so(fund("?", APPLIED)), (PARTIAL, None, "unknown")),
        (so(fund("?", "<Utbetalningar/>")), (PARTIAL, None, "unknown")),
        (so(fund("")), (PARTIAL, None, "unknown")),
        (so(), (PARTIAL, None, "unknown")),
        (data(""), (ERROR, "undecodable", None)),
    ],
)
def test_so(part: str, expected: tuple[Outcome, str | None, str | None]) -> None:
    assert worth(result(Agency.SO, part)) == expected


def test_no_status_of_a_fund_is_taken_for_an_answer_unless_the_operator_says_so() -> None:
    assert result(Agency.SO, so(fund("klar")), statuses=()).outcome is PARTIAL


FAULT = "<felresultat><felkod>17</felkod><feltext>x</feltext></felresultat>"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (tns("OK", "<fordonsinnehav/>"), (EMPTY, None, "OK")),
        (tns("OK", TNS_VEHICLES), (DATA, None, "OK")),
        (tns("OK", "<fordonsinnehav><fordon/></fordonsinnehav>"), (PARTIAL, None, "unknown")),
        (tns("OK", "<x:nytt xmlns:x='urn:x'>1</x:nytt>"), (DATA, None, "OK")),
        (tns("FEL", FAULT), (ERROR, "17", "FEL")),
        (tns("FEL"), (ERROR, None, "FEL")),
        (tns("FEL", TNS_VEHICLES), (ERROR, None, "FEL")),
        (tns("OK", FAULT), (PARTIAL, None, "unknown")),
        (tns("KANSKE"), (PARTIAL, None, "unknown")),
        (data(""), (PARTIAL, None, "unknown")),
        (data("<resultat>OK</resultat><resultat>FEL</resultat>"), (ERROR, "undecodable", None)),
    ],
)
def test_tns(part: str, expected: tuple[Outcome, str | None, str | None]) -> None:
    assert worth(result(Agency.TNS, part)) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (data(" "), (EMPTY, None, None)),
        (miv(""), (EMPTY, None, None)),
        (miv("<svarCollection/>"), (EMPTY, None, None)),
        (miv("<svarCollection><svar/></svarCollection>"), (PARTIAL, None, "unknown")),
        (miv(MIV_PERMIT), (DATA, None, None)),
        (miv("<hemland>NO</hemland>"), (DATA, None, None)),
        (data("<response/>"), (PARTIAL, None, "unknown")),
        (data("<fault/>"), (ERROR, "undecodable", None)),
        (data("<e><faultCode>F-1</faultCode></e>"), (ERROR, "F-1", None)),
    ],
)
def test_miv(part: str, expected: tuple[Outcome, str | None, str | None]) -> None:
    assert worth(result(Agency.MIV, part)) == expected


@pytest.mark.parametrize(
    ("agency", "part"),
    [
        (Agency.AF, af("<a:Sekretessmarkering>true</a:Sekretessmarkering>")),
        (Agency.AF, af("<a:Sekretessmarkering>1</a:Sekretessmarkering>", code="7")),
        (Agency.CSN, csn("0", csn_person(sekretess="Ja"))),
        (Agency.FK, lefi(formansinformation={"generellPersoninformation": [{"skyddad": True}]})),
    ],
)
def test_a_protected_identity_is_seen(agency: Agency, part: str) -> None:
    assert result(agency, part).protected


@pytest.mark.parametrize("agency", list(Agency))
def test_nobody_is_protected_by_default(agency: Agency) -> None:
    assert not result(agency, SOMETHING[agency]).protected


ABOUT_ANOTHER = [
    (Agency.AF, af(person=OTHER)),
    (
        Agency.AF,
        af().replace(
            "</s:data>",
            f"<F><IdentitetsbeteckningFysiskPerson>{OTHER}</IdentitetsbeteckningFysiskPerson></F></s:data>",
        ),
    ),
    (Agency.CSN, csn("0", csn_person() + csn_person(OTHER))),
    (Agency.FK, lefi(formansinformation={"generellPersoninformation": [{"personnummer": OTHER}]})),
    (Agency.SKV, skv("", person=OTHER)),
    (Agency.SO, so(fund("klar"), person=OTHER)),
    (Agency.MIV, miv("", person=OTHER)),
]


@pytest.mark.parametrize(("agency", "part"), ABOUT_ANOTHER)
def test_an_answer_about_another_person_is_quarantined(agency: Agency, part: str) -> None:
    judged = verdict(agency, part)

    assert (judged.verdict, judged.code) == (Verdict.QUARANTINED, f"person:{agency}")
    assert OTHER not in repr(judged)


@pytest.mark.parametrize("part", [csn("-1103", csn_person(OTHER)), csn("-2", csn_person(OTHER))])
def test_an_answer_about_another_person_is_quarantined_whatever_its_outcome(part: str) -> None:
    assert verdict(Agency.CSN, part).verdict is Verdict.QUARANTINED


@pytest.mark.parametrize(
    ("agency", "part"), [(Agency.AF, af(case="IFO-2026-18")), (Agency.SO, so(fund("klar"), case="X"))]
)
def test_an_answer_in_another_case_is_quarantined(agency: Agency, part: str) -> None:
    judged = verdict(agency, part)

    assert (judged.verdict, judged.code) == (Verdict.QUARANTINED, f"case:{agency}")


def test_a_coordination_number_is_compared_as_it_comes() -> None:
    number = "202201612393"

    judged = verdict(Agency.CSN, csn("0", csn_person(number)), person=number)

    assert judged.verdict is Verdict.COMPLETE


def test_an_entity_that_hides_the_end_of_a_status_is_not_overlooked() -> None:
    inner = (
        b'<!DOCTYPE CSNSvar SYSTEM "x.dtd"><CSNSvar><GemensamtSvarEkbistand><Resultat><ResultatKod>-2&x;005'
    )
    inner += b"</ResultatKod></Resultat></GemensamtSvarEkbistand></CSNSvar>"

    assert worth(result(Agency.CSN, encoded("svar", inner))) == (ERROR, "undecodable", None)
