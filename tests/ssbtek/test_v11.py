"""The contract that others have reconstructed: as version 10, but for Skatteverket."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter import xml
from shs_adapter.errors import InvalidQuestion, MalformedAnswer
from shs_adapter.ssbtek.answer import Verdict, judge
from shs_adapter.ssbtek.contracts import CONTRACTS, v10, v11
from shs_adapter.ssbtek.contracts.reply import Answer, Failure
from shs_adapter.ssbtek.facts import SkvAccount, SkvBusiness, SkvPart, SkvTaxDecision
from shs_adapter.ssbtek.finding import Finding, Outcome, Sub, Transience
from shs_adapter.ssbtek.question import SKV_PARTS, Agency, last_tax_years, plan
from tests.ssbtek.samples import (
    NAMESPACE_11,
    NOTHING,
    OTHER,
    PERIOD,
    PERSON,
    SOMETHING,
    TODAY,
    answer,
    answer_11,
    asked,
    data,
    error,
    noted,
    question,
    skv_part,
)

NAMES = {"s": NAMESPACE_11}
YEARS = (2024, 2025)

BUSINESS = {
    "foretag": {
        "foretagId": PERSON,
        "arbetsgivarregistrerad": False,
        "momsregistrerad": True,
        "godkandFskatt": True,
    }
}
ACCOUNT = {
    "kontohavare": PERSON,
    "utbetaltBelopp": 12000,
    "bokforingsdag": "2026-09-08",
    "saldo": -682.25,
    "preliminarRanta": 0,
    "utbetalningskonto": "8123-4,567 890",
    "senastUppdaterad": "2026-09-22T04:11:00",
}
TAXES = {
    "identitet": PERSON,
    "beslutadeSkatteuppgifter": [
        {
            "beskattningsar": 2024,
            "beskattningsperiod": "202412",
            "datumFaststalld": "2025-08-11",
            "uppgifter": {
                "inkomstar": 2024,
                "overskottAvTjanst": 201400,
                "sumKapital": -1500,
                "fastStalldinkomst": 199900,
                "summaSlutligSkatt": 41023,
            },
        }
    ],
}
ALL = {
    "foretagsinformation": BUSINESS,
    "individuppgifter": {"okand": [1]},
    "skattekonto": ACCOUNT,
    "skatteuppgifter": TAXES,
    "beskattningsbilagor": {"bilagor": ["K4"]},
}
FORM = "skatteuppgifter.beslutadeSkatteuppgifter[0]"


def found(*parts: str, wanted: tuple[str, ...] = ()) -> Finding:
    about = asked(Agency.SKV, skv_parts=frozenset(wanted))
    return judge(answer_11({Agency.SKV: "".join(parts)}), about, v11).results[Agency.SKV]


def worth(finding: Finding) -> tuple[Outcome, str | None, str | None]:
    return finding.outcome, finding.felkod, finding.status


def skv_question(**changes: Any) -> Any:
    root = xml.parse(v11.write(question(**({"skv_years": YEARS} | changes))))
    return root.find("s:specifikaFrageparametrar/s:SKV", NAMES)


def test_skatteverket_is_asked_about_years_and_parts_in_the_contracts_order() -> None:
    fraga = skv_question().find("s:fraga", NAMES)

    assert [(xml.local_name(element), element.text) for element in fraga] == [
        ("ar", "2024"),
        ("ar", "2025"),
        ("foretagsinformation", "true"),
        ("individuppgifter", "true"),
        ("skattekonto", "true"),
        ("skatteuppgifter", "true"),
        ("beskattningsbilagor", "false"),
    ]


def test_skatteverket_unasked_gets_no_question() -> None:
    element = skv_question(plan=plan([Agency.AF], PERIOD, PERSON, TODAY), skv_years=())

    assert (element.get("inkludera"), len(element)) == ("false", 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"skv_years": ()}, "skv_years_missing"),
        ({"skv_years": (24, 25)}, "skv_years_range"),
        ({"skv_parts": frozenset()}, "skv_parts_missing"),
        ({"skv_parts": frozenset({"fastigheter"})}, "skv_parts_unknown"),
        ({"case_id": ""}, "case_id_missing"),
    ],
)
def test_an_unfit_question_is_not_written(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        v11.write(question(**({"skv_years": YEARS} | changes)))

    assert caught.value.code == code


def test_the_two_last_years_that_are_over_are_asked_about() -> None:
    assert last_tax_years(date(2026, 12, 31)) == (2024, 2025)
    assert last_tax_years(date(2027, 1, 1)) == (2025, 2026)


def test_the_versions_differ_at_skatteverket_alone() -> None:
    asked_without = question(plan=plan([Agency.AF, Agency.FK], PERIOD, PERSON, TODAY))

    assert v11.write(asked_without) == v10.write(asked_without).replace(b"/ssbt/10", b"/ssbt/11")
    assert {agency for agency in Agency if v10.JUDGES[agency] is not v11.JUDGES[agency]} == {Agency.SKV}


def test_an_answer_of_one_version_is_none_of_the_other() -> None:
    for written, version in ((answer, 11), (answer_11, 10)):
        with pytest.raises(MalformedAnswer, match="not_an_answer"):
            judge(written({Agency.AF: NOTHING[Agency.AF]}), asked(Agency.AF), CONTRACTS[version])


@pytest.mark.parametrize("agency", [agency for agency in Agency if agency is not Agency.SKV])
def test_the_other_agencies_are_judged_as_before(agency: Agency) -> None:
    for examples, outcome in ((SOMETHING, Outcome.DATA), (NOTHING, Outcome.EMPTY)):
        judged = judge(answer_11({agency: examples[agency]}), asked(agency), v11)

        assert judged.results[agency].outcome is outcome


def test_every_part_is_kept_and_read_as_far_as_it_is_known() -> None:
    finding = found(*(skv_part(name, content) for name, content in ALL.items()))

    kept = {fact.part: json.loads(fact.content) for fact in finding.facts if isinstance(fact, SkvPart)}
    assert kept == ALL
    assert [fact for fact in finding.facts if not isinstance(fact, SkvPart)] == [
        SkvBusiness(company=PERSON, employer=False, vat=True, f_tax=True),
        SkvAccount(
            bank_account="8123-4,567 890",
            paid_out=Decimal(12000),
            posted_on=date(2026, 9, 8),
            balance=Decimal("-682.25"),
            preliminary_interest=Decimal(0),
            updated_on=date(2026, 9, 22),
        ),
        SkvTaxDecision(
            tax_year=2024,
            tax_period="202412",
            decided_on=date(2025, 8, 11),
            income_year=2024,
            employment_surplus=Decimal(201400),
            capital=Decimal(-1500),
            assessed_income=Decimal(199900),
            final_tax=Decimal(41023),
        ),
    ]
    assert worth(finding) == (Outcome.DATA, None, None)
    assert finding.deviations == ()
    assert finding.transience is None
    assert [(sub.name, sub.outcome) for sub in finding.subs] == [(name, Outcome.DATA) for name in SKV_PARTS]


def test_no_repr_shows_what_is_sealed() -> None:
    finding = found(*(skv_part(name, content) for name, content in ALL.items()))

    told = repr(finding) + repr(finding.facts) + repr(finding.subs)

    assert PERSON not in told
    assert "8123-4" not in told


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        None,
        "",
        {"foretag": {}},
        {"foretag": [], "kontohavare": PERSON},
        {"beslutadeSkatteuppgifter": [], "identitet": PERSON},
        {"a": [None, " "]},
    ],
)
@pytest.mark.parametrize("name", ["individuppgifter", "foretagsinformation", "skatteuppgifter"])
def test_a_part_that_holds_nothing_is_empty(name: str, content: Any) -> None:
    finding = found(skv_part(name, content))

    assert worth(finding) == (Outcome.EMPTY, None, None)
    assert finding.subs == (Sub(name=name, outcome=Outcome.EMPTY),)
    assert finding.facts == ()


def test_a_no_is_something() -> None:
    finding = found(skv_part("foretagsinformation", {"foretag": {"momsregistrerad": False}}))

    assert finding.outcome is Outcome.DATA


@pytest.mark.parametrize(
    ("parts", "wanted", "expected", "transience"),
    [
        (
            [skv_part("skattekonto", ACCOUNT), skv_part("skatteuppgifter", felkod="404")],
            (),
            (Outcome.PARTIAL, None, "404"),
            Transience.PERMANENT,
        ),
        (
            [skv_part("skattekonto", felkod="404"), skv_part("skatteuppgifter", felkod="500")],
            (),
            (Outcome.ERROR, "404", None),
            Transience.DOUBTFUL,
        ),
        (
            [skv_part("skattekonto", felkod="404"), skv_part("skatteuppgifter", felkod="T", kalla="SSBT")],
            (),
            (Outcome.ERROR, "404", None),
            Transience.TRANSIENT,
        ),
        (
            [skv_part("skattekonto", {}), skv_part("skatteuppgifter", felkod="T", kalla="SSBT")],
            (),
            (Outcome.PARTIAL, None, "T"),
            Transience.TRANSIENT,
        ),
        (
            [skv_part("skattekonto", {})],
            ("skattekonto", "skatteuppgifter"),
            (Outcome.PARTIAL, None, "missing"),
            Transience.DOUBTFUL,
        ),
        ([], ("skattekonto",), (Outcome.ERROR, "missing", None), Transience.DOUBTFUL),
        (
            [skv_part("skattekonto", b"driftstopp"), skv_part("skatteuppgifter", TAXES)],
            (),
            (Outcome.PARTIAL, None, "undecodable"),
            Transience.PERMANENT,
        ),
        ([], (), (Outcome.ERROR, "undecodable", None), Transience.PERMANENT),
        ([error("2001", "SSBT")], ("skattekonto",), (Outcome.ERROR, "2001", None), Transience.TRANSIENT),
        (
            [skv_part("skattekonto", ACCOUNT), error("2001")],
            ("skattekonto",),
            (Outcome.ERROR, "2001", None),
            Transience.DOUBTFUL,
        ),
    ],
)
def test_a_part_that_fails_is_never_nothing(
    parts: list[str],
    wanted: tuple[str, ...],
    expected: tuple[Outcome, str | None, str | None],
    transience: Transience,
) -> None:
    finding = found(*parts, wanted=wanted)

    assert worth(finding) == expected
    assert finding.transience is transience


def test_the_error_of_all_parts_says_whose_it_is() -> None:
    finding = found(
        skv_part("skattekonto", felkod="T", kalla="SSBT"), skv_part("skatteuppgifter", felkod="404")
    )

    assert (finding.kalla, finding.felkod) == ("SSBT", "T")


def test_each_part_asked_for_has_an_outcome_of_its_own() -> None:
    finding = found(
        skv_part("foretagsinformation", felkod="404"),
        skv_part("individuppgifter", b"!"),
        skv_part("skattekonto", {}),
        wanted=("foretagsinformation", "individuppgifter", "skattekonto", "skatteuppgifter"),
    )

    assert finding.subs == (
        Sub(name="foretagsinformation", outcome=Outcome.ERROR, status="404"),
        Sub(name="individuppgifter", outcome=Outcome.ERROR, status="undecodable"),
        Sub(name="skattekonto", outcome=Outcome.EMPTY),
        Sub(name="skatteuppgifter", outcome=Outcome.MISSING),
    )


@pytest.mark.parametrize(
    "part",
    [
        skv_part("skattekonto", {}) * 2,
        "<s:skattekonto/>",
        f"<s:skattekonto>{data('')}</s:skattekonto>",
        f"<s:skattekonto>{data('%')}</s:skattekonto>",
        f"<s:skattekonto>{data('e30=') * 2}</s:skattekonto>",
        f"<s:skattekonto>{data('<a/>')}</s:skattekonto>",
        skv_part("skattekonto", b'{"a": 1e99999999999999999999}'),
        skv_part("skattekonto", b"[" * 100_000),
        skv_part("skattekonto", b'{"a": "\xff"}'),
    ],
)
def test_a_part_that_cannot_be_read_is_an_error(part: str) -> None:
    assert worth(found(part)) == (Outcome.ERROR, "undecodable", None)


def test_a_part_nobody_asked_for_is_noted_and_not_read() -> None:
    finding = found(skv_part("skattekonto", {}), skv_part("skatteuppgifter", TAXES), wanted=("skattekonto",))

    assert noted(finding) == {("unexpected", "skatteuppgifter")}
    assert finding.facts == ()
    assert [sub.name for sub in finding.subs] == ["skattekonto"]


@pytest.mark.parametrize(
    ("name", "content", "kind", "path"),
    [
        ("skattekonto", ACCOUNT | {"saldo": "12,50"}, "unreadable", "skattekonto.saldo"),
        ("skattekonto", ACCOUNT | {"saldo": True}, "unreadable", "skattekonto.saldo"),
        ("skattekonto", ACCOUNT | {"saldo": {"summa": 1}}, "unreadable", "skattekonto.saldo"),
        ("skattekonto", ACCOUNT | {"saldo": {}}, "unreadable", "skattekonto.saldo"),
        ("skattekonto", ACCOUNT | {"utbetalningskonto": True}, "unreadable", "skattekonto.utbetalningskonto"),
        ("skattekonto", [ACCOUNT], "unreadable", "skattekonto"),
        ("foretagsinformation", {"foretag": 7}, "unreadable", "foretagsinformation.foretag"),
        (
            "foretagsinformation",
            {"foretag": {"momsregistrerad": "J"}},
            "unreadable",
            "foretagsinformation.foretag.momsregistrerad",
        ),
        ("skatteuppgifter", {"beslutadeSkatteuppgifter": [{}]}, "unreadable", FORM),
        (
            "skatteuppgifter",
            {"beslutadeSkatteuppgifter": [{"uppgifter": {"sumKapital": "?"}}]},
            "unreadable",
            f"{FORM}.uppgifter.sumKapital",
        ),
        ("skattekonto", ACCOUNT | {"skuld": 1}, "unexpected", "skattekonto.skuld"),
        ("skattekonto", ACCOUNT | {PERSON: 1}, "unexpected", "skattekonto.unprintable"),
        (
            "foretagsinformation",
            {"foretag": {"identitet": PERSON, "momsregistrerad": True}},
            "unexpected",
            "foretagsinformation.foretag.identitet",
        ),
    ],
)
def test_what_deviates_from_the_known_shape_is_noted(name: str, content: Any, kind: str, path: str) -> None:
    finding = found(skv_part(name, content))

    assert noted(finding) == {(kind, path)}
    assert finding.outcome is (Outcome.PARTIAL if kind == "unreadable" else Outcome.DATA)
    assert finding.transience is (Transience.PERMANENT if kind == "unreadable" else None)


@pytest.mark.parametrize(
    "part",
    [
        skv_part("skattekonto", ACCOUNT | {"kontohavare": OTHER}),
        skv_part("skatteuppgifter", {"identitet": f"{OTHER[2:8]}-{OTHER[8:]}"}),
    ],
)
def test_a_part_about_another_person_is_quarantined(part: str) -> None:
    judged = judge(answer_11({Agency.SKV: part}), asked(Agency.SKV), v11)

    assert (judged.verdict, judged.code) == (Verdict.QUARANTINED, "person:SKV")


def test_a_holder_written_otherwise_and_a_company_are_not_compared() -> None:
    parts = [
        skv_part("skattekonto", ACCOUNT | {"kontohavare": "Å Ås"}),
        skv_part("foretagsinformation", {"foretag": [{"foretagId": "162120002411"}, {"foretagId": PERSON}]}),
    ]

    judged = judge(answer_11({Agency.SKV: "".join(parts)}), asked(Agency.SKV), v11)

    assert judged.verdict is Verdict.COMPLETE
    assert len([fact for fact in judged.results[Agency.SKV].facts if isinstance(fact, SkvBusiness)]) == 2


def test_the_element_itself_is_the_part_unless_it_has_an_error() -> None:
    split = v11.read(xml.parse(answer_11({Agency.SKV: skv_part("skattekonto", felkod="404")})))
    failed = v11.read(xml.parse(answer_11({Agency.SKV: error("X-1", "SSBT")})))

    assert isinstance(split, Answer)
    assert isinstance(failed, Answer)
    assert not isinstance(split.parts[Agency.SKV], Failure)
    assert failed.parts[Agency.SKV] == Failure("SSBT", "X-1")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*BUSINESS, *BUSINESS["foretag"], *ACCOUNT, *TAXES, "uppgifter", "inkomstar"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(name=st.sampled_from(SKV_PARTS), content=JSON, failing=st.sampled_from([*SKV_PARTS, ""]))
def test_any_json_is_judged_and_a_failing_part_is_never_nothing(
    name: str, content: Any, failing: str
) -> None:
    parts = skv_part(name, content) + (skv_part(failing, felkod="T") if failing else "")

    finding = found(parts)

    if failing:
        assert finding.outcome in {Outcome.PARTIAL, Outcome.ERROR}
    elif finding.outcome is Outcome.EMPTY:
        assert finding.deviations == ()
