"""What Arbetsförmedlingen says, as values."""

from datetime import date

import pytest

from shs_adapter.ssbtek.facts import AfDecision, AfStatus
from shs_adapter.ssbtek.finding import Outcome, Sub, Transience
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import AF_SEEKER, PERSON, af, af_report, data, example, noted, result

INFORMATION = (
    "<a:ArbetssokandeInfo><a:Arbetssokande>true</a:Arbetssokande><a:ArbetssokandeSKAT>Öppet arbetslös"
    "</a:ArbetssokandeSKAT><a:ArbetssokandeRegistrerad>2026-01-12+01:00</a:ArbetssokandeRegistrerad>"
    "<a:ArbetssokandeOmfattning>75</a:ArbetssokandeOmfattning>"
    "<a:ArbetssokandeAvaktualiserad>2026-10-30</a:ArbetssokandeAvaktualiserad>"
    "<a:AktivetetsRapportDatum><a:AktivitetsRapportMeddelande>200</a:AktivitetsRapportMeddelande>"
    "<a:SenasteAktivitetsRapportDatum>2026-10-14</a:SenasteAktivitetsRapportDatum>"
    "</a:AktivetetsRapportDatum></a:ArbetssokandeInfo>"
)


def decision(benefit: str, inside: str = "") -> str:
    return (
        f"<a:Beslut><a:ErsattningTyp>{benefit}</a:ErsattningTyp><a:Omfattning>100</a:Omfattning>"
        f"<a:BeslutFrom>2026-02-01</a:BeslutFrom><a:BeslutTom>2026-08-31</a:BeslutTom>{inside}</a:Beslut>"
    )


def decisions(*each: str) -> str:
    return f"<a:BeslutInfo><a:EkonomiskaBeslut>{''.join(each)}</a:EkonomiskaBeslut></a:BeslutInfo>"


def test_a_job_seeker_is_read() -> None:
    found = result(Agency.AF, af(INFORMATION + "<a:Akassetillhorighet>Kassan</a:Akassetillhorighet>"))

    assert found.facts == (
        AfStatus(
            job_seeker=True,
            category="Öppet arbetslös",
            registered=date(2026, 1, 12),
            deregistered=date(2026, 10, 30),
            extent_percent=75,
            activity_report="200",
            last_activity_report=date(2026, 10, 14),
            fund="Kassan",
        ),
    )
    assert found.version == "4.0"
    assert found.deviations == ()
    assert found.transience is None


def test_a_fund_alone_is_a_standing_and_nothing_else_is_said() -> None:
    found = result(Agency.AF, af("<a:Akassetillhorighet>Kassan</a:Akassetillhorighet>"))

    assert found.facts == (AfStatus(fund="Kassan"),)


def test_nothing_is_no_standing() -> None:
    assert result(Agency.AF, af()).facts == ()


def test_each_decision_is_read() -> None:
    found = result(Agency.AF, af(decisions(decision("Aktivitetsstöd"), decision("Utvecklingsersättning"))))

    assert found.facts == tuple(
        AfDecision(
            benefit=benefit, extent_percent=100, valid_from=date(2026, 2, 1), valid_to=date(2026, 8, 31)
        )
        for benefit in ("Aktivitetsstöd", "Utvecklingsersättning")
    )


@pytest.mark.parametrize(
    ("code", "outcome", "status", "transience"),
    [
        ("200", Outcome.DATA, "200", None),
        ("500", Outcome.DATA, "500", None),
        ("501", Outcome.DATA, "501", None),
        ("502", Outcome.ERROR, "502", Transience.TRANSIENT),
        ("503", Outcome.PARTIAL, "unknown", Transience.DOUBTFUL),
        ("", Outcome.PARTIAL, "unknown", Transience.DOUBTFUL),
    ],
)
def test_the_activity_report_has_an_outcome_of_its_own(
    code: str, outcome: Outcome, status: str, transience: Transience | None
) -> None:
    found = result(Agency.AF, af(af_report(code)))

    assert found.subs == (Sub(name="aktivitetsrapport", outcome=outcome, status=status),)
    assert found.transience is transience


def test_each_of_several_reports_has_a_name_and_the_first_is_the_standing() -> None:
    reports = "".join(
        f"<a:AktivetetsRapportDatum><a:AktivitetsRapportMeddelande>{code}</a:AktivitetsRapportMeddelande>"
        "</a:AktivetetsRapportDatum>"
        for code in ("501", "502")
    )

    found = result(Agency.AF, af(f"<a:ArbetssokandeInfo>{reports}</a:ArbetssokandeInfo>"))

    assert [(sub.name, sub.status) for sub in found.subs] == [
        ("aktivitetsrapport", "501"),
        ("aktivitetsrapport 2", "502"),
    ]
    assert (found.outcome, found.status) == (Outcome.PARTIAL, "502")
    assert found.facts == (AfStatus(activity_report="501"),)
    assert ("unexpected", "Svar/ArbetssokandeInfo/AktivetetsRapportDatum[2]") in noted(found)


