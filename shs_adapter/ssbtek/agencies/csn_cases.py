"""CSN's cases: what is granted, and what is paid or planned, in whole kronor and ISO weeks.

A total has loans in it; the code of each amount tells which.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from shs_adapter.ssbtek.branch import Branch
from shs_adapter.ssbtek.counting import check_sum, counted
from shs_adapter.ssbtek.facts import CsnCase, CsnGrant, Part, PartKind, Payer, Payment, PaymentStatus
from shs_adapter.ssbtek.notes import UNKNOWN_CODE, Notes
from shs_adapter.ssbtek.record import words
from shs_adapter.xml import local_name

# Each kind of support, by the name of its element, in words.
BLOCKS: Mapping[str, str] = {
    "Studiemedel": "Studiemedel",
    "Studiehjalp": "Studiehjälp",
    "HemutrustningsLan": "Hemutrustningslån",
    "Studiestartsstod": "Studiestartsstöd",
    "Omstallningsstudiestod": "Omställningsstudiestöd",
}
LIST = "Studiestodstypforteckning"
NUMBERED = ("Arende", "BeviljadTid", "Utbetalning", "Utbetaldtid", "Belopp")
_CASE = words("stodform klartext status relarende soktaTider BeviljadeTider UtbetalningsPlan")
_GRANT = words("starttid sluttid takt gr_takt Beloppen totbelopp")
_PAYMENT = words("utbetdatum utbetstatus Utbetaldatider totbelopp")
_WEEKS = words("startvecka slutvecka Beloppen totbelopp")
_AMOUNT = words("beloppstyp klartext belopp totbelopp")

# stodform; the code for studiestartsstöd is written in two ways in the public material.
_FORMS = words(
    "GRUND GRUNDU MLÅN MLÅNU TLÅN TILB TBID SH SHU SB SBU EXTRA EXTRAU INACK INACKU LÄRLE HUT SSSTÖD OSS"
)
_STATUSES = words("BESLUTAD BESLUTAT INITIERAD INITIERAT AVSLUTAD AVSLUTAT")
_LOANS = words("GRUNDL GRUNFL MERKL TILL HUT OSSLÅN")
_AMOUNT_TYPES = _LOANS + words("GRUNDB GRUNDF TILB EXTRA INACK STUDB LÄRERS STÖDB STÖDT OSSBID")
_PAYMENT_STATUSES = {
    "utbetald": PaymentStatus.PAID,
    "utbetalad": PaymentStatus.PAID,
    "planerad": PaymentStatus.PLANNED,
}
_NOT_SET = "0"


@dataclass(frozen=True, slots=True)
class Block:
    """What one kind of support holds, under the element's own name."""

    name: str
    notes: Notes
    payments: tuple[Payment, ...] = field(repr=False)
    facts: tuple[CsnCase | CsnGrant, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Case:
    block: str
    number: str | None
    form: str | None
    label: str | None


def blocks(person: Branch) -> tuple[Block, ...]:
    """Every kind of support in its own element, also one that no schema names."""
    person.strangers((LIST, *BLOCKS))
    names = dict.fromkeys(local_name(child) for child in person.element.iterchildren("{*}*"))
    return tuple(_block(person, name) for name in names if name != LIST)


def _block(person: Branch, name: str) -> Block:
    own = replace(person, notes=Notes())
    payments: list[Payment] = []
    facts: list[CsnCase | CsnGrant] = []
    for block in own.branches(name):
        if name in BLOCKS:
            block.strangers(("Arenden",))
        for branch in block.branches("Arenden", "Arende"):
            branch.strangers(_CASE)
            case = _case(branch, own.notes.label(name, block.path) or "")
            facts += [_told(branch, case), *_grants(branch, case)]
            payments += _payments(branch, case)
    return Block(name, own.notes, tuple(payments), tuple(facts))


def _case(branch: Branch, block: str) -> _Case:
    notes = branch.notes
    return _Case(
        block=block,
        number=notes.label(branch.element.get("lopnummer"), branch.at("@lopnummer")),
        form=notes.code(branch.text("stodform"), _FORMS, branch.at("stodform")),
        label=notes.label(branch.text("klartext"), branch.at("klartext")),
    )


def _told(branch: Branch, case: _Case) -> CsnCase:
    return CsnCase(
        block=case.block,
        number=case.number,
        form=case.form,
        label=case.label,
        status=branch.notes.code(branch.text("status"), _STATUSES, branch.at("status")),
        co_borrower=branch.element.get("medlanare", "").strip() or None,
    )


def _grants(branch: Branch, case: _Case) -> Iterator[CsnGrant]:
    for grant in branch.branches("BeviljadeTider", "BeviljadTid"):
        grant.strangers(_GRANT)
        yield CsnGrant(
            block=case.block,
            number=case.number,
            valid_from=branch.notes.monday(grant.text("starttid"), grant.at("starttid")),
            valid_to=branch.notes.sunday(grant.text("sluttid"), grant.at("sluttid")),
            pace_percent=branch.notes.whole(grant.text("takt"), grant.at("takt")),
            total=branch.notes.amount(grant.text("totbelopp"), grant.at("totbelopp")),
        )


def _payments(branch: Branch, case: _Case) -> Iterator[Payment]:
    for row in branch.branches("UtbetalningsPlan", "Utbetalning"):
        row.strangers(_PAYMENT)
        undated = row.text("utbetdatum") == _NOT_SET
        yield counted(_payment(row, case, undated), row.notes, undated=undated)


def _payment(row: Branch, case: _Case, undated: bool) -> Payment:
    times = list(row.branches("Utbetaldatider", "Utbetaldtid"))
    weeks = [_weeks(time) for time in times]
    parts = tuple(part for time, between in zip(times, weeks, strict=True) for part in _parts(time, *between))
    total = row.notes.amount(row.text("totbelopp"), row.at("totbelopp"))
    if parts:
        check_sum(total, (part.amount for part in parts), row.path, row.notes, within=Decimal(0))
    return Payment(
        payer=Payer.CSN,
        benefit_code=case.block,
        benefit=BLOCKS.get(case.block, case.block),
        sub_benefit=case.label or case.form,
        amount_type=parts[0].amount_type if len(parts) == 1 else None,
        status=_status(row),
        paid_on=None if undated else row.notes.day(row.text("utbetdatum"), row.at("utbetdatum")),
        period_from=min((first for first, _ in weeks if first), default=None),
        period_to=max((last for _, last in weeks if last), default=None),
        gross=total,
        net=total,
        loan=_loan(parts),
        path=row.path,
        parts=parts,
    )


def _status(row: Branch) -> PaymentStatus:
    status = _PAYMENT_STATUSES.get((row.text("utbetstatus") or "").casefold())
    if status is None:
        row.notes.note(UNKNOWN_CODE, row.at("utbetstatus"))
    return status or PaymentStatus.UNKNOWN


def _weeks(time: Branch) -> tuple[date | None, date | None]:
    time.strangers(_WEEKS)
    return (
        time.notes.monday(time.text("startvecka"), time.at("startvecka")),
        time.notes.sunday(time.text("slutvecka"), time.at("slutvecka")),
    )


def _parts(time: Branch, first: date | None, last: date | None) -> Iterator[Part]:
    for row in time.branches("Beloppen", "Belopp"):
        row.strangers(_AMOUNT)
        code = row.notes.code(row.text("beloppstyp"), _AMOUNT_TYPES, row.at("beloppstyp"))
        yield Part(
            kind=PartKind.AMOUNT,
            path=row.path,
            amount_type_code=code,
            amount_type=row.notes.label(row.text("klartext"), row.at("klartext")),
            amount=row.notes.amount(row.text("totbelopp"), row.at("totbelopp")),
            is_loan=code in _LOANS if code in _AMOUNT_TYPES else None,
            period_from=first,
            period_to=last,
        )


def _loan(parts: tuple[Part, ...]) -> Decimal | None:
    """None where nothing is told of the parts, too: the total may be a loan."""
    if not parts or any(part.is_loan is None or part.amount is None for part in parts):
        return None
    return sum((part.amount for part in parts if part.is_loan and part.amount), Decimal(0))
