"""LEFI's answer as a whole: whose each outcome is, and that no content is beyond it."""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter.sandbox.cast import CAST, Fault, Person
from shs_adapter.sandbox.ssbtek import Answer, react
from shs_adapter.ssbtek.agencies import fk_decisions, fk_payments
from shs_adapter.ssbtek.answer import Finding, Outcome, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.facts import (
    FkDecision,
    PartKind,
    Payer,
)
from shs_adapter.ssbtek.finding import Sub, Transience
from shs_adapter.ssbtek.question import Agency
from tests.sandbox import questions
from tests.ssbtek.lefi_samples import (
    CHILD_BENEFIT,
    DATA,
    EMPTY,
    ERROR,
    MISSING,
    PARTIAL,
    PENSION,
    SICKNESS,
    WHOLE,
    fk_payment,
    found,
    noted,
    pm_payment,
)
from tests.ssbtek.samples import (
    FK_PAYMENT,
    OTHER,
    PERSON,
    PM_PAYMENT,
    SHARED,
    asked,
    correlated,
    deviations,
    encoded,
    lefi_document,
    result,
)

LEFI = (
    SHARED / "contracts/ssbtek/v10/se/forsakringskassan/schema/lefi/lefi-formansinformation-v9.openapi.yaml"
)
FIXTURES = SHARED / "fixtures/ssbtek"


def test_something_under_a_new_name_is_data_and_noted_where_it_stands() -> None:
    told = found({"nyttarende": [{"id": 1}], "tomt": [None, {}]}, nyInformation=[{"belopp": 0}], annat=[])

    assert told.deviations == (
        noted("unexpected", "nyInformation"),
        noted("unexpected", "formansinformation.nyttarende"),
    )


def test_blank_text_says_nothing_and_a_row_of_it_does_not_say_what_there_is() -> None:
    assert found({"nyttarende": " "}, annat={"text": ""}).outcome is EMPTY
    assert found(utbetalningar=[{"utbetalningsdatum": " "}]).outcome is PARTIAL
    assert found("").outcome is PARTIAL


def test_the_protected_and_the_unreadably_protected_are_protected() -> None:
    for word, protected in [(True, True), ("true", True), ("JA", True), (False, False), ("false", False)]:
        told = found({"generellPersoninformation": [{"personnummer": PERSON, "skyddad": word}]})

        assert told.protected is protected
        assert told.outcome is (PARTIAL if word == "JA" else DATA)


def test_a_person_told_in_another_shape_is_compared_or_at_least_protects() -> None:
    alone = found({"generellPersoninformation": {"personnummer": PERSON, "skyddad": True}})
    nested = found({"generellPersoninformation": [[{"personnummer": PERSON, "skyddad": False}]]})

    assert (alone.persons, alone.protected) == ((PERSON,), True)
    assert nested.protected


def test_a_person_that_is_written_as_a_number_is_compared() -> None:
    told = found({"generellPersoninformation": [{"personnummer": int(OTHER)}]})

    assert told.persons == (OTHER,)


GROUPS = ("FK:ABB", "FK:BOB", "FK:PJOB", "FK:SJP", "PM:AP", "PM:EF")


def sub_outcomes(told: Finding) -> dict[str, tuple[Outcome, str | None]]:
    return {sub.name: (sub.outcome, sub.status) for sub in told.subs}


def test_each_group_is_data_or_empty() -> None:
    told = found(WHOLE, groups=GROUPS, utbetalningar=[PENSION])

    assert sub_outcomes(told) == {
        "FK": (DATA, "OK"),
        "PM": (DATA, "OK"),
        "FK:ABB": (DATA, "OK"),
        "FK:BOB": (DATA, "OK"),
        "FK:PJOB": (DATA, "OK"),
        "FK:SJP": (DATA, "OK"),
        "PM:AP": (DATA, "OK"),
        "PM:EF": (DATA, "OK"),
    }


def test_a_group_of_which_nothing_is_said_is_empty() -> None:
    told = found({"utbetalningsuppgift": [SICKNESS]}, groups=GROUPS)

    assert sub_outcomes(told) == {
        "FK": (DATA, "OK"),
        "PM": (EMPTY, "OK"),
        "FK:ABB": (EMPTY, "OK"),
        "FK:BOB": (EMPTY, "OK"),
        "FK:PJOB": (EMPTY, "OK"),
        "FK:SJP": (DATA, "OK"),
        "PM:AP": (EMPTY, "OK"),
        "PM:EF": (EMPTY, "OK"),
    }


