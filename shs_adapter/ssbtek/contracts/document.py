"""What the versions of the contract share: the question as a document, the answer as parts.

What a question leaves as is pure ASCII, so that no relay that guesses at encodings can harm it. A version
has its namespace, and tables of the agencies whose element is not as the others'.
"""

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek import lefi, soap
from shs_adapter.ssbtek.contracts.reply import UNDECODABLE, Answer, Failure, Fault
from shs_adapter.ssbtek.failure import failure
from shs_adapter.ssbtek.question import Agency, Period, Question, check
from shs_adapter.ssbtek.reading import texts

# What stands inside an agency's element of a question.
Detail = Callable[[etree._Element, Question, Period], None]

# What an agency's element of an answer holds.
Split = Callable[[etree._Element], etree._Element | Failure]

# We do not ask for the question to be repeated; where it is, it must be ours.
_REPEATED = ("fraga", "generellaFrageparametrar")


def write(question: Question, namespace: str, details: Mapping[Agency, Detail]) -> bytes:
    """Return the ``hamtaBastjanstInformation`` document; raises InvalidQuestion."""
    check(question)
    root = etree.Element(f"{{{namespace}}}hamtaBastjanstInformation", nsmap={"ssbt": namespace})
    _general(add(root, "generellaFrageparametrar"), question)
    specific = add(root, "specifikaFrageparametrar")
    for agency in Agency:
        asked = agency in question.plan.asked
        element = add(specific, agency)
        element.set("inkludera", "true" if asked else "false")
        if asked and agency in details:
            details[agency](element, question, question.plan.asked[agency])
    return b'<?xml version="1.0" encoding="UTF-8"?>' + etree.tostring(root)


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


def _general(parent: etree._Element, question: Question) -> None:
    add(parent, "korrelationsid", question.correlation_id)
    add(parent, "fraganSkallInkluderasISvaret", "false")
    submitter = add(parent, "ingivare")
    add(submitter, "organisationsnummer", question.submitter.organisation_number)
    add(submitter, "namn", question.submitter.name)
    add(submitter, "handlaggare", question.submitter.officer)
    add(parent, "personidentitet", question.person)
    add(parent, "arendeidentitet", question.case_id)
    _period(parent, question.period)
    for processor in question.processors:
        element = add(parent, "personuppgiftsbitrade")
        add(element, "organisationsnummer", processor.organisation_number)
        add(element, "namn", processor.name)
    add(parent, "syfte", question.purpose)
    add(parent, "lagtext", question.legal_basis)


def _own_period(parent: etree._Element, question: Question, period: Period) -> None:
    if period != question.period:
        _period(parent, period)


def _lefi(parent: etree._Element, question: Question, period: Period) -> None:
    """FK's own question; its period stands inside, and the contract takes none beside it."""
    inner = lefi.question(question.person, period, question.lefi_profile)
    element = add(parent, "fraga")
    add(element, "version", "v9")
    add(element, "aktorsid", question.aktorsid)
    add(element, "lefiJsonFraga", base64.b64encode(inner).decode())


DETAILS: Mapping[Agency, Detail] = MappingProxyType(
    {
        Agency.AF: _own_period,
        Agency.CSN: _own_period,
        Agency.FK: _lefi,
        Agency.SO: _own_period,
        Agency.TNS: _own_period,
    }
)


def _period(parent: etree._Element, period: Period) -> None:
    element = add(parent, "tidsperiod")
    add(element, "fromDatum", period.first.isoformat())
    add(element, "tomDatum", period.last.isoformat())


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


def add(parent: etree._Element, name: str, content: str | None = None) -> etree._Element:
    """Add an element in its parent's namespace."""
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    element.text = content
    return element