def test_an_unknown_status_code_is_doubtful_and_what_is_there_is_still_read() -> None:
    found = result(Agency.AF, af(INFORMATION, code="7"))

    assert (found.outcome, found.transience) == (Outcome.PARTIAL, Transience.DOUBTFUL)
    assert len(found.facts) == 1


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        (INFORMATION.replace(">75<", ">sjuttiofem<"), "Svar/ArbetssokandeInfo/ArbetssokandeOmfattning"),
        (INFORMATION.replace(">true<", ">ja<"), "Svar/ArbetssokandeInfo/Arbetssokande"),
        (
            INFORMATION.replace("2026-10-14", "i oktober"),
            "Svar/ArbetssokandeInfo/AktivetetsRapportDatum/SenasteAktivitetsRapportDatum",
        ),
        (
            decisions(decision("A"), decision("B").replace("2026-08-31", "2026-02-30")),
            "Svar/BeslutInfo/EkonomiskaBeslut/Beslut[2]/BeslutTom",
        ),
        (
            decisions(decision("A", "<a:BeslutTom>2026-09-30</a:BeslutTom>")),
            "Svar/BeslutInfo/EkonomiskaBeslut/Beslut[1]/BeslutTom",
        ),
        (INFORMATION + AF_SEEKER, "Svar/ArbetssokandeInfo[2]"),
        ("<a:Sekretessmarkering>ja</a:Sekretessmarkering>", "Svar/Sekretessmarkering"),
    ],
)
def test_what_cannot_be_read_makes_the_answer_partial_and_is_never_no(inside: str, path: str) -> None:
    found = result(Agency.AF, af(inside))

    assert noted(found) == {("unreadable", path)}
    assert (found.outcome, found.status) == (Outcome.PARTIAL, "unknown")
    assert found.transience is Transience.PERMANENT


def test_a_marking_that_cannot_be_read_protects() -> None:
    assert result(Agency.AF, af("<a:Sekretessmarkering>ja</a:Sekretessmarkering>")).protected


def test_what_no_schema_names_is_noted_and_is_not_nothing() -> None:
    found = result(Agency.AF, af(decisions("<a:Nytt><a:Djupare>1</a:Djupare></a:Nytt>") + "<a:Tomt/>"))

    assert noted(found) == {("unexpected", "Svar/BeslutInfo/EkonomiskaBeslut/Nytt")}
    assert found.outcome is Outcome.DATA


@pytest.mark.parametrize(
    "part",
    [
        af("lös text"),
        af("<a:Nytt><a:Tomt/>lös text</a:Nytt>"),
        af().replace("</s:data>", "<Nytt>1</Nytt></s:data>"),
    ],
)
def test_words_beside_the_elements_are_not_nothing(part: str) -> None:
    assert result(Agency.AF, part).outcome is Outcome.DATA


def test_words_in_what_should_be_one_element_are_noted_where_they_stand() -> None:
    found = result(Agency.AF, af("<a:BeslutInfo>lös text</a:BeslutInfo>"))

    assert noted(found) == {("unexpected", "Svar/BeslutInfo")}


def test_a_name_that_may_be_a_persons_is_not_in_a_path() -> None:
    found = result(Agency.AF, af(f"<a:P{PERSON}>1</a:P{PERSON}>"))

    assert noted(found) == {("unexpected", "Svar/unprintable")}


def test_an_unknown_report_code_is_kept_and_noted() -> None:
    found = result(Agency.AF, af(af_report("503")))

    assert found.facts == (AfStatus(activity_report="503"),)
    assert (
        "unknown_code",
        "Svar/ArbetssokandeInfo/AktivetetsRapportDatum/AktivitetsRapportMeddelande",
    ) in noted(found)


def test_a_version_that_is_no_code_is_not_kept() -> None:
    part = af().replace("<a:Schemaversion>4.0<", f"<a:Schemaversion>{PERSON}<")

    assert result(Agency.AF, part).version == "unprintable"


def test_a_message_without_an_answer_is_undecodable() -> None:
    found = result(Agency.AF, data("<Fraga/>"))

    assert (found.felkod, found.transience) == ("undecodable", Transience.PERMANENT)


def test_the_public_example_is_read() -> None:
    found = example(Agency.AF)

    assert found.facts == (
        AfStatus(
            job_seeker=True,
            category="Anställd",
            registered=date(2016, 11, 18),
            extent_percent=100,
            fund="Test ak",
        ),
    )
    assert (found.outcome, found.version, found.subs) == (Outcome.DATA, "4.0", ())
    assert found.deviations == ()
