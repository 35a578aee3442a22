"""What holds of the XML decoders whatever comes: AF, SKV (v10), SO, TNS and MIV."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter import xml
from shs_adapter.errors import Malformed
from shs_adapter.ssbtek.contracts import v10
from shs_adapter.ssbtek.finding import Finding, Outcome
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import (
    NAMESPACE,
    NOTHING,
    PERSON,
    SO_PAYMENT,
    SOMETHING,
    TNS_VEHICLES,
    af,
    af_report,
    asked,
    data,
    fund,
    noted,
    skv,
    so,
    tns,
)

AGENCIES = [Agency.AF, Agency.SKV, Agency.SO, Agency.TNS, Agency.MIV]
FAILING: Mapping[Agency, tuple[str, ...]] = {
    Agency.AF: (af(af_report("502")), af(code="7")),
    Agency.SKV: (skv("", status="999"), data("<MeddelandeKod>9071001</MeddelandeKod>")),
    Agency.SO: (so(fund("?")), so(fund("klar"), fund("?", SO_PAYMENT.replace("2026-11-03", "?")))),
    Agency.TNS: (tns("FEL"), tns("KANSKE", TNS_VEHICLES)),
    Agency.MIV: (data("<e><faultCode>F-1</faultCode></e>"),),
}
GRAVE = {"unreadable", "incomplete"}


def part_data(part: str) -> etree._Element:
    root = xml.parse(f'<s:x xmlns:s="{NAMESPACE}">{part}</s:x>'.encode())
    (found,) = root
    return found


def opened(agency: Agency, part: str) -> etree._Element:
    """The document to be damaged: the one inside the string, at Skatteverket."""
    whole = part_data(part)
    inner = whole.find("svar") if agency is Agency.SKV else None
    return whole if inner is None else xml.parse_text(inner.text or "")


def closed(agency: Agency, document: etree._Element) -> etree._Element:
    if agency is not Agency.SKV or xml.local_name(document) == "data":
        return document
    whole = part_data(data("<svar/>"))
    whole[0].text = etree.tostring(document, encoding="unicode")
    return whole


def judged(agency: Agency, document: etree._Element) -> Finding | None:
    """The finding, or None if the document is malformed; nothing else may be raised."""
    try:
        return v10.JUDGES[agency](closed(agency, document), asked(agency))
    except Malformed:
        return None


TEXTS = st.sampled_from(["", " ", "~", "0", "1", "OK", "200", "2026-11-03", "12,5", PERSON, "å"])


class Damage(NamedTuple):
    place: int
    kind: str
    text: str


def _remove(element: etree._Element, text: str) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _repeat(element: etree._Element, text: str) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.append(etree.fromstring(etree.tostring(element, with_tail=False)))


def _rename(element: etree._Element, text: str) -> None:
    if element.getparent() is not None:
        element.tag = "Annat"


def _rewrite(element: etree._Element, text: str) -> None:
    if not len(element):
        element.text = text


def _nest(element: etree._Element, text: str) -> None:
    etree.SubElement(element, "Nytt").text = text


def _trail(element: etree._Element, text: str) -> None:
    if element.getparent() is not None:
        element.tail = text


DAMAGES: Mapping[str, Callable[[etree._Element, str], None]] = {
    "remove": _remove,
    "repeat": _repeat,
    "rename": _rename,
    "rewrite": _rewrite,
    "nest": _nest,
    "trail": _trail,
}
ADDING = ["repeat", "nest", "trail"]


def damages(kinds: list[str]) -> st.SearchStrategy[list[Damage]]:
    return st.lists(
        st.builds(Damage, st.integers(0, 40), st.sampled_from(kinds), TEXTS), min_size=1, max_size=5
    )


def damaged(document: etree._Element, each: list[Damage]) -> etree._Element:
    for place, kind, text in each:
        elements = list(document.iter("{*}*"))
        DAMAGES[kind](elements[place % len(elements)], text)
    return document


@settings(max_examples=300)
@given(
    agency=st.sampled_from(AGENCIES),
    examples=st.sampled_from([SOMETHING, NOTHING]),
    each=damages(list(DAMAGES)),
)
def test_a_damaged_answer_is_malformed_or_judged_by_what_was_noted(
    agency: Agency, examples: Mapping[Agency, str], each: list[Damage]
) -> None:
    finding = judged(agency, damaged(opened(agency, examples[agency]), each))

    if finding is not None:
        kinds = {kind for kind, _ in noted(finding)}
        assert PERSON not in repr(finding) + repr(finding.subs) + repr(finding.facts)
        if finding.outcome is Outcome.EMPTY:
            assert not kinds & {*GRAVE, "unexpected"}
        if finding.outcome is Outcome.DATA:
            assert not kinds & GRAVE
        assert (finding.transience is None) is (finding.outcome in {Outcome.DATA, Outcome.EMPTY})


@settings(max_examples=300)
@given(agency=st.sampled_from(AGENCIES), which=st.integers(0, 1), each=damages(ADDING))
def test_a_failure_with_anything_added_never_becomes_nothing(
    agency: Agency, which: int, each: list[Damage]
) -> None:
    failing = FAILING[agency][which % len(FAILING[agency])]

    finding = judged(agency, damaged(opened(agency, failing), each))

    assert finding is None or finding.outcome is not Outcome.EMPTY


def names(agency: Agency) -> list[str]:
    documents = [opened(agency, part) for part in (SOMETHING[agency], *FAILING[agency])]
    return sorted({xml.local_name(element) for document in documents for element in document.iter("{*}*")})


class Tree(NamedTuple):
    tag: str
    text: str
    below: list["Tree"]


def trees(agency: Agency) -> st.SearchStrategy[Tree]:
    tags = st.sampled_from([*names(agency), "Annat"])
    return st.recursive(
        st.builds(Tree, tags, TEXTS, st.just([])),
        lambda inner: st.builds(Tree, tags, TEXTS, st.lists(inner, max_size=4)),
        max_leaves=15,
    )


def grown(tree: Tree) -> etree._Element:
    element = etree.Element(tree.tag)
    element.text = tree.text
    element.extend(map(grown, tree.below))
    return element


@pytest.mark.parametrize("agency", AGENCIES)
def test_a_tree_of_any_form_is_malformed_or_judged(agency: Agency) -> None:
    @settings(max_examples=150)
    @given(each=st.lists(trees(agency), max_size=4))
    def holds(each: list[Tree]) -> None:
        document = etree.Element("data" if agency is not Agency.SKV else opened(agency, NOTHING[agency]).tag)
        document.extend(map(grown, each))

        finding = judged(agency, document)

        if finding is not None and finding.outcome is Outcome.EMPTY:
            assert not {kind for kind, _ in noted(finding)} & {*GRAVE, "unexpected"}
        if finding is not None and finding.outcome is Outcome.DATA:
            assert not {kind for kind, _ in noted(finding)} & GRAVE

    holds()
