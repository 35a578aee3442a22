"""How an agency's honest answer is made to deviate.

Rule: an agency knows nothing of it. Its part of the answer is changed when it is done, what is encoded in
it included.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import msgspec
from lxml import etree

from shs_adapter.sandbox.faults import Fault

_Edit = Callable[[etree._Element], None]

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WRONG_BY = 100
_SAID_ELSEWHERE = (
    *("Syfte", "Paragraf"),
    *("OrganisationsnummerPersonuppgiftsbitrade", "NamnPersonuppgiftsbitrade"),
)


def deviate(agency: str, part: etree._Element, faults: Collection[Fault]) -> None:
    """Change what this agency's part of the answer says, as far as the faults concern it."""
    for fault, edits in _EDITS.items():
        if fault in faults and agency in edits:
            edits[agency](part)


def _without(*names: str) -> _Edit:
    def edit(part: etree._Element) -> None:
        for element in [*part.iterfind("*/*")]:
            if etree.QName(element).localname in names:
                element.getparent().remove(element)  # type: ignore[union-attr]  # found below the part

    return edit


def _with_zones(part: etree._Element) -> None:
    """Dates with the offset that real answers have, and that says nothing."""
    for element in part.iter():
        if _DATE.fullmatch(element.text or ""):
            element.text = f"{element.text}+01:00"


def _sloppy_af(part: etree._Element) -> None:
    _without("Fraga")(part)
    _with_zones(part)


def _lefi(edit: Callable[[dict[str, Any]], None]) -> _Edit:
    """Change every payment in LEFI's JSON."""

    def edited(part: etree._Element) -> None:
        for element in part.iter("{*}lefiJsonSvar"):
            document = msgspec.json.decode(b64decode(element.text or ""))
            for payment in _payments(document):
                edit(payment)
            element.text = b64encode(msgspec.json.encode(document)).decode()

    return edited


def _payments(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    information = document.get("formansinformation", {})
    yield from information.get("utbetalningsuppgift", ())
    yield from information.get("preliminarautbetalningar", ())
    yield from document.get("utbetalningar", ())
    yield from document.get("preliminaraUtbetalningar", ())


def _csn(edit: _Edit) -> _Edit:
    """Change every payment in CSN's document."""

    def edited(part: etree._Element) -> None:
        for element in part.iter("{*}svar"):
            document = etree.fromstring(b64decode(element.text or ""))
            for payment in document.iter("{*}Utbetalning"):
                edit(payment)
            element.text = b64encode(etree.tostring(document, encoding="UTF-8")).decode()

    return edited


def _net_off(payment: dict[str, Any]) -> None:
    """Försäkringskassan has an object with a sum, Pensionsmyndigheten whole kronor."""
    if isinstance(payment["nettobelopp"], int):
        payment["nettobelopp"] += _WRONG_BY
    else:
        payment["nettobelopp"]["summa"] += _WRONG_BY


def _total_off(payment: etree._Element) -> None:
    for total in payment.iterfind("{*}totbelopp"):
        total.text = str(int(total.text or "") + _WRONG_BY)


def _novel_benefit(payment: dict[str, Any]) -> None:
    if "formansfamilj" in payment:
        payment["formansfamilj"] = {"id": "XNY", "beskrivning": "Nytillkommen förmån"}


def _novel_codes(payment: etree._Element) -> None:
    for status in payment.iterfind("{*}utbetstatus"):
        status.text = "Stoppad"
    for kind in payment.iter("{*}beloppstyp"):
        kind.text = "NYTYP"


def _cut_off(part: etree._Element) -> None:
    """One character less: no base64 any more, and no XML."""
    for element in part.iter("{*}lefiJsonSvar", "{*}svar", "{*}data"):
        if element.text:
            element.text = element.text[:-1]


_EDITS: Mapping[Fault, Mapping[str, _Edit]] = {
    Fault.SUMS_OFF: {"FK": _lefi(_net_off), "CSN": _csn(_total_off)},
    Fault.NOVELTY: {"FK": _lefi(_novel_benefit), "CSN": _csn(_novel_codes)},
    Fault.SLOPPY: {"AF": _sloppy_af, "SO": _without(*_SAID_ELSEWHERE), "MIV": _with_zones},
    Fault.FK_BROKEN: {"FK": _cut_off},
    Fault.CSN_BROKEN: {"CSN": _cut_off},
    Fault.SKV_BROKEN: {"SKV": _cut_off},
}
