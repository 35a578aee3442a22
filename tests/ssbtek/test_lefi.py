import json
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from shs_adapter.errors import InvalidQuestion
from shs_adapter.ssbtek import lefi
from shs_adapter.ssbtek.question import Period
from tests.ssbtek.samples import PERIOD, PERSON, SHARED

SCHEMA = next((SHARED / "contracts/ssbtek/v10").rglob("lefi-*.openapi.yaml"), None)


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    if SCHEMA is None:
        pytest.skip("LEFI's contract is not installed beside the project")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {"components": yaml.load(SCHEMA.read_bytes(), Loader=loader)["components"]}  # noqa: S506  # is safe


@pytest.fixture(scope="module")
def validator(contract: dict[str, Any]) -> Draft202012Validator:
    registry = Registry().with_resource("urn:lefi", DRAFT202012.create_resource(contract))
    reference = "urn:lefi#/components/schemas/LefiExternFormansinformationFraga"
    return Draft202012Validator({"$ref": reference}, registry=registry)


@given(
    profile=st.sampled_from(sorted(lefi.PROFILES)),
    first=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    days=st.integers(0, 700),
)
def test_the_question_is_valid_against_lefis_contract(
    validator: Draft202012Validator, profile: str, first: date, days: int
) -> None:
    period = Period(first=first, last=first + timedelta(days=days))

    asked = json.loads(lefi.question(PERSON, period, profile))

    assert [error.json_path for error in validator.iter_errors(asked)] == []
    assert asked["period"] == {"from": period.first.isoformat(), "tom": period.last.isoformat()}
    assert asked["personnummer"] == PERSON


@pytest.mark.parametrize("profile", sorted(lefi.PROFILES))
def test_every_profile_asks_for_every_payment_the_contract_knows(
    contract: dict[str, Any], profile: str
) -> None:
    known = set(contract["components"]["schemas"]["LefiExternFormanGruppKod"]["enum"])

    asked = json.loads(lefi.question(PERSON, PERIOD, profile))

    assert set(asked["utbetalningar"]) == known
    assert set(asked["preliminaraUtbetalningar"]) == known


def test_benefits_asks_for_more_than_payments() -> None:
    more = set(lefi.PROFILES["benefits"]) - set(lefi.PROFILES["payments"])

    assert more == {"formansinformation", "ansprak", "beslut"}


@pytest.mark.parametrize("profile", sorted(lefi.PROFILES))
def test_no_profile_asks_about_third_parties(profile: str) -> None:
    asked = lefi.question(PERSON, PERIOD, profile)

    assert b"GEPI" not in asked
    assert b"ovrigInformation" not in asked


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(InvalidQuestion) as caught:
        lefi.question(PERSON, PERIOD, "everything")

    assert caught.value.code == "lefi_profile"
