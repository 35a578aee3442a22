"""Skatteverket, v11: up to five parts, each with data of its own (JSON in base64) or an error of its own.

Reconstructed by others, like the contract it belongs to (ssbtek-data f). A part that is not found (404) is
an ERROR and not asked again: whether it means "nothing here" only Försäkringskassan can say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.agencies.skv11_values import ABOUT_THE_ANSWER, Values, values
from shs_adapter.ssbtek.agencies.worth import settled
from shs_adapter.ssbtek.facts import SkvPart
from shs_adapter.ssbtek.failure import UNDECODABLE, Failure, failure
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Sub, Transience
from shs_adapter.ssbtek.notes import TOO_MANY, Deviation, Notes
from shs_adapter.ssbtek.question import SKV_PARTS
from shs_adapter.ssbtek.reading import decoded, elements
from shs_adapter.ssbtek.record import holds_anything, parsed
from shs_adapter.ssbtek.rows import Row
from shs_adapter.xml import local_name

_ABSENT = "missing"  # our own code
_NOT_FOUND = "404"
_NOTHING = Values()
_LEAST_PERMANENT_FIRST = (Transience.TRANSIENT, Transience.DOUBTFUL, Transience.PERMANENT)


@dataclass(frozen=True, slots=True)
class _Part:
    """*failure* stands in the place of data; *values* and *deviations* are of what could be read."""

    name: str
    outcome: Outcome
    transience: Transience | None = None
    failure: Failure | None = None
    content: str | None = field(default=None, repr=False)
    values: Values = _NOTHING
    deviations: tuple[Deviation, ...] = ()


def judge(skv: etree._Element, asked: Asked) -> Finding:
    """Judge the element ``SKV`` itself; a part that nobody asked for is noted and not read.

    Where *asked* names no parts, those that came are taken for the ones asked.
    """
    wanted = [
        name for name in SKV_PARTS if (name in asked.skv_parts if asked.skv_parts else elements(skv, name))
    ]
    if not wanted:
        raise MalformedAnswer("skv_answer", "SKV")
    rest = Row(skv)
    rest.skip(*wanted)
    rest.close()
    parts = [_part(name, elements(skv, name)) for name in wanted]
    outcome, first = _outcome(parts, rest), next((part.failure for part in parts if part.failure), None)
    is_partial = outcome is Outcome.PARTIAL
    return Finding(
        outcome=outcome,
        kalla=first.kalla if first and not is_partial else None,
        felkod=first.felkod if first and not is_partial else None,
        status=(first.felkod if first else UNKNOWN) if is_partial else None,
        transience=_transience(parts),
        persons=tuple(person for part in parts for person in part.values.persons),
        subs=tuple(_sub(part) for part in parts),
        facts=tuple(fact for part in parts for fact in (*_raw(part), *part.values.facts)),
        deviations=(*rest.deviations, *(noted for part in parts for noted in part.deviations)),
    )


def _part(name: str, found: list[etree._Element]) -> _Part:
    if not found:
        absent = Failure(None, _ABSENT)
        return _Part(name, Outcome.MISSING, absent.transience, absent)
    error = found[0].find("{*}error")
    if len(found) > 1 or (error is None and _children(found[0]) != ["data"]):
        return _failed(name, Failure(None, UNDECODABLE))
    if error is not None:
        return _failed(name, failure(error))
    try:
        raw = decoded(elements(found[0], "data")[0])
        content = parsed(raw, name, notes := Notes())
    except MalformedAnswer as malformed:
        too_many = (Deviation(TOO_MANY, name),) if malformed.code == TOO_MANY else ()
        return replace(_failed(name, Failure(None, UNDECODABLE)), deviations=too_many)
    read = values(name, content, notes)
    held = holds_anything(content, ABOUT_THE_ANSWER)
    worth = settled(Outcome.DATA if held else Outcome.EMPTY, None, notes.deviations)
    return _Part(
        name,
        worth.outcome,
        worth.transience,
        content=None if worth.outcome is Outcome.EMPTY else raw.decode(),
        values=read,
        deviations=notes.deviations,
    )


def _failed(name: str, failed: Failure) -> _Part:
    transience = Transience.PERMANENT if failed.felkod == _NOT_FOUND else failed.transience
    return _Part(name, Outcome.ERROR, transience, failed)


def _children(element: etree._Element) -> list[str]:
    return [local_name(child) for child in element.iterchildren("{*}*")]


def _outcome(parts: Sequence[_Part], rest: Row) -> Outcome:
    if all(part.failure for part in parts):
        return Outcome.ERROR
    if any(part.failure or part.outcome is Outcome.PARTIAL for part in parts):
        return Outcome.PARTIAL
    says_anything = any(part.outcome is Outcome.DATA for part in parts)
    return settled(Outcome.DATA if says_anything else Outcome.EMPTY, None, rest.deviations).outcome


def _transience(parts: Sequence[_Part]) -> Transience | None:
    """The least permanent: it is enough that one part may come."""
    found = {part.transience for part in parts}
    return next((transience for transience in _LEAST_PERMANENT_FIRST if transience in found), None)


def _sub(part: _Part) -> Sub:
    if part.failure and part.outcome is Outcome.ERROR:
        return Sub(name=part.name, outcome=part.outcome, status=part.failure.felkod)
    return Sub(
        name=part.name, outcome=part.outcome, status=UNKNOWN if part.outcome is Outcome.PARTIAL else None
    )


def _raw(part: _Part) -> tuple[SkvPart, ...]:
    return (SkvPart(part=part.name, content=part.content),) if part.content is not None else ()
