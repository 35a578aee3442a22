"""Försäkringskassan and Pensionsmyndigheten: LEFI's answer, JSON in base64.

Two levels of failure hide in it: a supplier that is down delivers nothing and is noted only in the list of
suppliers; a part of one that is down is a deviation.
"""

from collections.abc import Collection, Mapping
from typing import Any

from lxml import etree

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.agencies import lefi_state, pm
from shs_adapter.ssbtek.agencies.fk_decisions import CASES, PROGRAM_DAYS, decisions, program_days
from shs_adapter.ssbtek.agencies.fk_payments import LISTS, payments
from shs_adapter.ssbtek.agencies.lefi_shapes import Delivery, delivered
from shs_adapter.ssbtek.agencies.lefi_state import ABOUT_THE_ANSWER, OK, State
from shs_adapter.ssbtek.agencies.lefi_subs import subs
from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.facts import FkDecision, Payment
from shs_adapter.ssbtek.finding import Asked, Finding, Outcome, distinct
from shs_adapter.ssbtek.notes import Deviation, Notes
from shs_adapter.ssbtek.reading import decoded, only, words
from shs_adapter.ssbtek.record import Record, parsed

_ANSWER = "lefiJsonSvar"
_INFORMATION = "formansinformation"
_KNOWN = {_INFORMATION, *pm.LISTS, *ABOUT_THE_ANSWER}
_PERSON = "generellPersoninformation"
# Known to the contract, with no table of their own.
_UNTOLD = words(
    "intjanandebehallning intjanandeuppgift levnadsintygsuppgift programanvisning skatteuppgift "
    "sjukOchAktivitetsersattningSteglosAvrakningHistorik sjukOchAktivitetsersattningSteglosAvrakningNulage "
    "sjukpenninggrundandeInkomstuppgift studiemedelsavisering underhallsskuld"
)
_KNOWN_INFORMATION = (*LISTS, *CASES, PROGRAM_DAYS, _PERSON, *_UNTOLD)
_PROGRAM_GROUP = frozenset({"PJOB"})


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``LefiExternFormansinformationSvar``; the person comes back only in general information."""
    answer = document(data, notes := Notes())
    state = lefi_state.read(answer)
    beside = Record(answer, "", notes)
    stray = beside.strangers(_KNOWN)
    information = Record(answer, "", Notes(notes.tally)).record(_INFORMATION, _KNOWN_INFORMATION)
    identities, is_protected = _people(information)
    fk, pensions = _deliver(answer, information), pm.deliver(answer, Notes(notes.tally))
    deviations = (*beside.notes.deviations, *fk.notes.deviations, *pensions.notes.deviations)
    worth = _worth(state, _content(answer), deviations)
    return Finding(
        outcome=worth.outcome,
        status=worth.status,
        transience=worth.transience,
        protected=is_protected,
        persons=identities,
        subs=distinct(subs(state, {"FK": fk, "PM": pensions}, stray, asked.benefit_groups)),
        payments=fk.payments + pensions.payments,
        facts=fk.facts + pensions.facts,
        deviations=deviations,
    )


def document(data: etree._Element, notes: Notes) -> dict[str, Any]:
    """LEFI's answer."""
    answer = parsed(decoded(only(data, _ANSWER)), _ANSWER, notes)
    if not isinstance(answer, dict):
        raise MalformedAnswer("json", _ANSWER)
    return answer


def _people(information: Record) -> tuple[tuple[str, ...], bool]:
    """Their identities, and whether one of them is protected: what cannot be read protects."""
    told = information.value(_PERSON)
    alone = isinstance(told, dict)  # an object where a list should be
    people = (information.record(_PERSON),) if alone else information.records(_PERSON)
    is_readable = (
        told is None or alone or (isinstance(told, list) and all(isinstance(one, dict) for one in told))
    )
    flags = [person.truth("skyddad") for person in people if person.value("skyddad") is not None]
    identities = [person.text("personnummer") for person in people]
    return tuple(filter(None, identities)), not (is_readable and all(flag is False for flag in flags))


def _deliver(answer: Mapping[str, Any], information: Record) -> Delivery:
    paid, decided = tuple(payments(information)), tuple(decisions(information))
    days = tuple(program_days(information))
    return Delivery(
        outcome=delivered({_INFORMATION: answer.get(_INFORMATION)}),
        notes=information.notes,
        payments=paid,
        facts=(*filter(None, decided), *days),
        named=(*map(_families, paid), *map(_family, decided), *(_PROGRAM_GROUP for _ in days)),
    )


def _families(payment: Payment) -> frozenset[str]:
    codes = (payment.benefit_code, *(part.benefit_code for part in payment.parts))
    return frozenset(filter(None, codes))


def _family(decision: FkDecision | None) -> frozenset[str]:
    return frozenset({decision.benefit_code} if decision and decision.benefit_code else ())


def _content(answer: Mapping[str, Any]) -> Outcome:
    return delivered({name: value for name, value in answer.items() if name not in ABOUT_THE_ANSWER})


def _worth(state: State, content: Outcome, deviations: Collection[Deviation]) -> Worth:
    shortage = lefi_state.shortage(state)
    if shortage is None:
        return settled(content, OK, deviations)
    down = lefi_state.nobody(state) and content is Outcome.EMPTY
    return Worth(Outcome.ERROR if down else Outcome.PARTIAL, shortage, lefi_state.transience(state))
