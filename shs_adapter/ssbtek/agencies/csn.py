"""CSN: a document of its own in base64, in one of three namespaces, under one result code."""

from collections.abc import Collection, Mapping

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.agencies.csn_cases import BLOCKS, LIST, NUMBERED, Block, blocks
from shs_adapter.ssbtek.agencies.csn_subs import Said, Support, subs
from shs_adapter.ssbtek.branch import Branch
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Transience, distinct
from shs_adapter.ssbtek.notes import Notes
from shs_adapter.ssbtek.reading import decoded, elements, only, plain, text, token
from shs_adapter.xml import local_name, parse

_V4 = "{http://schema.csn.se/v4.0/kommunfraga}CSNSvar"
_ROOTS = {"CSNSvar", "{http://schema.csn.se/v3.0/kommunfraga}CSNSvar", _V4}
_ADDED_IN_V4 = "Omstallningsstudiestod"
_PARTS = ("GemensamtSvarEkbistand", "GemensamtFragaEkbistand", "Personer")
_NORMAL = "0"
_NOBODY = "ej träff"
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
_PASSING = {"-1101", "-1102", "-1103", "-1104"}


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``CSNSvar``. A coordination number fits no version's schema; what comes is compared."""
    answer = document(data)
    people = elements(answer, "Personer", "Person")
    code = text(answer, "GemensamtSvarEkbistand", "Resultat", "ResultatKod")
    notes = Notes()
    found = _found(answer, people, notes)
    supports = _supports(_announced(people), found, knows_all=answer.tag == _V4)
    statuses = {person.get("Status", "").strip().casefold() for person in people}
    deviations = notes.deviations + tuple(each for block in found for each in block.notes.deviations)
    outcome = _worth(code, statuses, supports, strange=bool(deviations))
    understood = outcome is not Outcome.PARTIAL or _CODES.get(code) is Outcome.PARTIAL
    return Finding(
        outcome=outcome,
        felkod=code if outcome is Outcome.ERROR else None,
        status=code if understood else UNKNOWN,
        transience=_transience(code, outcome, supports),
        protected=any(person.get("sekretess", "").strip() for person in people),
        version=token(version) if (version := answer.get("schemaVersion")) else None,
        persons=tuple(identity for person in people if (identity := _identity(person))),
        subs=distinct(subs(_said(code, outcome, statuses), supports)),
        payments=tuple(payment for block in found for payment in block.payments),
        facts=tuple(fact for block in found for fact in block.facts),
        deviations=deviations,
    )


def document(data: etree._Element) -> etree._Element:
    """The root of the inner document, whichever version it has."""
    root = parse(decoded(only(data, "svar")))
    if root.tag not in _ROOTS:
        raise MalformedAnswer("csn_version", "CSNSvar")
    return root


def _found(answer: etree._Element, people: list[etree._Element], notes: Notes) -> tuple[Block, ...]:
    """What each person's kinds of support hold; paths begin at the person."""
    root = Branch(answer, "CSNSvar", notes, NUMBERED)
    root.strangers(_PARTS)
    for part in root.branches("Personer"):
        part.strangers(("Person",))
    return tuple(
        block
        for place, person in enumerate(people, 1)
        for block in blocks(
            Branch(person, "Person" if len(people) == 1 else f"Person[{place}]", notes, NUMBERED)
        )
    )


def _announced(people: list[etree._Element]) -> dict[str, bool]:
    """The kinds of support in the lists, in small letters, and whether a list does not deny them."""
    entries = [entry for person in people for entry in elements(person, LIST, "*")]
    denied = {local_name(entry).casefold(): False for entry in entries}
    return denied | {local_name(entry).casefold(): True for entry in entries if plain(entry) != "0"}


def _supports(
    announced: Mapping[str, bool], found: tuple[Block, ...], *, knows_all: bool
) -> tuple[Support, ...]:
    """Every kind of support that the version, a list or a case names, in that order."""
    holding = {block.name.casefold(): block.name for block in found if block.facts}
    known = {name.casefold(): name for name in BLOCKS}
    unnamed = set() if knows_all else {_ADDED_IN_V4.casefold()} - {*announced, *holding}
    names = {small: small for small in announced} | holding | known
    return tuple(
        Support(
            name=names[small],
            is_announced=announced.get(small),
            has_case=small in holding,
            is_whole=all(_is_whole(block) for block in found if block.name.casefold() == small),
        )
        for small in dict.fromkeys((*known, *names))
        if small not in unnamed
    )


def _is_whole(block: Block) -> bool:
    """Without a case, whatever stands in the block says something that is not known."""
    return block.notes.is_whole and bool(block.facts or not block.notes.deviations)


def _worth(code: str, statuses: Collection[str], supports: tuple[Support, ...], *, strange: bool) -> Outcome:
    """The outcome by the code, if nothing gainsays it; what is *strange* may be anything but nothing."""
    outcome = _content(statuses, supports) if code == _NORMAL else _CODES.get(code, Outcome.PARTIAL)
    something = strange or any(support.is_announced or support.has_case for support in supports)
    if outcome is Outcome.EMPTY and something:
        return Outcome.PARTIAL
    if outcome is Outcome.DATA and not all(support.is_whole for support in supports):
        return Outcome.PARTIAL
    return outcome


def _content(statuses: Collection[str], supports: tuple[Support, ...]) -> Outcome:
    """The worth of an answer with a good code, by the person's status and the list of what there is.

    An entry in that list without a case behind it is something announced and not delivered.
    """
    if any(map(_undelivered, supports)):
        return Outcome.PARTIAL
    if set(statuses) == {_NOBODY}:
        return Outcome.EMPTY
    if set(statuses) != {""}:
        return Outcome.PARTIAL
    if any(support.has_case for support in supports):
        return Outcome.DATA
    listed = any(support.is_announced is not None for support in supports)
    return Outcome.EMPTY if listed else Outcome.PARTIAL


def _undelivered(support: Support) -> bool:
    return bool(support.is_announced) and not support.has_case


def _said(code: str, outcome: Outcome, statuses: Collection[str]) -> Said:
    return Said(
        code=code,
        outcome=outcome,
        is_trusted=code in {_NORMAL, *_CODES} and {"", _NOBODY}.issuperset(statuses),
        is_denied=_CODES.get(code) is Outcome.EMPTY or set(statuses) == {_NOBODY},
    )


def _transience(code: str, outcome: Outcome, supports: tuple[Support, ...]) -> Transience | None:
    if outcome in {Outcome.DATA, Outcome.EMPTY}:
        return None
    if code in _PASSING:
        return Transience.TRANSIENT
    unknown = code not in {_NORMAL, *_CODES}
    unkept = outcome is Outcome.PARTIAL and any(map(_undelivered, supports))
    return Transience.DOUBTFUL if unknown or unkept else Transience.PERMANENT


def _identity(person: etree._Element) -> str:
    return (person.get("sekel", "") + person.get("personnummer", "")).replace(" ", "")
