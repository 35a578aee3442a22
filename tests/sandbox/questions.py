"""Questions to the sandbox's SSBTEK, written by hand: neither side of the wire lends its code."""

import json
from base64 import b64encode
from collections.abc import Collection, Mapping
from typing import Any

from lxml import etree

SSBT = "http://schema.forsakringskassan.se/integration/ssbt/10"
SSBT_11 = "http://schema.forsakringskassan.se/integration/ssbt/11"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

AGENCIES = ("AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV")
FIRST, LAST = "2026-10-01", "2026-12-20"
_FK = "ABB AP AS BOB BST BTI DPE EJO ET FP FSJP GP HE MABB MEK NP OMV PJOB PROG RBE SA SBP SJP TFP US VB YL"
PAYMENTS = [*(f"FK:{code}" for code in _FK.split()), "PM:AP", "PM:BTI", "PM:EF"]
TAX_PARTS = (
    "foretagsinformation",
    "individuppgifter",
    "skattekonto",
    "skatteuppgifter",
    "beskattningsbilagor",
)
TAX_YEARS = ("2024", "2025")
CASE = "DNR-2026-0042"
CORRELATION = "0b7d6c1e-5a0f-4c39-9c55-2f6f3a4b5c6d"


def lefi(person: str, *, first: str = FIRST, last: str = LAST, **codes: list[str]) -> str:
    """The LEFI question in base64; everything is asked for unless codes are named."""
    everything = {
        "formansinformation": [code for code in PAYMENTS if code.startswith("FK")],
        "ansprak": ["PM:AP", "PM:BTI", "PM:EF"],
        "beslut": ["PM:AP", "PM:BTI", "PM:EF"],
        "preliminaraUtbetalningar": PAYMENTS,
        "utbetalningar": PAYMENTS,
        "ovrigInformation": ["FK:GEPI"],
    }
    question = {"personnummer": person, "period": {"from": first, "tom": last}, **(codes or everything)}
    return b64encode(json.dumps(question).encode()).decode()


def question(
    person: str,
    *,
    agencies: Collection[str] = AGENCIES,
    period: tuple[str, str] = (FIRST, LAST),
    own_periods: Mapping[str, tuple[str, str]] = {},
    lefi_json: str | None = None,
    case: str = CASE,
    officer: str = "Hanna Handläggare",
    repeated: str = "false",
) -> etree._Element:
    """A question with everything the contract allows in it."""
    root = etree.Element(f"{{{SSBT}}}hamtaBastjanstInformation", nsmap={"s": SSBT})
    general = _add(root, "generellaFrageparametrar")
    _add(general, "frageTidpunkt", "2026-11-23T10:00:00+01:00")
    _add(general, "korrelationsid", CORRELATION)
    _add(general, "fraganSkallInkluderasISvaret", repeated)
    submitter = _add(general, "ingivare")
    _add(submitter, "organisationsnummer", "162120002411")
    _add(submitter, "namn", "Exempelköpings kommun")
    _add(submitter, "handlaggare", officer)
    _add(general, "personidentitet", person)
    _add(general, "arendeidentitet", case)
    _add_period(general, period)
    for name in ("Biträdet AB", "Andra Biträdet AB"):
        processor = _add(general, "personuppgiftsbitrade")
        _add(processor, "organisationsnummer", "162021005521")
        _add(processor, "namn", name)
    _add(general, "syfte", "Prövning av ekonomiskt bistånd")
    _add(general, "lagtext", "En paragraf")
    specific = _add(root, "specifikaFrageparametrar")
    for name in AGENCIES:
        agency = _add(specific, name)
        agency.set("inkludera", "true" if name in agencies else "false")
        if name in own_periods:
            _add_period(agency, own_periods[name])
    if "FK" in agencies:
        call = _add(specific.find(f"{{{SSBT}}}FK"), "fraga")
        _add(call, "version", "v9")
        _add(call, "aktorsid", "aktor-1")
        _add(call, "lefiJsonFraga", lefi_json or lefi(person))
    return root


def in_v11(
    root: etree._Element, *, years: Collection[str] = TAX_YEARS, parts: Collection[str] = TAX_PARTS
) -> etree._Element:
    """The same question in v11, which asks Skatteverket for *parts* where it is included."""
    for agency in root.iter(f"{{{SSBT}}}SKV"):
        if agency.get("inkludera") == "true":
            call = _add(agency, "fraga")
            for year in years:
                _add(call, "ar", year)
            for part in TAX_PARTS:
                _add(call, part, str(part in parts).lower())
    for element in root.iter():
        element.tag = str(element.tag).replace(SSBT, SSBT_11)
    return root


def written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def enveloped(root: etree._Element) -> etree._Element:
    envelope = etree.Element(f"{{{SOAP}}}Envelope")
    etree.SubElement(envelope, f"{{{SOAP}}}Header")
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(root)
    return envelope


def _add(parent: Any, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{SSBT}}}{name}")
    element.text = text
    return element


def _add_period(parent: etree._Element, period: tuple[str, str]) -> None:
    element = _add(parent, "tidsperiod")
    _add(element, "fromDatum", period[0])
    _add(element, "tomDatum", period[1])
