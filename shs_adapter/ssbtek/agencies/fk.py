"""Försäkringskassan and Pensionsmyndigheten: LEFI's answer, JSON in base64.

Two levels of failure hide in it: a supplier that is down delivers nothing and is noted only in the list of
suppliers; a part of one that is down is a deviation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome
from shs_adapter.ssbtek.reading import decoded, only

_OK = "OK"
_SUPPLIERS = {"FK", "PM"}
_SUPPLIER_DOWN = {"FELANDE", "OTILLGANGLIG"}
_DEVIATIONS = ("INTERNT_FEL", "OBEHORIG")  # the graver first: the one may pass, the other is a permission
_ABOUT_THE_ANSWER = {"utlamnare", "avvikelser"}


@dataclass(frozen=True, slots=True)
class _Code:
    kod: str


@dataclass(frozen=True, slots=True)
class _Supplier:
    utlamnare: _Code
    tillstand: _Code


@dataclass(frozen=True, slots=True)
class _Deviation:
    avvikelse: _Code


@dataclass(frozen=True, slots=True)
class _Person:
    personnummer: str | None = field(default=None, repr=False)
    skyddad: bool | None = None


@dataclass(frozen=True, slots=True)
class _Fk:
    generellPersoninformation: tuple[_Person, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Overview:
    """What is read to judge; an empty object may come as ``[]``, as in the contract's own example."""

    utlamnare: tuple[_Supplier, ...] | None = None
    avvikelser: dict[str, tuple[_Deviation, ...] | None] | list[_Deviation] | None = None
    formansinformation: _Fk | list[Any] | None = None


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``LefiExternFormansinformationSvar``; the person comes back only in general information."""
    answer = document(data)
    overview = _overview(answer)
    people: tuple[_Person, ...] = ()
    if isinstance(overview.formansinformation, _Fk):
        people = overview.formansinformation.generellPersoninformation or ()
    outcome, status = _worth(overview, _delivered(answer))
    return Finding(
        outcome=outcome,
        status=status,
        protected=any(person.skyddad for person in people),
        persons=tuple(person.personnummer for person in people if person.personnummer),
    )


def document(data: etree._Element) -> dict[str, Any]:
    """LEFI's answer, its decimal numbers as Decimal."""
    try:
        return _JSON.decode(decoded(only(data, "lefiJsonSvar")))
    except (ValueError, ArithmeticError, RecursionError):  # bad JSON, an endless exponent, an endless nest
        raise MalformedAnswer("json", "lefiJsonSvar") from None


_JSON = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def _overview(answer: Mapping[str, Any]) -> _Overview:
    try:
        return msgspec.convert(answer, _Overview)
    except msgspec.ValidationError:
        raise MalformedAnswer("json_form", "lefiJsonSvar") from None


def _worth(overview: _Overview, delivered: Outcome) -> tuple[Outcome, str]:
    suppliers = overview.utlamnare or ()
    shortfall = _shortfall(suppliers) or _deviation(overview)
    if shortfall is None:
        return delivered, UNKNOWN if delivered is Outcome.PARTIAL else _OK
    nobody = suppliers and all(supplier.tillstand.kod != _OK for supplier in suppliers)
    return (Outcome.ERROR if nobody and delivered is Outcome.EMPTY else Outcome.PARTIAL), shortfall


def _shortfall(suppliers: tuple[_Supplier, ...]) -> str | None:
    """The state of a supplier that did not deliver, or None if both did."""
    for supplier in suppliers:
        if supplier.tillstand.kod != _OK:
            return supplier.tillstand.kod if supplier.tillstand.kod in _SUPPLIER_DOWN else UNKNOWN
    listed = {supplier.utlamnare.kod for supplier in suppliers}
    return None if listed >= _SUPPLIERS else UNKNOWN


def _deviation(overview: _Overview) -> str | None:
    """The gravest deviation, or None."""
    noted = overview.avvikelser or []
    groups = [group or () for group in noted.values()] if isinstance(noted, dict) else [noted]
    codes = {deviation.avvikelse.kod for group in groups for deviation in group}
    return next((code for code in _DEVIATIONS if code in codes), UNKNOWN if codes else None)


def _delivered(answer: Mapping[str, Any]) -> Outcome:
    """What `reading.delivered` says, under whatever name: an unknown one is not nothing."""
    content = {name: value for name, value in answer.items() if name not in _ABOUT_THE_ANSWER}
    information = content.get("formansinformation")
    groups = [*content.values(), *(information.values() if isinstance(information, dict) else ())]
    if not all(_holds_anything(row) for group in groups if isinstance(group, list) for row in group):
        return Outcome.PARTIAL
    return Outcome.DATA if _holds_anything(content) else Outcome.EMPTY


def _holds_anything(value: Any) -> bool:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif value is not None:
            return True
    return False
