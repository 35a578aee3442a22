"""CSN: a document of its own in base64, in one of three namespaces, under one result code."""

from collections.abc import Collection, Iterator, Mapping

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.agencies.csn_cases import BLOCKS, LIST, Block, blocks
from shs_adapter.ssbtek.agencies.csn_subs import Said, Support, subs
from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.bounds import MARKUP_INSIDE
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Transience, distinct
from shs_adapter.ssbtek.notes import Deviation, Notes, is_whole
from shs_adapter.ssbtek.reading import decoded, elements, only, plain, text, token
from shs_adapter.ssbtek.rows import Row
from shs_adapter.xml import local_name, parse

_V4 = "{http://schema.csn.se/v4.0/kommunfraga}CSNSvar"
_ROOTS = {"CSNSvar", "{http://schema.csn.se/v3.0/kommunfraga}CSNSvar", _V4}
_ADDED_IN_V4 = "Omstallningsstudiestod"
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
_UNEXPLAINED = {"-1003"}  # named in the list of codes, and nowhere told


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``CSNSvar``. A coordination number fits no version's schema; what comes is compared."""
    answer = document(data)
    people = elements(answer, "Personer", "Person")
    code = text(answer, "GemensamtSvarEkbistand", "Resultat", "ResultatKod")
    beside = _beside(answer)
    rows = [beside, *_persons(people, beside.notes)]
    found = tuple(block for person in rows[1:] for block in blocks(person))
    for row in rows:
        row.close()
    supports = _supports(_announced(people), found, knows_all=answer.tag == _V4)
    statuses = {person.get("Status", "").strip().casefold() for person in people}
    deviations = tuple(noted for row in rows for noted in row.deviations)
    worth = _worth(code, statuses, supports, deviations)
    return Finding(
        outcome=worth.outcome,
        felkod=code if worth.outcome is Outcome.ERROR else None,
        status=worth.status,
        transience=worth.transience,
        protected=any(person.get("sekretess", "").strip() for person in people),
        version=token(version) if (version := answer.get("schemaVersion")) else None,
        persons=tuple(identity for person in people if (identity := _identity(person))),
        subs=distinct(subs(_said(code, worth.outcome, statuses), supports)),
        payments=tuple(payment for block in found for payment in block.payments),
        facts=tuple(fact for block in found for fact in block.facts),
        deviations=deviations,
    )


def _transience(code: str) -> Transience:
    if code in _PASSING:
        return Transience.TRANSIENT
    return Transience.DOUBTFUL if code in _UNEXPLAINED else Transience.PERMANENT


def document(data: etree._Element) -> etree._Element:
    """The root of the inner document, whichever version it has."""
    root = parse(decoded(only(data, "svar")), MARKUP_INSIDE)
    if root.tag not in _ROOTS:
        raise MalformedAnswer("csn_version", "CSNSvar")
    return root


def _beside(answer: etree._Element) -> Row:
    """What stands beside the persons."""
    whole = Row(answer, "CSNSvar")
    whole.skip("GemensamtSvarEkbistand", "GemensamtFragaEkbistand")
    for part in whole.containers("Personer"):
        part.skip("Person")
    return whole


def _persons(people: list[etree._Element], notes: Notes) -> Iterator[Row]:
    """Each person, if they are not too many; paths begin there."""
    if notes.has_room(len(people), "Person"):
        for place, person in enumerate(people, 1):
            yield Row(person, "Person" if len(people) == 1 else f"Person[{place}]", notes.tally)


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
    broken = {block.name.casefold() for block in found if not _is_whole(block)}
    known = {name.casefold(): name for name in BLOCKS}
    unnamed = set() if knows_all else {_ADDED_IN_V4.casefold()} - {*announced, *holding}
    names = {small: small for small in announced} | holding | known
    return tuple(
        Support(
            name=names[small],
            is_announced=announced.get(small),
            has_case=small in holding,
            is_whole=small not in broken,
        )
        for small in dict.fromkeys((*known, *names))
        if small not in unnamed
    )


def _is_whole(block: Block) -> bool:
    """Without a case, whatever stands in the block says something that is not known."""
    deviations = [noted for row in block.rows for noted in row.deviations]
    return is_whole(deviations) if block.facts else not deviations


def _worth(
    code: str,
    statuses: Collection[str],
    supports: tuple[Support, ...],
    deviations: tuple[Deviation, ...],
) -> Worth:
    """The worth by the code, if nothing gainsays it; what is noted may be anything but nothing."""
    told = Outcome.DATA if code == _NORMAL else _CODES.get(code)
    if told is None:
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.DOUBTFUL)
    if told in {Outcome.ERROR, Outcome.PARTIAL}:
        return Worth(told, code, _transience(code))
    if any(support.is_announced and not support.has_case for support in supports):
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.DOUBTFUL)  # announced and not delivered
    content = _content(statuses, supports) if code == _NORMAL else told
    something = bool(deviations) or any(support.has_case for support in supports)
    if not all(support.is_whole for support in supports) or (content is Outcome.EMPTY and something):
        content = Outcome.PARTIAL
    return settled(content, code, deviations)


def _content(statuses: Collection[str], supports: tuple[Support, ...]) -> Outcome:
    """What an answer with a good code holds, by the person's status and the list of what there is."""
    if set(statuses) == {_NOBODY}:
        return Outcome.EMPTY
    if set(statuses) != {""}:
        return Outcome.PARTIAL
    if any(support.has_case for support in supports):
        return Outcome.DATA
    listed = any(support.is_announced is not None for support in supports)
    return Outcome.EMPTY if listed else Outcome.PARTIAL


def _said(code: str, outcome: Outcome, statuses: Collection[str]) -> Said:
    return Said(
        code=code,
        outcome=outcome,
        is_trusted=code in {_NORMAL, *_CODES} and {"", _NOBODY}.issuperset(statuses),
        is_denied=_CODES.get(code) is Outcome.EMPTY or set(statuses) == {_NOBODY},
    )


def _identity(person: etree._Element) -> str:
    return (person.get("sekel", "") + person.get("personnummer", "")).replace(" ", "")
