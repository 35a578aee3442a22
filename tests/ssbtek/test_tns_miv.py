"""What Transportstyrelsen and Migrationsverket say, as values."""

from datetime import date

import pytest

from shs_adapter.ssbtek.facts import MivPermit, TnsVehicle
from shs_adapter.ssbtek.finding import Outcome, Transience
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import MIV_PERMIT, TNS_VEHICLES, data, example, miv, noted, result, tns

VEHICLE = (
    "<fordon><regnr>ABC123</regnr><fabrikat>Volvo</fabrikat><fordonsar>2012</fordonsar>"
    "<fordonsslag>PERSONBIL</fordonsslag><handelsbeteckning>V70</handelsbeteckning></fordon>"
)
PERMIT = (
    "<svar><anledning>A</anledning><anledningNamn>ANKNYTNING</anledningNamn>"
    "<ansokningsdatum>2025-09-12+02:00</ansokningsdatum><arendeTyp>UAT</arendeTyp>"
    "<arendeTypNamn>UPPEHÅLLSTILLSTÅND</arendeTypNamn><beslutsKod>BEV</beslutsKod>"
    "<beslutsKodNamn>BEVILJAS</beslutsKodNamn><beslutsTyp>TUT</beslutsTyp>"
    "<beslutsTypNamn>TIDSBEGRÄNSAT</beslutsTypNamn><beslutsdatum>2026-01-20</beslutsdatum>"
    "<fromDatum>2026-01-20</fromDatum><giltighetstid>TIDBEGRANSAT</giltighetstid>"
    "<tomDatum>2028-01-19</tomDatum></svar>"
)


def vehicles(*each: str) -> str:
    return f"<fordonsinnehav>{''.join(each)}</fordonsinnehav>"


def permits(*each: str) -> str:
    return f"<svarCollection>{''.join(each)}</svarCollection>"


def test_a_vehicle_is_read_and_its_registration_is_not_shown() -> None:
    found = result(Agency.TNS, tns("OK", vehicles(VEHICLE)))

    assert found.facts == (
        TnsVehicle(registration="ABC123", make="Volvo", model_year="2012", kind="PERSONBIL", model="V70"),
    )
    assert "ABC123" not in repr(found.facts)
    assert found.deviations == ()


def test_a_vehicle_left_blank_is_noted_and_is_no_vehicle() -> None:
    found = result(Agency.TNS, tns("OK", vehicles(VEHICLE, "<fordon/>")))

    assert noted(found) == {("unreadable", "fordonsinnehav/fordon[2]")}
    assert (found.outcome, found.transience) == (Outcome.PARTIAL, Transience.PERMANENT)
    assert len(found.facts) == 1


def test_a_second_list_of_vehicles_is_read_too() -> None:
    found = result(Agency.TNS, tns("OK", vehicles(VEHICLE) + vehicles(VEHICLE)))

    assert noted(found) == {("unexpected", "fordonsinnehav[2]")}
    assert found.outcome is Outcome.DATA
    assert len(found.facts) == 2


def test_a_value_given_twice_is_no_value() -> None:
    found = result(Agency.TNS, tns("OK", vehicles(VEHICLE.replace("<regnr>", "<regnr>X</regnr><regnr>"))))

    assert noted(found) == {("unreadable", "fordonsinnehav/fordon[1]/regnr")}
    assert found.facts == (TnsVehicle(make="Volvo", model_year="2012", kind="PERSONBIL", model="V70"),)


@pytest.mark.parametrize(
    ("part", "facts"),
    [
        (tns("FEL", TNS_VEHICLES), 0),
        (tns("KANSKE", TNS_VEHICLES), 1),
        (tns("OK", TNS_VEHICLES + "<felresultat><felkod>1</felkod></felresultat>"), 1),
    ],
)
def test_a_result_that_is_not_good_is_doubtful(part: str, facts: int) -> None:
    found = result(Agency.TNS, part)

    assert found.transience is Transience.DOUBTFUL
    assert len(found.facts) == facts


def test_what_no_schema_names_is_noted() -> None:
    found = result(Agency.TNS, tns("OK", "<x:nytt xmlns:x='urn:x'>1</x:nytt>"))

    assert noted(found) == {("unexpected", "nytt")}


def test_the_public_example_of_vehicles_is_read() -> None:
    found = example(Agency.TNS)

    assert found.facts == (
        TnsVehicle(registration="ABC001", make="Volvo", model_year="2012", kind="PERSONBIL", model="V70"),
        TnsVehicle(registration="ABC002", make="HONDA", model_year="2001", kind="MOTORCYKEL", model="SH300A"),
    )
    assert found.deviations == ()


def test_a_permit_is_read() -> None:
    found = result(Agency.MIV, miv(permits(PERMIT)))

    assert found.facts == (
        MivPermit(
            case_type="UAT",
            decision_code="BEV",
            decision_type="TUT",
            decision="TIDSBEGRÄNSAT",
            applied=date(2025, 9, 12),
            decided=date(2026, 1, 20),
            valid_from=date(2026, 1, 20),
            valid_to=date(2028, 1, 19),
            validity="TIDBEGRANSAT",
        ),
    )
    assert found.deviations == ()


def test_a_validity_nobody_knows_is_kept_and_noted() -> None:
    found = result(Agency.MIV, miv(permits(PERMIT.replace("TIDBEGRANSAT", "LIVSTID"))))

    assert noted(found) == {("unknown_code", "response/svarCollection/svar[1]/giltighetstid")}
    assert found.outcome is Outcome.DATA
    assert [fact.validity for fact in found.facts if isinstance(fact, MivPermit)] == ["LIVSTID"]


def test_a_day_that_cannot_be_read_makes_the_permits_partial() -> None:
    found = result(Agency.MIV, miv(permits(PERMIT, PERMIT.replace("2028-01-19", "tills vidare"))))

    assert noted(found) == {("unreadable", "response/svarCollection/svar[2]/tomDatum")}
    assert (found.outcome, found.status) == (Outcome.PARTIAL, "unknown")
    assert found.transience is Transience.PERMANENT
    assert len(found.facts) == 2


@pytest.mark.parametrize(
    ("part", "transience"),
    [
        (data("<e><faultCode>F-1</faultCode></e>"), Transience.DOUBTFUL),
        (data("<response/>"), Transience.DOUBTFUL),
        (data(""), None),
        (miv(MIV_PERMIT), None),
    ],
)
def test_a_fault_of_migrationsverket_is_doubtful(part: str, transience: Transience | None) -> None:
    assert result(Agency.MIV, part).transience is transience


def test_the_country_is_known_and_not_kept() -> None:
    found = result(Agency.MIV, miv("<hemland>NO</hemland><nytt>1</nytt>"))

    assert noted(found) == {("unexpected", "response/nytt")}
    assert found.facts == ()


def test_the_public_example_of_permits_is_read() -> None:
    found = example(Agency.MIV)

    assert found.facts == (
        MivPermit(
            case_type="UAT",
            decision_code="BEV",
            decision_type="PUT",
            decision="PERMANENT UPPEHÅLLSTILLSTÅND",
            applied=date(1997, 9, 12),
            decided=date(1998, 5, 12),
            validity="PERMANENT",
        ),
    )
    assert found.deviations == ()