UNKNOWN_SUB = (PARTIAL, "unknown")


@pytest.mark.parametrize(
    "more",
    [
        {"utbetalningsuppgift": [SICKNESS, {**CHILD_BENEFIT, "formansfamilj": {"id": "NY"}}]},
        {"utbetalningsuppgift": [SICKNESS, {**CHILD_BENEFIT, "formansfamilj": None}]},
        {"utbetalningsuppgift": [SICKNESS], "barnbidragsarende": [{"beslut": [{"forman": {"id": "NY"}}]}]},
        {"utbetalningsuppgift": [SICKNESS], "barnbidragsarende": [{"startades": "2026-10-01", "beslut": []}]},
    ],
)
def test_what_fits_no_group_may_belong_to_any(more: dict[str, Any]) -> None:
    told = found(more, groups=("FK:SJP", "FK:BOB", "PM:AP"))

    assert told.outcome is DATA
    assert sub_outcomes(told) == {
        "FK": (DATA, "OK"),
        "PM": (EMPTY, "OK"),
        "FK:SJP": (DATA, "OK"),
        "FK:BOB": UNKNOWN_SUB,
        "PM:AP": (EMPTY, "OK"),
    }


def test_what_could_not_be_read_may_belong_to_any_group_of_its_supplier() -> None:
    told = found(
        {"utbetalningsuppgift": [{**SICKNESS, "nettobelopp": "x"}]}, groups=("FK:SJP", "FK:BOB", "PM:AP")
    )

    assert sub_outcomes(told) == {
        "FK": UNKNOWN_SUB,
        "PM": (EMPTY, "OK"),
        "FK:SJP": UNKNOWN_SUB,
        "FK:BOB": UNKNOWN_SUB,
        "PM:AP": (EMPTY, "OK"),
    }


def test_what_nobody_knows_whose_it_is_leaves_no_supplier_empty() -> None:
    told = found(nyInformation=[{"belopp": 0}], groups=("FK:SJP", "PM:AP"))

    assert set(sub_outcomes(told).values()) == {UNKNOWN_SUB}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"fk": "FELANDE"}, ((ERROR, "FELANDE"), (EMPTY, "OK"))),
        ({"pm": "OTILLGANGLIG"}, ((EMPTY, "OK"), (ERROR, "OTILLGANGLIG"))),
        ({"pm": None}, ((EMPTY, "OK"), (MISSING, "unknown"))),
        ({"fk": PERSON}, ((ERROR, "unknown"), (EMPTY, "OK"))),
    ],
)
def test_the_groups_of_a_supplier_that_did_not_deliver_share_its_fate(
    states: dict[str, Any], expected: tuple[tuple[Outcome, str], ...]
) -> None:
    told = found(groups=("FK:SJP", "PM:AP"), **states)

    fk, pm = expected
    assert sub_outcomes(told) == {"FK": fk, "PM": pm, "FK:SJP": fk, "PM:AP": pm}


def test_a_supplier_that_the_contract_does_not_name_is_told_if_it_is_not_well() -> None:
    document = lefi_document()
    document["utlamnare"].append({"utlamnare": {"kod": "XX"}, "tillstand": {"kod": "FELANDE"}})

    told = result(Agency.FK, encoded("lefiJsonSvar", json.dumps(document).encode()))

    assert sub_outcomes(told)["XX"] == (ERROR, "FELANDE")
    assert told.outcome is PARTIAL


def test_outcomes_of_one_name_that_disagree_are_one_that_nobody_knows() -> None:
    told = found(
        avvikelser={"utbetalningar": [{"avvikelse": {"kod": "OBEHORIG"}, "formansgrupp": {"kod": "FK"}}]}
    )

    assert sub_outcomes(told) == {"FK": UNKNOWN_SUB, "PM": (PARTIAL, "OBEHORIG")}
    assert len(told.subs) == 2


def test_a_deviation_is_the_error_of_its_group() -> None:
    told = found(avvikelser=deviations("INTERNT_FEL"), groups=("FK:ABB", "FK:SJP", "PM:AP"))

    assert sub_outcomes(told) == {
        "FK": (PARTIAL, "INTERNT_FEL"),
        "PM": (EMPTY, "OK"),
        "FK:ABB": (ERROR, "INTERNT_FEL"),
        "FK:SJP": (EMPTY, "OK"),
        "PM:AP": (EMPTY, "OK"),
    }


