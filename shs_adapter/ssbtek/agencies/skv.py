"""Skatteverket: a document of its own inside a string, with a status code per block.

No schema of it is public. 0 is the only status known to be good.
"""

import re

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome
from shs_adapter.ssbtek.reading import delivered, elements, only, plain, texts, token
from shs_adapter.xml import local_name, parse_text

_ROOT = "SvarBeskattningsuppgifterEnligtSFS2008-975"
_IDENTITY = "IdentitetsbeteckningFysiskPerson"
_STATUS = re.compile("Status.*Kod")
_NORMAL = "0"


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``BeskattningsuppgifterResponse``; a fault of the service may stand in its place."""
    answer = document(data) if elements(data, "svar") else data
    fault = answer.find(".//{*}MeddelandeKod")
    if fault is not None:
        return Finding(outcome=Outcome.ERROR, felkod=token(fault.text))
    if local_name(answer) != _ROOT:
        raise MalformedAnswer("skv_answer", _ROOT)
    statuses = [element for element in answer.iter("{*}*") if _STATUS.fullmatch(local_name(element))]
    good = bool(statuses) and all(plain(status) == _NORMAL for status in statuses)
    about = {_IDENTITY, "Fornamn", "Efternamn", *map(local_name, statuses)}
    outcome = delivered(answer, rows={"Kapitaluppgift"}, ignoring=about) if good else Outcome.PARTIAL
    return Finding(
        outcome=outcome,
        status=UNKNOWN if outcome is Outcome.PARTIAL else _NORMAL,
        persons=texts(answer, "PersonuppgiftLista", "Personuppgift", _IDENTITY),
    )


def document(data: etree._Element) -> etree._Element:
    """The root of the document in the string."""
    return parse_text(plain(only(data, "svar")))
