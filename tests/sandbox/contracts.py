"""The v10 contract, where it lies beside the project; tests that need it skip where it does not."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker
from lxml import etree

_V10 = Path(__file__).parents[3] / "shared/contracts/ssbtek/v10/se"


@cache
def ssbtek() -> etree.XMLSchema:
    return _schema("forsakringskassan/schema/integration/ssbt/_10/sammansatt_bastjanst_v10.xsd")


@cache
def csn() -> etree.XMLSchema:
    return _schema("csn/schema/v4_0/kommunfraga/kommunfraga.xsd")


@cache
def lefi(name: str) -> Draft4Validator:
    """The LEFI schema of this name, made strict: a property that is not listed is an error."""
    file = _existing("forsakringskassan/schema/lefi/lefi-formansinformation-v9.openapi.yaml")
    document: dict[str, Any] = yaml.load(file.read_bytes(), yaml.CSafeLoader)  # a safe one, in C
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return Draft4Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]},
        format_checker=FormatChecker(),
    )


def _schema(path: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_existing(path))))


def _existing(path: str) -> Path:
    file = _V10 / path
    if not file.exists():
        pytest.skip("the SSBTEK contracts are not beside the project")
    return file
