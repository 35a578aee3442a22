"""CSN: a document of its own in base64, in one of three namespaces, under one result code."""

from collections.abc import Mapping

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome
from shs_adapter.ssbtek.reading import decoded, elements, only, plain, text
from shs_adapter.xml import local_name, parse

_ROOTS = {
    "CSNSvar",
    "{http://schema.csn.se/v3.0/kommunfraga}CSNSvar",
    "{http://schema.csn.se/v4.0/kommunfraga}CSNSvar",
}
_NORMAL = "0"
_CODES: Mapping[str, Outcome] = {
    "-2": Outcome.EMPTY,  # not found
    "-1003": Outcome.ERROR,
    "-1004": Outcome.ERROR,  # personal number
    "-1005": Outcome.ERROR,  # parameters break the contract
    "-1006": Outcome.ERROR,  # period
    "-1007": Outcome.ERROR,  # schema version
    "-1101": Outcome.PARTIAL,  # the system for home equipment loans is down
    "-1102": Outcome.PARTIAL,  # those for student aid are down
    "-1103": Outcome.ERROR,  # all are down
    "-1104": Outcome.PARTIAL,  # that for transition study support is down
}


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``CSNSvar``. A coordination number fits no version's schema; what comes is compared."""
    answer = document(data)
    people = elements(answer, "Personer", "Person")
    code = text(answer, "GemensamtSvarEkbistand", "Resultat", "ResultatKod")
    outcome = _content(people) if code == _NORMAL else _CODES.get(code, Outcome.PARTIAL)
    if outcome is Outcome.EMPTY and _announced(people) | _with_cases(people):
        outcome = Outcome.PARTIAL
    understood = outcome is not Outcome.PARTIAL or _CODES.get(code) is Outcome.PARTIAL
    return Finding(
        outcome=outcome,
        felkod=code if outcome is Outcome.ERROR else None,
        status=code if understood else UNKNOWN,
        protected=any(person.get("sekretess", "").strip() for person in people),
        persons=tuple(identity for person in people if (identity := _identity(person))),
    )


def document(data: etree._Element) -> etree._Element:
    """The root of the inner document, whichever version it has."""
    root = parse(decoded(only(data, "svar")))
    if root.tag not in _ROOTS:
        raise MalformedAnswer("csn_version", "CSNSvar")
    return root


def _content(people: list[etree._Element]) -> Outcome:
    """The worth of an answer with a good code, by the person's status and the list of what there is.

    An entry in that list without a case behind it is something announced and not delivered.
    """
    statuses = {person.get("Status", "").strip().casefold() for person in people}
    delivered = _with_cases(people)
    if _announced(people) - delivered:
        return Outcome.PARTIAL
    if statuses == {"ej träff"}:
        return Outcome.EMPTY
    if statuses != {""}:
        return Outcome.PARTIAL
    if delivered:
        return Outcome.DATA
    return Outcome.EMPTY if _listed(people) else Outcome.PARTIAL


def _listed(people: list[etree._Element]) -> list[etree._Element]:
    return [entry for person in people for entry in elements(person, "Studiestodstypforteckning", "*")]


def _announced(people: list[etree._Element]) -> set[str]:
    """The kinds of support, in small letters, that the list does not deny."""
    return {local_name(entry).casefold() for entry in _listed(people) if plain(entry) != "0"}


def _with_cases(people: list[etree._Element]) -> set[str]:
    """The kinds of support, in small letters, that hold a case."""
    blocks = (block for person in people for block in elements(person, "*"))
    return {local_name(block).casefold() for block in blocks if elements(block, "Arenden", "Arende")}


def _identity(person: etree._Element) -> str:
    return (person.get("sekel", "") + person.get("personnummer", "")).replace(" ", "")
