"""The LEFI v9 question inside Försäkringskassan's part, and what LEFI turns down.

LEFI is a REST service with statuses of its own; its 400 and 403 reach the asker as an agency error.
"""

from base64 import b64decode
from datetime import date
from typing import Annotated, Any

import msgspec

from shs_adapter.sandbox.agencies.asking import Asking, Refusal
from shs_adapter.sandbox.agencies.dates import Period, shift
from shs_adapter.sandbox.agencies.question import YEARS

_FK = (
    "FK:(ABB|AP|AS|BOB|BST|BTI|DPE|EJO|ET|FP|FSJP|GP|HE|MABB|MEK|NP|OMV"
    "|PJOB|PROG|RBE|SA|SBP|SJP|TFP|US|VB|YL)"
)
_PM = "PM:(AP|BTI|EF)"
_OTHER = "FK:(GEPI|PANV|SGI|SKUP|STAV)|PM:(LINT|PBH|PU)"

_FkCodes = frozenset[Annotated[str, msgspec.Meta(pattern=rf"\A{_FK}\Z")]]
_PmCodes = frozenset[Annotated[str, msgspec.Meta(pattern=rf"\A{_PM}\Z")]]
_PaymentCodes = frozenset[Annotated[str, msgspec.Meta(pattern=rf"\A({_FK}|{_PM})\Z")]]
_OtherCodes = frozenset[Annotated[str, msgspec.Meta(pattern=rf"\A({_OTHER})\Z")]]

# Headings of benefit groups, and the fields below that hold them.
_HEADINGS = {
    "formansinformation": "benefits",
    "ansprak": "claims",
    "beslut": "decisions",
    "preliminaraUtbetalningar": "planned",
    "utbetalningar": "paid",
}
_LONGEST_IN_MONTHS = 24

_VERSION = Refusal("BT", "LEFI-VERSION", "Versionen av LEFI finns inte.")
_BAD = Refusal("BT", "LEFI-400", "Felaktiga indata.")
_FORBIDDEN = Refusal("BT", "LEFI-403", "Ej behörig.")


class _Between(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="tom")


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What LEFI looks up: the codes asked for under each of its six headings, within the period."""

    person: Annotated[str, msgspec.Meta(pattern=r"\A([0-9]{2})?[0-9]{10}\Z")] = msgspec.field(
        name="personnummer"
    )
    between: _Between = msgspec.field(name="period")
    benefits: _FkCodes = msgspec.field(name="formansinformation", default=frozenset())
    claims: _PmCodes = msgspec.field(name="ansprak", default=frozenset())
    decisions: _PmCodes = msgspec.field(name="beslut", default=frozenset())
    planned: _PaymentCodes = msgspec.field(name="preliminaraUtbetalningar", default=frozenset())
    paid: _PaymentCodes = msgspec.field(name="utbetalningar", default=frozenset())
    other: _OtherCodes = msgspec.field(name="ovrigInformation", default=frozenset())

    def __repr__(self) -> str:
        return f"Wanted(between={self.between})"

    @property
    def period(self) -> Period:
        return Period(self.between.first, self.between.last)


def read(asking: Asking) -> Wanted | Refusal:
    """The LEFI question, or LEFI's refusal; a period of exactly two years still passes."""
    call = asking.question.lefi
    if call is None or call.version not in {None, "v9"}:
        return _VERSION
    if not call.actor.strip():
        return _FORBIDDEN
    try:
        wanted = msgspec.json.decode(b64decode("".join(call.encoded.split()), validate=True), type=Wanted)
    except (ValueError, msgspec.MsgspecError):
        return _BAD
    return wanted if _acceptable(wanted, asking.question.person) else _BAD


def deviations(wanted: Wanted, group: str, code: str) -> dict[str, Any]:
    """That a benefit group is not delivered, and why: under every heading that it was asked for."""
    deviation = {"avvikelse": {"kod": code}, "formansgrupp": {"kod": group, "beskrivning": group}}
    return {heading: [deviation] for heading, field in _HEADINGS.items() if group in getattr(wanted, field)}


def without(wanted: Wanted, group: str) -> Wanted:
    fewer = {field: getattr(wanted, field) - {group} for field in _HEADINGS.values()}
    return msgspec.structs.replace(wanted, **fewer)


def _acceptable(wanted: Wanted, person: str) -> bool:
    first, last = wanted.between.first, wanted.between.last
    codes = wanted.benefits | wanted.claims | wanted.decisions | wanted.planned | wanted.paid | wanted.other
    return (
        bool(codes)
        and wanted.person in {person, person[2:]}
        and first.year in YEARS
        and first <= last <= shift(first, _LONGEST_IN_MONTHS)
    )
