"""CSN's cases: what is granted, and what is paid or planned, in whole kronor and ISO weeks.

A total has loans in it; the code of each amount tells which.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shs_adapter.ssbtek.counting import Span, check_sum, counted
from shs_adapter.ssbtek.facts import CsnCase, CsnGrant, Part, PartKind, Payer, Payment, PaymentStatus
from shs_adapter.ssbtek.notes import UNEXPECTED, UNKNOWN_CODE
from shs_adapter.ssbtek.reading import words
from shs_adapter.ssbtek.rows import Row

# Each kind of support, by the name of its element, in words.
BLOCKS: Mapping[str, str] = {
    "Studiemedel": "Studiemedel",
    "Studiehjalp": "Studiehjälp",
    "HemutrustningsLan": "Hemutrustningslån",
    "Studiestartsstod": "Studiestartsstöd",
    "Omstallningsstudiestod": "Omställningsstudiestöd",
}
LIST = "Studiestodstypforteckning"

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
    rows: tuple[Row, ...] = field(repr=False)
    payments: tuple[Payment, ...] = field(repr=False)
    facts: tuple[CsnCase | CsnGrant, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Case:
    block: str
    number: str | None
    form: str | None
    label: str | None


def blocks(person: Row) -> tuple[Block, ...]:
    """Every kind of support in its own element, also one that no schema names."""
    person.skip(LIST)
    return tuple(_block(person, name) for name in person.unread)


def _block(person: Row, name: str) -> Block:
    rows = person.containers(name)
    payments: list[Payment] = []
    facts: list[CsnCase | CsnGrant] = []
    for block in rows:
        if name not in BLOCKS and not block.is_blank:
            block.notes.note(UNEXPECTED, block.path)
        label = block.notes.label(name, block.path) or ""
        for row in block.listed("Arenden", "Arende"):
            case = _case(row, label)
            facts += [_told(row, case), *_grants(row, case)]
            payments += _payments(row, case)
    return Block(name, tuple(rows), tuple(payments), tuple(facts))


def _case(row: Row, block: str) -> _Case:
    row.skip("relarende", "soktaTider")
    return _Case(
        block=block,
        number=row.notes.label(row.attribute("lopnummer"), row.at("@lopnummer")),
        form=row.code("stodform", _FORMS),
        label=row.label("klartext"),
    )


def _told(row: Row, case: _Case) -> CsnCase:
    return CsnCase(
        block=case.block,
        number=case.number,
        form=case.form,
        label=case.label,
        status=row.code("status", _STATUSES),
        co_borrower=row.attribute("medlanare") or None,
    )


def _grants(row: Row, case: _Case) -> Iterator[CsnGrant]:
    for grant in row.listed("BeviljadeTider", "BeviljadTid"):
        grant.skip("gr_takt", "Beloppen")
        yield CsnGrant(
            block=case.block,
            number=case.number,
            valid_from=grant.monday("starttid"),
            valid_to=grant.sunday("sluttid"),
            pace_percent=grant.whole("takt"),
            total=grant.amount("totbelopp"),
        )


def _payments(row: Row, case: _Case) -> Iterator[Payment]:
    for made in row.listed("UtbetalningsPlan", "Utbetalning"):
        day = made.text("utbetdatum")
        paid_on = None if day == _NOT_SET else made.notes.day(day, made.at("utbetdatum"))
        yield counted(_payment(made, case, paid_on), made.notes, undated=day == _NOT_SET)


def _payment(row: Row, case: _Case, paid_on: date | None) -> Payment:
    times = row.listed("Utbetaldatider", "Utbetaldtid")
    weeks = [_weeks(time) for time in times]
    parts = tuple(part for time, between in zip(times, weeks, strict=True) for part in _parts(time, *between))
    total = row.amount("totbelopp")
    if parts:
        check_sum(total, (part.amount for part in parts), row.path, row.notes, within=Decimal(0))
    return Payment(
        payer=Payer.CSN,
        benefit_code=case.block,
        benefit=BLOCKS.get(case.block, case.block),
        sub_benefit=case.label or case.form,
        amount_type=parts[0].amount_type if len(parts) == 1 else None,
        status=_status(row),
        paid_on=paid_on,
        period_from=min((first for first, _ in weeks if first), default=None),
        period_to=max((last for _, last in weeks if last), default=None),
        gross=total,
        net=total,
        loan=_loan(parts),
        path=row.path,
        parts=parts,
    )


def _status(row: Row) -> PaymentStatus:
    status = _PAYMENT_STATUSES.get(row.text("utbetstatus").casefold())
    if status is None:
        row.notes.note(UNKNOWN_CODE, row.at("utbetstatus"))
    return status or PaymentStatus.UNKNOWN


def _weeks(time: Row) -> Span:
    time.skip("totbelopp")
    return time.monday("startvecka"), time.sunday("slutvecka")


def _parts(time: Row, first: date | None, last: date | None) -> Iterator[Part]:
    for row in time.listed("Beloppen", "Belopp"):
        row.skip("belopp")  # of one week
        code = row.code("beloppstyp", _AMOUNT_TYPES)
        yield Part(
            kind=PartKind.AMOUNT,
            path=row.path,
            amount_type_code=code,
            amount_type=row.label("klartext"),
            amount=row.amount("totbelopp"),
            is_loan=code in _LOANS if code in _AMOUNT_TYPES else None,
            period_from=first,
            period_to=last,
        )


def _loan(parts: tuple[Part, ...]) -> Decimal | None:
    """None where nothing is told of the parts, too: the total may be a loan."""
    if not parts or any(part.is_loan is None or part.amount is None for part in parts):
        return None
    return sum((part.amount for part in parts if part.is_loan and part.amount), Decimal(0))