@pytest.mark.parametrize(
    ("deviation", "extra", "rest"),
    [
        ({"ovrigInformationstyp": {"kod": "FK:GEPI"}}, "FK:GEPI", (EMPTY, "OK")),
        ({}, "utbetalningar", (PARTIAL, "OBEHORIG")),
        ({"formansgrupp": {"kod": "NYTT"}}, "NYTT", (PARTIAL, "OBEHORIG")),
        ({"formansgrupp": {"kod": PERSON}}, "unprintable", (PARTIAL, "OBEHORIG")),
        ({"formansgrupp": "trasig"}, "utbetalningar", (PARTIAL, "OBEHORIG")),
    ],
)
def test_a_deviation_of_no_group_that_was_asked_has_an_outcome_of_its_own(
    deviation: dict[str, Any], extra: str, rest: tuple[Outcome, str]
) -> None:
    noted = {"utbetalningar": [{"avvikelse": {"kod": "OBEHORIG"}, **deviation}]}

    told = found(avvikelser=noted, groups=("FK:SJP",))

    assert sub_outcomes(told)[extra] == (ERROR, "OBEHORIG")
    assert sub_outcomes(told)["FK:SJP"] == rest


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, None),
        ({"utbetalningar": [PENSION]}, None),
        ({"pm": "OTILLGANGLIG"}, Transience.TRANSIENT),
        ({"fk": "FELANDE", "pm": "FELANDE"}, Transience.TRANSIENT),
        ({"avvikelser": deviations("INTERNT_FEL")}, Transience.TRANSIENT),
        ({"avvikelser": {"beslut": [{"avvikelse": {"kod": "OBEHORIG"}}]}}, Transience.PERMANENT),
        ({"avvikelser": deviations("OBEHORIG"), "pm": None}, Transience.DOUBTFUL),
        ({"avvikelser": deviations("NY_KOD")}, Transience.DOUBTFUL),
        ({"pm": None}, Transience.DOUBTFUL),
        ({"fk": "STANGD"}, Transience.DOUBTFUL),
        ({"fk": "STANGD", "pm": "FELANDE"}, Transience.TRANSIENT),
        ({"utbetalningar": "driftstopp"}, Transience.PERMANENT),
        ({"utbetalningar": [{}]}, Transience.PERMANENT),
    ],
)
def test_whether_asking_again_may_help_is_told(content: dict[str, Any], expected: Transience | None) -> None:
    assert found(**content).transience is expected


@pytest.mark.parametrize("name", ["v10/fk-response.xml", "decoded/lefi-svar.minimal.json"])
def test_the_public_examples_hold_a_supplier_and_nothing_more(name: str) -> None:
    path = FIXTURES / name
    if not path.exists():
        pytest.skip("the public examples are not installed beside the project")
    about = asked(Agency.FK, benefit_groups=frozenset({"FK:ABB", "PM:AP"}))
    if name.endswith("json"):
        told = result(
            Agency.FK, encoded("lefiJsonSvar", path.read_bytes()), benefit_groups=about.benefit_groups
        )
    else:
        told = judge(correlated(path.read_bytes()), about, CONTRACTS[10]).results[Agency.FK]

    assert told == Finding(
        outcome=PARTIAL,
        status="unknown",
        transience=Transience.DOUBTFUL,
        subs=(
            Sub(name="FK", outcome=EMPTY, status="OK"),
            Sub(name="PM", outcome=MISSING, status="unknown"),
            Sub(name="FK:ABB", outcome=EMPTY, status="OK"),
            Sub(name="PM:AP", outcome=MISSING, status="unknown"),
        ),
    )


