"""Skatteverket, v10: a document of its own inside a string, with a status code per block.

No schema of it is public. 0 is the only status known to be good. Any other is PERMANENT: nobody says what
they mean (the public example has 999), each person's would be asked about again and again, so a human looks.
"""

import re
from dataclasses import dataclass

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.bounds import MARKUP_INSIDE
from shs_adapter.ssbtek.facts import SkvCapital
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Sub, Transience, numbered
from shs_adapter.ssbtek.reading import delivered, elements, only, plain, texts, token
from shs_adapter.ssbtek.rows import Row
from shs_adapter.xml import local_name, parse_text

_ROOT = "SvarBeskattningsuppgifterEnligtSFS2008-975"
_IDENTITY = "IdentitetsbeteckningFysiskPerson"
_STATUS = re.compile("Status.*Kod")
_NORMAL = "0"
_BLOCK = "Personuppgift"
_UNREAD = Worth(Outcome.PARTIAL, UNKNOWN, Transience.PERMANENT)


@dataclass(frozen=True, slots=True)
class _Person:
    row: Row
    code: str | None
    capital: tuple[SkvCapital, ...]


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``BeskattningsuppgifterResponse``; a fault of the service may stand in its place."""
    answer = document(data) if elements(data, "svar") else data
    fault = answer.find(".//{*}MeddelandeKod")
    if fault is not None:
        return Finding(outcome=Outcome.ERROR, felkod=token(fault.text), transience=Transience.DOUBTFUL)
    if local_name(answer) != _ROOT:
        raise MalformedAnswer("skv_answer", _ROOT)
    statuses = [element for element in answer.iter("{*}*") if _STATUS.fullmatch(local_name(element))]
    good = bool(statuses) and all(plain(status) == _NORMAL for status in statuses)
    about = {_IDENTITY, "Fornamn", "Efternamn", *map(local_name, statuses)}
    whole = Row(answer)
    people = [_person(row) for row in whole.listed("PersonuppgiftLista", _BLOCK)]
    beside = Row(data if answer is not data else None, tally=whole.notes.tally)
    beside.skip("svar")
    for row in (whole, beside):
        row.close()
    deviations = (*whole.deviations, *beside.deviations)
    worth = settled(delivered(answer, {"Kapitaluppgift"}, about), _NORMAL, deviations) if good else _UNREAD
    return Finding(
        outcome=worth.outcome,
        status=worth.status,
        transience=worth.transience,
        persons=texts(answer, "PersonuppgiftLista", _BLOCK, _IDENTITY),
        subs=tuple(
            Sub(name=name, outcome=worth.outcome, status=worth.status)
            for name, worth in zip(numbered(_BLOCK for _ in people), map(_worth, people), strict=True)
        ),
        facts=tuple(fact for person in people for fact in person.capital),
        deviations=deviations,
    )


def document(data: etree._Element) -> etree._Element:
    """The root of the document in the string."""
    return parse_text(plain(only(data, "svar")), MARKUP_INSIDE)


def _person(row: Row) -> _Person:
    row.skip(_IDENTITY, "Fornamn", "Efternamn")
    status = row.text("StatusPersonuppgiftKod")
    code = token(status) if status else None
    return _Person(
        row=row,
        code=code,
        capital=tuple(
            SkvCapital(
                tax_year=each.whole("Taxeringsar"),
                income=each.amount("SummaIntakterPaKapital"),
                surplus=each.amount("OverskottPaKapital"),
                status_code=code,
            )
            for each in row.filled("Kapitaluppgift")
        ),
    )


def _worth(person: _Person) -> Worth:
    if person.code != _NORMAL:
        return Worth(Outcome.PARTIAL, person.code or UNKNOWN)
    return settled(Outcome.DATA if person.capital else Outcome.EMPTY, _NORMAL, person.row.deviations)
