"""SOAP 1.1 around the payload: put on, taken off, its faults reduced to a code."""

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.reading import token

NAMESPACE = "http://schemas.xmlsoap.org/soap/envelope/"
FAULT = f"{{{NAMESPACE}}}Fault"

_ENVELOPE = f"{{{NAMESPACE}}}Envelope"
_BODY = f"{{{NAMESPACE}}}Body"
_HEAD = f'<soap:Envelope xmlns:soap="{NAMESPACE}"><soap:Header/><soap:Body>'.encode()
_TAIL = b"</soap:Body></soap:Envelope>"


def wrap(document: bytes) -> bytes:
    """Return the document, which begins with an XML declaration, inside an envelope."""
    end = document.index(b"?>") + 2
    return b"".join((document[:end], _HEAD, memoryview(document)[end:], _TAIL))


def unwrap(root: etree._Element) -> etree._Element:
    """Return what the envelope holds, or *root* itself if it is none."""
    if root.tag != _ENVELOPE:
        return root
    content = [element for body in root.iterchildren(_BODY) for element in body.iterchildren("{*}*")]
    if len(content) != 1:
        raise MalformedAnswer("soap_body", "Body")
    return content[0]


def fault_code(fault: etree._Element) -> str:
    """Return the service's felkod if there is one, else SOAP's own code without its prefix.

    The fault string is free text that may quote the question; it is not read.
    """
    felkod = fault.find(".//{*}felkod")
    if felkod is not None:
        return token(felkod.text)
    return token((fault.findtext("{*}faultcode") or "").rpartition(":")[2])
