"""The SSBTEK behind the sandbox's node: a question in, and what comes back for it, and when.

Nothing here shares code with `shs_adapter.ssbtek`, which it is there to exercise. Its codes of failure
begin with SANDBOX- or LEFI-, but for the few real ones that are known: Försäkringskassan publishes no list.
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lxml import etree

from shs_adapter.errors import Malformed
from shs_adapter.sandbox.agencies import AGENCIES, af, so, tns
from shs_adapter.sandbox.agencies.asking import V10, Asking, Content, Parts, Question, Refusal
from shs_adapter.sandbox.agencies.dates import Period
from shs_adapter.sandbox.agencies.markup import leaves, node, written
from shs_adapter.sandbox.agencies.question import SOAP, opened, read
from shs_adapter.sandbox.cast import CAST, Person, find
from shs_adapter.sandbox.deviations import deviate
from shs_adapter.sandbox.faults import Fault
from shs_adapter.sandbox.lives import NOTHING


@dataclass(frozen=True, slots=True)
class Answer:
    """A message with this data part, to be sent after the delay."""

    payload: bytes = field(repr=False)
    delay: timedelta


@dataclass(frozen=True, slots=True)
class Error:
    """An SHS error message instead of an answer; *code* is SHS's own."""

    code: str
    delay: timedelta


class Memory:
    """Which korrelationsid was the first in a case about a person, for what passes when asked again."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], str | None] = {}

    def is_first(self, asked: Question) -> bool:
        """Whether *asked* has the first korrelationsid; a question that is sent again still has it."""
        about = (asked.person, asked.case)
        return self._first.setdefault(about, asked.correlation_id) == asked.correlation_id


_SWEDEN = ZoneInfo("Europe/Stockholm")
_UNDELIVERED = "MissingDeliveryExecution"
_PREFIXES = {
    "soap": SOAP,  # named in the text of `faultcode`
    "af": af.AF,
    "so": so.SO,
    "tns": tns.TNS,
    "fordon": tns.VEHICLE,
}
_OTHER = "SANDBOX-OTHER"
_TIMEOUT = Refusal("SSBT", "SANDBOX-TIMEOUT", "Bastjänsten svarade inte i tid.")
_TECHNICAL = Refusal("BT", "SANDBOX-TEKNISKT-FEL", "Tekniskt fel i bastjänsten.")
_BROKEN_AGENCIES = {
    Fault.SSBT_TIMEOUT: ("AF", _TIMEOUT),
    Fault.PASSING: ("AF", _TIMEOUT),
    Fault.BT_ERROR: ("SKV", _TECHNICAL),
    Fault.SKV_FAULT: ("SKV", Refusal("BT", "9071999", "Tekniskt fel.")),  # from Skatteverket's range
    Fault.MIV_FAULT: ("MIV", _TECHNICAL),
}
_SPEAK_UNASKED = ("AF", "CSN", "SO", "TNS", "MIV")  # those that need no more than the general question


def react(
    question: bytes,
    *,
    now: datetime,
    faults: Collection[Fault] = (),
    late: timedelta,
    memory: Memory | None = None,
) -> tuple[Answer | Error, ...]:
    """What the asker gets for *question*: usually one answer, perhaps none, perhaps the same twice.

    *faults* happen beside the fault of the person asked about; of several, the one wins that leaves less of
    an answer. *late* is how long a late answer takes; without a *memory*, every question is the first. A
    question that cannot be read raises nothing: it is answered with a SOAP fault, whose felkod says what is
    wrong with it.
    """
    namespace = V10  # for what cannot even be opened
    try:
        body = opened(question)
        namespace = str(etree.QName(body).namespace)
        asked = read(body)
    except Malformed as refused:
        return _deliver(_fault(namespace, refused.code), frozenset(faults), late)
    person = find(asked.person) or Person(asked.person, "", "Unknown to all agencies.", NOTHING)
    active = {person.fault, *faults}
    if Fault.PASSING in active and memory and not memory.is_first(asked):
        active.discard(Fault.PASSING)
    if Fault.SOAP_FAULT in active:
        return _deliver(_fault(namespace, "internal"), active, late)
    return _deliver(_answer(asked, person, now.astimezone(_SWEDEN).date(), active), active, late)


def _deliver(payload: bytes, active: Collection[Fault], late: timedelta) -> tuple[Answer | Error, ...]:
    if Fault.SILENT in active:
        return ()
    delay = late if Fault.LATE in active else timedelta(0)
    reaction = Error(_UNDELIVERED, delay) if Fault.SHS_ERROR in active else Answer(payload, delay)
    return (reaction, reaction) if Fault.TWICE in active else (reaction,)


def _answer(asked: Question, person: Person, today: date, active: Collection[Fault]) -> bytes:
    subject = _somebody_else(person) if Fault.WRONG_PERSON in active else person
    heard = replace(
        asked,
        case=_OTHER if Fault.WRONG_CASE in active else asked.case,
        correlation_id=_OTHER if Fault.WRONG_CORRELATION in active else asked.correlation_id,
    )
    broken = dict(_BROKEN_AGENCIES[fault] for fault in _BROKEN_AGENCIES if fault in active)
    results = []
    for name, period in _answering(asked, active).items():
        asking = Asking(heard, period, subject, today, frozenset(active))
        outcome = broken.get(name) or AGENCIES[asked.namespace][name](asking)
        result = _result(asked.namespace, name, outcome)
        deviate(name, result, active)
        results.append(result)
    response = node(
        asked.namespace,
        "hamtaBastjanstInformationResponse",
        [node(asked.namespace, "fraga", map(deepcopy, asked.repeated))] if asked.repeated else (),
        leaves(asked.namespace, frageTidpunkt=asked.asked_at, korrelationsid=heard.correlation_id),
        [node(asked.namespace, "svarsdata", results)],
    )
    return _written(_enveloped(response) if asked.enveloped else response, asked.namespace)


def _answering(asked: Question, active: Collection[Fault]) -> Mapping[str, Period]:
    """The agencies that answer, in the order of the contract."""
    answering = dict(asked.asked)
    if Fault.MISSING in active and answering:
        answering.popitem()
    if Fault.UNASKED in active:
        idle = [name for name in _SPEAK_UNASKED if name not in asked.asked]
        answering |= dict.fromkeys(idle[:1], asked.period)
    return {name: answering[name] for name in AGENCIES[asked.namespace] if name in answering}


def _somebody_else(person: Person) -> Person:
    return next(other for other in CAST if other.number != person.number)


def _result(namespace: str, name: str, outcome: Content | Parts | Refusal) -> etree._Element:
    match outcome:
        case Refusal():
            return node(namespace, name, [outcome.element(namespace)])
        case Parts(elements):
            return node(namespace, name, elements)
    return node(namespace, name, [node(namespace, "data", outcome)])


def _fault(namespace: str, code: str) -> bytes:
    """As real ones, it says little to the reader: an internal error, with a code to look up."""
    text = "Internal error"
    detail = leaves(namespace, felkod=f"SANDBOX-{code.upper()}", felmeddelande=text)
    fault = node(
        SOAP,
        "Fault",
        leaves(None, faultcode="soap:Server", faultstring=text),
        [node(None, "detail", [node(namespace, "hamtaBastjanstInformationFault", detail)])],
    )
    return _written(_enveloped(fault), namespace)


def _enveloped(body: etree._Element) -> etree._Element:
    return node(SOAP, "Envelope", [node(SOAP, "Body", [body])])


def _written(document: etree._Element, namespace: str) -> bytes:
    return written(document, {"ssbt": namespace, **_PREFIXES})
