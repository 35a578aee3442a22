"""Answers of the sandbox's SSBTEK, asked for without a node, and what lies in them."""

import json
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lxml import etree

from shs_adapter.sandbox.cast import CAST, Fault
from shs_adapter.sandbox.ssbtek import Answer, Error, react
from tests.sandbox.questions import AGENCIES, written

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
LATE = timedelta(hours=1)
STRANGER = "202402292383"
BY_NAME = {person.name: person.number for person in CAST}
ADA = BY_NAME["Ada Exempel"]
STUDENT = BY_NAME["Stina Student"]
ON_SICK_LEAVE = BY_NAME["Sixten Sjukskriven"]
PENSIONER = BY_NAME["Petrus Pension"]
NOBODY = BY_NAME["Tom Tomsson"]


def reactions(asked: etree._Element, faults: Collection[Fault] = ()) -> tuple[Answer | Error, ...]:
    return react(written(asked), now=NOW, faults=faults, late=LATE)


def answered(asked: etree._Element, faults: Collection[Fault] = ()) -> etree._Element:
    """The root of the first answer."""
    first = reactions(asked, faults)[0]
    assert isinstance(first, Answer)
    return etree.fromstring(first.payload)


def agency(root: etree._Element, name: str) -> etree._Element:
    found = root.find(f"{{*}}svarsdata/{{*}}{name}")
    assert found is not None
    return found


def texts(root: etree._Element, name: str) -> list[str]:
    """The texts of all elements of this local name, in whatever namespace."""
    return [element.text or "" for element in root.iterfind(f".//{{*}}{name}")]


def lefi_answer(root: etree._Element) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(b64decode(texts(agency(root, "FK"), "lefiJsonSvar")[0]))
    return decoded


def csn_answer(root: etree._Element) -> etree._Element:
    return etree.fromstring(b64decode(texts(agency(root, "CSN"), "svar")[0]))


def payments(fk: dict[str, Any]) -> list[dict[str, Any]]:
    information = fk["formansinformation"]
    return [*information["utbetalningsuppgift"], *information["preliminarautbetalningar"]]


def pensions(fk: dict[str, Any]) -> list[dict[str, Any]]:
    return [*fk["utbetalningar"], *fk["preliminaraUtbetalningar"]]


def amount(money: dict[str, Any]) -> Decimal:
    assert money["valuta"] == "SEK"
    return Decimal(str(money["summa"]))


def unverified(root: etree._Element) -> tuple[str, ...]:
    """The agencies that a careful reader would not take this answer's word for."""
    signs: Mapping[str, Callable[[], bool]] = {
        "CSN": lambda: texts(csn_answer(root), "ResultatKod")[0] not in {"0", "-2"},
        "FK": lambda: any(each["tillstand"]["kod"] != "OK" for each in lefi_answer(root)["utlamnare"]),
        "SO": lambda: "no answer" in texts(root, "StatusSvarandeOrganisation"),
        "TNS": lambda: "FEL" in texts(root, "resultat"),
    }
    return tuple(
        name
        for name in AGENCIES
        if agency(root, name).find("{*}error") is not None or (name in signs and signs[name]())
    )