@cache
def openapi() -> dict[str, Any]:
    if not LEFI.exists():
        pytest.skip("the contract is not installed beside the project")
    contract: dict[str, Any] = yaml.load(LEFI.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return contract


def properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of an object, or of the objects in a list."""
    while "$ref" in schema or "items" in schema:
        if "items" in schema:
            schema = schema["items"]
        else:
            schema = openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return dict(schema.get("properties", {}))


def test_the_contracts_own_example_is_decoded() -> None:
    (path,) = [path for name, path in openapi()["paths"].items() if "post" in path]
    (example,) = path["post"]["responses"]["200"]["content"]["application/json"]["examples"].values()
    document = json.loads(json.dumps(example["value"], default=date.isoformat))

    told = result(Agency.FK, encoded("lefiJsonSvar", json.dumps(document).encode()))

    assert told.facts == (
        FkDecision(
            supplier=Payer.FK,
            kind="DECISION",
            case_type="sjukpenningarende",
            case_started=date(2023, 4, 5),
            active=False,
            decided_on=date(2023, 6, 30),
            final=True,
            benefit_code="SJP",
            benefit="Sjukpenning",
            valid_from=date(2023, 8, 7),
            valid_to=date(2023, 8, 12),
            extent=Decimal(1),
        ),
    )
    (person,) = document["formansinformation"]["generellPersoninformation"]
    assert told.persons == (person["personnummer"],)
    assert told.payments == ()
    assert told.deviations == ()
    assert not told.protected


def sample(schema: Mapping[str, Any]) -> Any:
    """A value with everything that the contract allows in it."""
    if "$ref" in schema:
        return sample(openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema["type"] == "object":
        return {name: sample(inner) for name, inner in schema.get("properties", {}).items()}
    return [sample(schema["items"])] if schema["type"] == "array" else 1


def test_every_name_of_the_contract_is_known() -> None:
    schemas = openapi()["components"]["schemas"]
    document = sample(schemas["LefiExternFormansinformationSvar"])
    del document["utlamnare"], document["avvikelser"]

    told = found(**document)

    assert [each for each in told.deviations if each.kind == "unexpected"] == []
    information = schemas["LefiFormansinformation"]["properties"]
    assert set(fk_decisions.CASES) == {
        name for name in information if "beslut" in properties(information[name])
    }


def test_the_contracts_deductions_are_those_that_are_known() -> None:
    text = openapi()["components"]["schemas"]["LefiUtbetalningDetalj"]["description"]
    named = {line.split()[1] for line in text.splitlines() if line.startswith("- ")}

    assert named
    for code in named | {"SPN"}:
        (payment,) = fk_payment({**FK_PAYMENT, "utbetalningsdetalj": [{"beloppstyp": {"id": code}}]}).payments

        assert (payment.parts[0].kind is PartKind.AMOUNT) == (code == "SPN")
    assert "nettobelopp" in properties(openapi()["components"]["schemas"]["LefiUtbetalningUppgift"])
    assert set(fk_payments.LISTS) <= set(
        openapi()["components"]["schemas"]["LefiFormansinformation"]["properties"]
    )


@pytest.mark.parametrize(
    ("schema", "row"),
    [
        ("LefiPmFormanGruppKod", lambda code: {"utbetalningsrader": [{"formansgrupp": {"kod": code}}]}),
        (
            "LefiPmUtbetalningFormanKod",
            lambda code: {"utbetalningsrader": [{"utbetalningsforman": {"kod": code}}]},
        ),
        (
            "LefiPmFormanUtbetalningBeloppTypKod",
            lambda code: {"utbetalningsrader": [{"beloppstyp": {"kod": code}}]},
        ),
        ("LefiPmFormanUtbetalningAvdragTypKod", lambda code: {"avdrag": [{"avdragstyp": {"kod": code}}]}),
    ],
)
def test_the_codes_of_pensions_are_those_of_the_contract(
    schema: str, row: Callable[[str], dict[str, Any]]
) -> None:
    for code in openapi()["components"]["schemas"][schema]["enum"]:
        assert not [each for each in pm_payment(**row(code)).deviations if each.path.endswith(".kod")]
    assert [each for each in pm_payment(**row("PM:NYTT")).deviations if each.path.endswith(".kod")]


NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
UNHEARD = {Fault.SILENT, Fault.SHS_ERROR, Fault.SOAP_FAULT, Fault.WRONG_PERSON}


@pytest.mark.parametrize(
    "person", [person for person in CAST if person.fault not in UNHEARD], ids=lambda person: person.name
)
def test_every_payment_that_the_sandbox_makes_comes_out(person: Person) -> None:
    (answer, *_) = react(
        questions.written(questions.question(person.number)), now=NOW, faults=(), late=timedelta(hours=1)
    )
    assert isinstance(answer, Answer)

    told = judge(
        answer.payload,
        asked(
            Agency.FK,
            person=person.number,
            case_id=questions.CASE,
            correlation_id=questions.CORRELATION,
            benefit_groups=frozenset(questions.PAYMENTS),
        ),
        CONTRACTS[10],
    ).results[Agency.FK]

    pensions = () if person.fault is Fault.LEFI_SUPPLIER_DOWN else person.life.pensions
    # One that ended a month ago was paid before the period that is asked about.
    running = [benefit for benefit in person.life.benefits if not benefit.change or benefit.change.percent]
    assert {payment.benefit for payment in told.payments} == {
        *(benefit.family for benefit in running),
        *(pension.group_label for pension in pensions),
    }
    pay_days = [benefit.pay_day for benefit in running]
    pay_days += [pension.pay_day for pension in pensions]
    assert len(told.payments) == sum(3 if day <= 20 else 2 for day in pay_days)  # until the 20th of December
    assert told.deviations == ()
    for payment in told.payments:
        assert None not in (payment.gross, payment.tax, payment.other_deduction, payment.net)
        assert payment.gross == (payment.tax or 0) + (payment.other_deduction or 0) + (payment.net or 0)
    named = {sub.name for sub in told.subs if sub.outcome is DATA} - {"FK", "PM", "FK:PJOB"}
    assert named == {
        *(benefit.code for benefit in person.life.benefits),
        *(pension.group for pension in pensions),
    }


COMPLETE: dict[str, Any] = lefi_document(
    avvikelser=deviations("INTERNT_FEL"),
    formansinformation={**WHOLE, "generellPersoninformation": [{"personnummer": PERSON, "skyddad": False}]},
    utbetalningar=[PENSION],
    preliminaraUtbetalningar=[PM_PAYMENT],
    beslut=[{"beslutadErsattning": [{"beslutatBelopp": {"belopp": 1}, "period": {"from": "2026-01-01"}}]}],
    ansprak=[{"ankomstdatum": "2026-01-01"}],
)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(inner)


SCALARS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        10**15,
        3.5,
        1e300,
        "",
        "OK",
        "FELANDE",
        "2026-11-25",
        "2026-13",
        "FK:ABB",
        PERSON,
    ]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(set(keys(COMPLETE)))), inner, max_size=5)
    ),
    max_leaves=25,
)


def decoded_and_quiet(document: Any) -> Finding:
    """The finding, whose repr says nothing of the person; nothing but Malformed may have been raised."""
    told = result(
        Agency.FK, encoded("lefiJsonSvar", json.dumps(document).encode()), benefit_groups=frozenset(GROUPS)
    )
    assert PERSON not in repr(told)
    assert len({sub.name for sub in told.subs}) == len(told.subs)
    if {"unreadable", "incomplete"} & {each.kind for each in told.deviations}:
        assert told.outcome in {PARTIAL, ERROR}
    return told


@settings(max_examples=300, deadline=None)
@given(content=st.dictionaries(st.sampled_from(sorted(set(keys(COMPLETE)))), TREES, max_size=6))
def test_whatever_stands_under_the_real_names_is_judged(content: dict[str, Any]) -> None:
    told = decoded_and_quiet(lefi_document() | content)

    assert told.outcome in {DATA, EMPTY, PARTIAL, ERROR}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in the value, with each of its keys."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


@settings(max_examples=300, deadline=None)
@given(changes=st.data())
def test_damage_is_judged_and_a_failure_never_becomes_nothing(changes: st.DataObject) -> None:
    document = deepcopy(COMPLETE)
    for _ in range(changes.draw(st.integers(1, 3))):
        container, key = changes.draw(st.sampled_from(list(places(document))))
        if changes.draw(st.booleans()) or isinstance(container, list):
            container[key] = changes.draw(TREES)
        else:
            del container[key]

    told = decoded_and_quiet(document)

    assert told.outcome is not EMPTY


@settings(max_examples=150, deadline=None)
@given(
    content=TREES, list_name=st.sampled_from(["utbetalningsuppgift", "sjukpenningarende", "programjobdagar"])
)
@pytest.mark.parametrize(
    "failing", [{"pm": "OTILLGANGLIG"}, {"avvikelser": deviations("OBEHORIG")}, {"fk": None}]
)
def test_a_failure_is_not_hidden_by_what_stands_beside_it(
    failing: dict[str, Any], content: Any, list_name: str
) -> None:
    told = decoded_and_quiet(lefi_document(**failing) | {"formansinformation": {list_name: content}})

    assert told.outcome in {PARTIAL, ERROR}
    assert told.transience is not None
