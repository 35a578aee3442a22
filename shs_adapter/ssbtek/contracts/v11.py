"""SSBTEK version 11, which differs from version 10 at Skatteverket alone.

Reconstructed by others from Försäkringskassan's test environment and one real answer; it is not
Försäkringskassan's own text. To be replaced when theirs is had (ssbtek-data f).
"""

from collections.abc import Mapping
from types import MappingProxyType

from lxml import etree

from shs_adapter.ssbtek.agencies import skv11
from shs_adapter.ssbtek.contracts import document, v10
from shs_adapter.ssbtek.contracts.markup import Element
from shs_adapter.ssbtek.contracts.reply import Answer, Failure, Fault
from shs_adapter.ssbtek.failure import failure
from shs_adapter.ssbtek.finding import Judge
from shs_adapter.ssbtek.question import SKV_PARTS, Agency, Period, Question, check_skv

NAMESPACE = "http://schema.forsakringskassan.se/integration/ssbt/11"

JUDGES: Mapping[Agency, Judge] = MappingProxyType({**v10.JUDGES, Agency.SKV: skv11.judge})


def write(question: Question) -> bytes:
    """Return the ``hamtaBastjanstInformation`` document; raises InvalidQuestion.

    Without its own question Skatteverket's part makes Försäkringskassan refuse the whole with no reason
    given, so it is not written without years and parts.
    """
    check_skv(question)
    return document.write(question, NAMESPACE, {**document.DETAILS, Agency.SKV: _skv})


def read(root: etree._Element) -> Answer | Fault:
    """Split an answer, bare or in a SOAP envelope; raises MalformedAnswer if it is none."""
    return document.read(root, NAMESPACE, {Agency.SKV: _split_skv})


def _skv(parent: Element, question: Question, period: Period) -> None:
    element = parent.add("fraga")
    for year in question.skv_years:
        element.add("ar", str(year))
    for part in SKV_PARTS:
        element.add(part, "true" if part in question.skv_parts else "false")


def _split_skv(element: etree._Element) -> etree._Element | Failure:
    """The element itself, whose parts each have data or an error of their own; or one error for all."""
    error = element.find(f"{{{NAMESPACE}}}error")
    return element if error is None else failure(error)
