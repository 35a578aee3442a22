"""SSBTEK version 10: the question as a document, the answer as parts.

What a question leaves as is pure ASCII, so that no relay that guesses at encodings can harm it.
"""

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek import lefi, soap
from shs_adapter.ssbtek.agencies import af, csn, fk, miv, skv, so, tns
from shs_adapter.ssbtek.contracts.reply import UNDECODABLE, Answer, Failure, Fault
from shs_adapter.ssbtek.finding import Judge
from shs_adapter.ssbtek.question import Agency, Period, Question, check
from shs_adapter.ssbtek.reading import texts, token

NAMESPACE = "http://schema.forsakringskassan.se/integration/ssbt/10"

JUDGES: Mapping[Agency, Judge] = MappingProxyType(
    {
        Agency.AF: af.judge,
        Agency.CSN: csn.judge,
        Agency.FK: fk.judge,
        Agency.SKV: skv.judge,
        Agency.SO: so.judge,
        Agency.TNS: tns.judge,
        Agency.MIV: miv.judge,
    }
)

# We do not ask for the question to be repeated; where it is, it must be ours.
_REPEATED = ("fraga", "generellaFrageparametrar")


def write(question: Question) -> bytes:
    """Return the ``hamtaBastjanstInformation`` document; raises InvalidQuestion."""
    check(question)
    root = etree.Element(_name("hamtaBastjanstInformation"), nsmap={"ssbt": NAMESPACE})
    _general(_add(root, "generellaFrageparametrar"), question)
    specific = _add(root, "specifikaFrageparametrar")
    for agency in Agency:
        asked = agency in question.plan.asked
        element = _add(specific, agency)
        element.set("inkludera", "true" if asked else "false")
        if asked and agency in _DETAILS:
            _DETAILS[agency](element, question, question.plan.asked[agency])
    return b'<?xml version="1.0" encoding="UTF-8"?>' + etree.tostring(root)


def read(root: etree._Element) -> Answer | Fault:
    """Split an answer, bare or in a SOAP envelope; raises MalformedAnswer if it is none."""
    document = soap.unwrap(root)
    if document.tag in {soap.FAULT, _name("hamtaBastjanstInformationFault")}:
        return Fault(soap.fault_code(document))
    if document.tag != _name("hamtaBastjanstInformationResponse"):
        raise MalformedAnswer("not_an_answer", "hamtaBastjanstInformationResponse")
    containers = document.findall(_name("svarsdata"))
    if len(containers) != 1:
        raise MalformedAnswer("cardinality", "svarsdata")
    known = {_name(agency): agency for agency in Agency}
    parts: dict[Agency, etree._Element | Failure] = {}
    unknown_agency = False
    for element in containers[0].iterchildren("{*}*"):
        agency = known.get(element.tag)
        if agency is None:
            unknown_agency = True
        elif agency in parts:
            parts[agency] = Failure(None, UNDECODABLE)
        else:
            parts[agency] = _part(element)
    return Answer(
        correlation_ids=texts(document, "korrelationsid") + texts(document, *_REPEATED, "korrelationsid"),
        persons=texts(document, *_REPEATED, "personidentitet"),
        cases=texts(document, *_REPEATED, "arendeidentitet"),
        parts=parts,
        unknown_agency=unknown_agency,
    )


def _general(parent: etree._Element, question: Question) -> None:
    _add(parent, "korrelationsid", question.correlation_id)
    _add(parent, "fraganSkallInkluderasISvaret", "false")
    submitter = _add(parent, "ingivare")
    _add(submitter, "organisationsnummer", question.submitter.organisation_number)
    _add(submitter, "namn", question.submitter.name)
    _add(submitter, "handlaggare", question.submitter.officer)
    _add(parent, "personidentitet", question.person)
    _add(parent, "arendeidentitet", question.case_id)
    _period(parent, question.period)
    for processor in question.processors:
        element = _add(parent, "personuppgiftsbitrade")
        _add(element, "organisationsnummer", processor.organisation_number)
        _add(element, "namn", processor.name)
    _add(parent, "syfte", question.purpose)
    _add(parent, "lagtext", question.legal_basis)


def _own_period(parent: etree._Element, question: Question, period: Period) -> None:
    if period != question.period:
        _period(parent, period)


def _lefi(parent: etree._Element, question: Question, period: Period) -> None:
    """FK's own question; its period stands inside, and the contract takes none beside it."""
    inner = lefi.question(question.person, period, question.lefi_profile)
    element = _add(parent, "fraga")
    _add(element, "version", "v9")
    _add(element, "aktorsid", question.aktorsid)
    _add(element, "lefiJsonFraga", base64.b64encode(inner).decode())


_DETAILS: Mapping[Agency, Callable[[etree._Element, Question, Period], None]] = {
    Agency.AF: _own_period,
    Agency.CSN: _own_period,
    Agency.FK: _lefi,
    Agency.SO: _own_period,
    Agency.TNS: _own_period,
}


def _period(parent: etree._Element, period: Period) -> None:
    element = _add(parent, "tidsperiod")
    _add(element, "fromDatum", period.first.isoformat())
    _add(element, "tomDatum", period.last.isoformat())


def _part(element: etree._Element) -> etree._Element | Failure:
    """An agency's data or its error; anything but one of the two cannot be read, and an error wins."""
    error = element.find(_name("error"))
    if error is not None:
        kalla = error.findtext(_name("kalla"), "").strip()
        felkod = token(error.findtext(_name("felkod")))
        return Failure(kalla if kalla in {"SSBT", "BT"} else None, felkod)
    children = list(element.iterchildren("{*}*"))
    if [child.tag for child in children] != [_name("data")]:
        return Failure(None, UNDECODABLE)
    return children[0]


def _add(parent: etree._Element, name: str, content: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _name(name))
    element.text = content
    return element


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"
