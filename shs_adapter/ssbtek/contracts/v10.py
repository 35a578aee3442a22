"""SSBTEK version 10, by Försäkringskassan's own schema."""

from collections.abc import Mapping
from types import MappingProxyType

from lxml import etree

from shs_adapter.ssbtek.agencies import af, csn, fk, miv, skv, so, tns
from shs_adapter.ssbtek.contracts import document
from shs_adapter.ssbtek.contracts.reply import Answer, Fault
from shs_adapter.ssbtek.finding import Judge
from shs_adapter.ssbtek.question import Agency, Question

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


def write(question: Question) -> bytes:
    """Return the ``hamtaBastjanstInformation`` document; raises InvalidQuestion."""
    return document.write(question, NAMESPACE, document.DETAILS)


def read(root: etree._Element) -> Answer | Fault:
    """Split an answer, bare or in a SOAP envelope; raises MalformedAnswer if it is none."""
    return document.read(root, NAMESPACE, {})
