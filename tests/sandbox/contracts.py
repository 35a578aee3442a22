"""The contracts, where they lie beside the project; tests that need them skip where they do not."""

from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker
from lxml import etree

_CONTRACTS = Path(__file__).parents[3] / "shared/contracts/ssbtek"
_V10 = _CONTRACTS / "v10/se"
_V11 = _CONTRACTS / "v11-unofficial/se"


@cache
def ssbtek() -> etree.XMLSchema:
    return _schema("forsakringskassan/schema/integration/ssbt/_10/sammansatt_bastjanst_v10.xsd")


@cache
def ssbtek_v11() -> etree.XMLSchema:
    """The unofficial v11 laid over v10, to whose schemas of single agencies it refers."""
    file = "forsakringskassan/schema/integration/ssbt/_11/sammansatt_bastjanst_v11.xsd"
    if not (_V11 / file).exists():
        pytest.skip("the SSBTEK contracts are not beside the project")
    with TemporaryDirectory() as directory:
        together = Path(directory) / "contract"
        copytree(_V10.parent, together)
        copytree(_V11.parent, together, dirs_exist_ok=True)
        return etree.XMLSchema(etree.parse(str(together / "se" / file)))


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
