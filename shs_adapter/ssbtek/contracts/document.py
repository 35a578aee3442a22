"""What the versions of the contract share: the question as a document, the answer as parts.

A version has its namespace, and tables of the agencies whose element is not as the others'.
"""

import base64
from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek import lefi, soap
from shs_adapter.ssbtek.contracts.markup import Element
from shs_adapter.ssbtek.contracts.reply import UNDECODABLE, Answer, Failure, Fault
from shs_adapter.ssbtek.failure import failure
from shs_adapter.ssbtek.question import Agency, Period, Question, check
from shs_adapter.ssbtek.reading import texts

# What stands inside an agency's element of a question.
Detail = Callable[[Element, Question, Period], None]

# What an agency's element of an answer holds.
Split = Callable[[etree._Element], etree._Element | Failure]

# We do not ask for the question to be repeated; where it is, it must be ours.
_REPEATED = ("fraga", "generellaFrageparametrar")


def write(question: Question, namespace: str, details: Mapping[Agency, Detail]) -> bytes:
    """Return the ``hamtaBastjanstInformation`` document; raises InvalidQuestion."""
    check(question)
    root = Element("hamtaBastjanstInformation", attributes={"xmlns:ssbt": namespace})
    _general(root.add("generellaFrageparametrar"), question)
    specific = root.add("specifikaFrageparametrar")
    for agency in Agency:
        asked = agency in question.plan.asked
        element = specific.add(agency)
        element.attributes["inkludera"] = "true" if asked else "false"
        if asked and agency in details:
            details[agency](element, question, question.plan.asked[agency])
    document = BytesIO()  # gives away what it has gathered without a copy
    document.write(b'<?xml version="1.0" encoding="UTF-8"?>')
    root.write(document)
    return document.getvalue()


def read(root: etree._Element, namespace: str, splits: Mapping[Agency, Split]) -> Answer | Fault:
    """Split an answer, bare or in a SOAP envelope; raises MalformedAnswer if it is none."""
    document = soap.unwrap(root)
    response = f"{{{namespace}}}hamtaBastjanstInformationResponse"
    if document.tag in {soap.FAULT, f"{{{namespace}}}hamtaBastjanstInformationFault"}:
        return Fault(soap.fault_code(document))
    if document.tag != response:
        raise MalformedAnswer("not_an_answer", "hamtaBastjanstInformationResponse")
    containers = document.findall(f"{{{namespace}}}svarsdata")
    if len(containers) != 1:
        raise MalformedAnswer("cardinality", "svarsdata")
    known = {f"{{{namespace}}}{agency}": agency for agency in Agency}
    parts: dict[Agency, etree._Element | Failure] = {}
    unknown_agency = False
    for element in containers[0].iterchildren("{*}*"):
        agency = known.get(element.tag)
        if agency is None:
            unknown_agency = True
        elif agency in parts:
            parts[agency] = Failure(None, UNDECODABLE)
        else:
            parts[agency] = splits.get(agency, split)(element)
    return Answer(
        correlation_ids=texts(document, "korrelationsid") + texts(document, *_REPEATED, "korrelationsid"),
        persons=texts(document, *_REPEATED, "personidentitet"),
        cases=texts(document, *_REPEATED, "arendeidentitet"),
        parts=parts,
        unknown_agency=unknown_agency,
    )


def _general(parent: Element, question: Question) -> None:
    parent.add("korrelationsid", question.correlation_id)
    parent.add("fraganSkallInkluderasISvaret", "false")
    submitter = parent.add("ingivare")
    submitter.add("organisationsnummer", question.submitter.organisation_number)
    submitter.add("namn", question.submitter.name)
    submitter.add("handlaggare", question.submitter.officer)
    parent.add("personidentitet", question.person)
    parent.add("arendeidentitet", question.case_id)
    _period(parent, question.period)
    for processor in question.processors:
        element = parent.add("personuppgiftsbitrade")
        element.add("organisationsnummer", processor.organisation_number)
        element.add("namn", processor.name)
    parent.add("syfte", question.purpose)
    parent.add("lagtext", question.legal_basis)


def _own_period(parent: Element, question: Question, period: Period) -> None:
    if period != question.period:
        _period(parent, period)


def _lefi(parent: Element, question: Question, period: Period) -> None:
    """FK's own question; its period stands inside, and the contract takes none beside it."""
    inner = lefi.question(question.person, period, question.lefi_profile)
    element = parent.add("fraga")
    element.add("version", "v9")
    element.add("aktorsid", question.aktorsid)
    element.add("lefiJsonFraga", base64.b64encode(inner).decode())


DETAILS: Mapping[Agency, Detail] = MappingProxyType(
    {
        Agency.AF: _own_period,
        Agency.CSN: _own_period,
        Agency.FK: _lefi,
        Agency.SO: _own_period,
        Agency.TNS: _own_period,
    }
)


def _period(parent: Element, period: Period) -> None:
    element = parent.add("tidsperiod")
    element.add("fromDatum", period.first.isoformat())
    element.add("tomDatum", period.last.isoformat())


def split(element: etree._Element) -> etree._Element | Failure:
    """An agency's data or its error; anything but one of the two cannot be read, and an error wins."""
    namespace = f"{{{etree.QName(element).namespace}}}"
    error = element.find(namespace + "error")
    if error is not None:
        return failure(error)
    children = list(element.iterchildren("{*}*"))
    if [child.tag for child in children] != [namespace + "data"]:
        return Failure(None, UNDECODABLE)
    return children[0]
