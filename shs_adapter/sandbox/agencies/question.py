"""The question, v10 and v11, read as strictly as its contract and by no code of the adapter's own.

What the contract leaves open stays open: the limits that single agencies add are theirs to enforce.
v11 differs in its namespace and in what Skatteverket is asked.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from lxml import etree

from shs_adapter.errors import Malformed
from shs_adapter.sandbox.agencies.asking import V10, V11, LefiCall, Processor, Question, TaxCall
from shs_adapter.sandbox.agencies.dates import Period
from shs_adapter.xml import local_name, parse

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

_TAX_PARTS = (
    "foretagsinformation",
    "individuppgifter",
    "skattekonto",
    "skatteuppgifter",
    "beskattningsbilagor",
)

# Every element that may stand below another, in the order of the contract; there are two sorts of fraga.
_V10: Mapping[str, Sequence[str]] = {
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
    "FK/fraga": ("version", "aktorsid", "lefiJsonFraga"),
    "SO": ("tidsperiod",),
    "TNS": ("tidsperiod",),
}
_BELOW = {V10: _V10, V11: {**_V10, "SKV": ("fraga",), "SKV/fraga": ("ar", *_TAX_PARTS)}}
_REPEATED = {"personuppgiftsbitrade", "ar"}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_ORGANISATION = re.compile("[0-9]{4}[2-9][0-9]{7}")
_PERSON = re.compile("[0-9]{12}")
_YEAR = re.compile("[0-9]{4}")
_SOMETHING = re.compile(".+", re.DOTALL)
_ANYTHING = re.compile(".*", re.DOTALL)
_DATE = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
YEARS = range(1900, 2200)  # months are counted from here to there


def opened(document: bytes) -> etree._Element:
    """The question's element, bare or out of a SOAP 1.1 envelope.

    Raises Malformed with `xml_...`, or `namespace` for another operation or version.
    """
    root = parse(document)
    body = root.find(f"{{{SOAP}}}Body/*") if root.tag == f"{{{SOAP}}}Envelope" else root
    if body is None or body.tag not in {f"{{{version}}}hamtaBastjanstInformation" for version in _BELOW}:
        raise Malformed("namespace", "hamtaBastjanstInformation")
    return body


def read(body: etree._Element) -> Question:
    """Read what `opened` gave.

    Raises Malformed with `order` (also for an element that has no place there), `missing`, `value` or
    `fraga`, and the element's name; with `internal` where v11 asks Skatteverket without its block, as the
    real one then says no more.
    """
    namespace = str(etree.QName(body).namespace)
    _check_order(body, namespace)
    general = _child(body, "generellaFrageparametrar")
    specific = _child(body, "specifikaFrageparametrar")
    submitter = _child(general, "ingivare")
    period = _period(_child(general, "tidsperiod"))
    asked = {
        name: _own_period(_child(specific, name), period)
        for name in _V10["specifikaFrageparametrar"]
        if _flag(_child(specific, name).get("inkludera", ""), name)
    }
    return Question(
        namespace=namespace,
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
        taxes=_tax_call(_child(specific, "SKV")) if "SKV" in asked and namespace == V11 else None,
        enveloped=body.getparent() is not None,
        repeated=list(body) if _repetition_wanted(general) else (),
    )


def _name(local: str) -> str:
    """In whatever namespace: `_check_order` has seen to it that there is one only."""
    return f"{{*}}{local}"


def _check_order(element: etree._Element, namespace: str, inside: str = "") -> None:
    """Every element must have its place, and stand in it once."""
    name = local_name(element)
    below = _BELOW[namespace].get(f"{inside}/{name}" if name == "fraga" else name, ())
    order = [f"{{{namespace}}}{child}" for child in below]
    if any(child.tag not in order for child in element):
        raise Malformed("order", name)
    places = [order.index(str(child.tag)) for child in element]
    once = [place for place in places if below[place] not in _REPEATED]
    if places != sorted(places) or len(once) != len(set(once)):
        raise Malformed("order", name)
    for child in element:
        _check_order(child, namespace, name)


def _child(parent: etree._Element, name: str) -> etree._Element:
    child = parent.find(_name(name))
    if child is None:
        raise Malformed("missing", name)
    return child


def _text(parent: etree._Element, name: str, pattern: re.Pattern[str] = _SOMETHING) -> str:
    return _matched(_child(parent, name), name, pattern)


def _matched(element: etree._Element, name: str, pattern: re.Pattern[str]) -> str:
    text = element.text or ""
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


def _tax_call(agency: etree._Element) -> TaxCall:
    call = agency.find(_name("fraga"))
    if call is None:
        raise Malformed("internal", "SKV")
    years = [int(_matched(year, "ar", _YEAR)) for year in call.iterfind(_name("ar"))]
    if not years:
        raise Malformed("missing", "ar")
    wanted = [part for part in _TAX_PARTS if _flag(_child(call, part).text or "", part)]
    return TaxCall(years, wanted)
