"""The v10 question, read as strictly as its contract and by no code of the adapter's own.

What the contract leaves open stays open: the limits that single agencies add are theirs to enforce.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from lxml import etree

from shs_adapter.errors import Malformed
from shs_adapter.sandbox.agencies.asking import SSBT, LefiCall, Processor, Question
from shs_adapter.sandbox.agencies.dates import Period
from shs_adapter.xml import local_name, parse

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

# Every element that may stand below another, in the order of the contract.
_BELOW: Mapping[str, Sequence[str]] = {
    "hamtaBastjanstInformation": ("generellaFrageparametrar", "specifikaFrageparametrar"),
    "generellaFrageparametrar": (
        "frageTidpunkt",
        "korrelationsid",
        "fraganSkallInkluderasISvaret",
        "ingivare",
        "personidentitet",
        "arendeidentitet",
        "tidsperiod",
        "personuppgiftsbitrade",
        "syfte",
        "lagtext",
    ),
    "ingivare": ("organisationsnummer", "namn", "handlaggare"),
    "tidsperiod": ("fromDatum", "tomDatum"),
    "personuppgiftsbitrade": ("ordningsnummer", "organisationsnummer", "namn"),
    "specifikaFrageparametrar": ("AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV"),
    "AF": ("tidsperiod",),
    "CSN": ("tidsperiod",),
    "FK": ("fraga",),
    "fraga": ("version", "aktorsid", "lefiJsonFraga"),
    "SO": ("tidsperiod",),
    "TNS": ("tidsperiod",),
}
_REPEATED = {"personuppgiftsbitrade"}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_ORGANISATION = re.compile("[0-9]{4}[2-9][0-9]{7}")
_PERSON = re.compile("[0-9]{12}")
_SOMETHING = re.compile(".+", re.DOTALL)
_ANYTHING = re.compile(".*", re.DOTALL)
_DATE = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
YEARS = range(1900, 2200)  # months are counted from here to there


def read(document: bytes) -> Question:
    """Read a bare question, or one in a SOAP 1.1 envelope.

    Raises Malformed with `xml_...`, `namespace` (also for another operation), `order` (also for an element
    that has no place there), `missing`, `value` or `fraga`, and the element's name.
    """
    root = parse(document)
    enveloped = root.tag == f"{{{SOAP}}}Envelope"
    body = root.find(f"{{{SOAP}}}Body/*") if enveloped else root
    if body is None or body.tag != _name("hamtaBastjanstInformation"):
        raise Malformed("namespace", "hamtaBastjanstInformation")
    _check_order(body)
    general = _child(body, "generellaFrageparametrar")
    specific = _child(body, "specifikaFrageparametrar")
    submitter = _child(general, "ingivare")
    period = _period(_child(general, "tidsperiod"))
    asked = {
        name: _own_period(_child(specific, name), period)
        for name in _BELOW["specifikaFrageparametrar"]
        if _flag(_child(specific, name).get("inkludera", ""), name)
    }
    return Question(
        asked_at=_moment(general),
        correlation_id=general.findtext(_name("korrelationsid")),
        organisation_number=_text(submitter, "organisationsnummer", _ORGANISATION),
        organisation=_text(submitter, "namn"),
        officer=_text(submitter, "handlaggare"),
        person=_text(general, "personidentitet", _PERSON),
        case=_text(general, "arendeidentitet"),
        period=period,
        processors=[_processor(element) for element in general.findall(_name("personuppgiftsbitrade"))],
        purpose=_text(general, "syfte", _ANYTHING),
        legal_basis=_text(general, "lagtext", _ANYTHING),
        asked=asked,
        lefi=_lefi_call(_child(specific, "FK")) if "FK" in asked else None,
        enveloped=enveloped,
        repeated=list(body) if _repetition_wanted(general) else (),
    )


def _name(local: str) -> str:
    return f"{{{SSBT}}}{local}"


def _check_order(element: etree._Element) -> None:
    """Every element must have its place, and stand in it once."""
    order = [_name(name) for name in _BELOW.get(local_name(element), ())]
    if any(child.tag not in order for child in element):
        raise Malformed("order", local_name(element))
    places = [order.index(str(child.tag)) for child in element if local_name(child) not in _REPEATED]
    if places != sorted(set(places)):
        raise Malformed("order", local_name(element))
    for child in element:
        _check_order(child)


def _child(parent: etree._Element, name: str) -> etree._Element:
    child = parent.find(_name(name))
    if child is None:
        raise Malformed("missing", name)
    return child


def _text(parent: etree._Element, name: str, pattern: re.Pattern[str] = _SOMETHING) -> str:
    text = _child(parent, name).text or ""
    if not pattern.fullmatch(text):
        raise Malformed("value", name)
    return text


def _flag(text: str, name: str) -> bool:
    if text.strip() not in _TRUTH:
        raise Malformed("value", name)
    return _TRUTH[text.strip()]


def _repetition_wanted(general: etree._Element) -> bool:
    """An empty element is the contract's default, no."""
    return _flag(_child(general, "fraganSkallInkluderasISvaret").text or "0", "fraganSkallInkluderasISvaret")


def _moment(general: etree._Element) -> str | None:
    text = general.findtext(_name("frageTidpunkt"))
    if text is None:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("value", "frageTidpunkt") from None
    if "T" not in text:
        raise Malformed("value", "frageTidpunkt")
    return text


def _day(parent: etree._Element, name: str) -> date:
    match = _DATE.fullmatch((_child(parent, name).text or "").strip())
    try:
        day = date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise Malformed("value", name) from None
    if day.year not in YEARS:
        raise Malformed("value", name)
    return day


def _period(element: etree._Element) -> Period:
    period = Period(_day(element, "fromDatum"), _day(element, "tomDatum"))
    if period.first > period.last:
        raise Malformed("value", "tidsperiod")
    return period


def _own_period(agency: etree._Element, general: Period) -> Period:
    element = agency.find(_name("tidsperiod"))
    return general if element is None else _period(element)


def _processor(element: etree._Element) -> Processor:
    return Processor(_text(element, "organisationsnummer", _ORGANISATION), _text(element, "namn"))


def _lefi_call(agency: etree._Element) -> LefiCall:
    call = agency.find(_name("fraga"))
    if call is None:
        raise Malformed("fraga", "FK")
    return LefiCall(
        call.findtext(_name("version")),
        _text(call, "aktorsid", _ANYTHING),
        _text(call, "lefiJsonFraga", _ANYTHING),
    )
