"""Pensionsmyndigheten's part of LEFI's answer: payments, decisions and claims in words of its own.

Amounts are whole kronor. What is deducted is negative in public examples: its sign says nothing.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from shs_adapter.ssbtek.agencies.lefi_shapes import PM_CODE, Delivery, delivered, period
from shs_adapter.ssbtek.counting import ROUNDING, check_sum, counted
from shs_adapter.ssbtek.facts import FkDecision, Part, PartKind, Payer, Payment, PaymentStatus
from shs_adapter.ssbtek.finding import UNKNOWN
from shs_adapter.ssbtek.notes import UNKNOWN_CODE, Notes
from shs_adapter.ssbtek.reading import words
from shs_adapter.ssbtek.record import Record

LISTS = ("ansprak", "beslut", "preliminaraUtbetalningar", "utbetalningar", "ovrigInformation")
_PAYMENTS: Mapping[str, PaymentStatus] = {
    "utbetalningar": PaymentStatus.PAID,
    "preliminaraUtbetalningar": PaymentStatus.PLANNED,
}
_PAYMENT = words("utbetalningsdatum utbetalningsperiod bruttobelopp nettobelopp avdrag utbetalningsrader")
_ROW = ("formansgrupp", "belopp", "utbetalningsforman", "beloppstyp")
_DEDUCTION = ("belopp", "avdragstyp")
_DECISION = words(
    "beslutsid beslutsdatum formansgrupp beslutsstatus beslutsutfall beslutadErsattning tillagg"
)
_GRANT = ("beslutatBelopp", "period", "ersattningstyp", "omfattning", "underlag")
_CLAIM = ("ansprakid", "ankomstdatum", "formansgrupp", "yrkadPeriod")


def _codes(names: str) -> frozenset[str]:
    return frozenset(f"PM:{name}" for name in words(names))


_GROUPS = _codes("AP BTI EF")
_FORMS = _codes("AL AP37 AP38 BTP EP PREP")
_TAXES = _codes("PS PST SS SST")
_DEDUCTIONS = _TAXES | _codes(
    "AVDRAGKANTRA AVDRAGOVRIGT INSTITUTION KVIKAN KVIOVR SOCAVDRAG UTLFORDRAN UTMATNING UTMHELA UTMTV"
)
_AMOUNT_TYPES = _codes(
    "AFS AL1 AL2 AL3 AL4 AL5 AL6 AL7 AL8 AL9 ALB ANKEP ANKEPGARP BP BPFRI BPSKP BTP BTPSA ELSTOD FOP FOPGARP "
    "GARP IP IPT OP OPGARP PFE PFO SBTP SBTPSA SEP SEPGARP TP"
)
_GRANT_TYPES = _codes(
    "BH BL BP BT ELSTOD FL FOL FOP FOPGARP GARP IP IPT OL OP OPGARP PREP PREPEL SBT SEL SEP SEPGARP TP AFS "
    "ANKEL ANKEP ANKEPGARP"
)
_FINAL = {"SLUTLIGT": True, "INTERIMISTISKT": False, "PRELIMINART": False}
_OUTCOMES = ("BIFALL", "AVSLAG")
_FREQUENCIES = ("AR", "HALVAR", "KVARTAL", "MANAD", "VECKA", "DAG", "ENGANGS")


def deliver(answer: Mapping[str, Any], notes: Notes) -> Delivery:
    document = Record(answer, "", notes)
    payments = tuple(_payments(document))
    facts = (*_decisions(document), *_claims(document))
    codes = [*(payment.benefit_code for payment in payments), *(fact.benefit_code for fact in facts)]
    return Delivery(
        outcome=delivered({name: answer[name] for name in LISTS if name in answer}),
        notes=document.notes,
        payments=payments,
        facts=facts,
        named=tuple(frozenset(code.split("+") if code else ()) for code in codes),
    )


def _payments(document: Record) -> Iterator[Payment]:
    for name, status in _PAYMENTS.items():
        for row in document.records(name, _PAYMENT):
            yield counted(_payment(row, status), row.notes)


def _payment(row: Record, status: PaymentStatus) -> Payment:
    rows = row.records("utbetalningsrader", _ROW)
    parts = tuple(map(_part, rows))
    one = parts[0] if len(parts) == 1 else None
    deductions = tuple(map(_deduction, row.records("avdrag", _DEDUCTION)))
    gross, net = row.amount("bruttobelopp"), row.amount("nettobelopp")
    check_sum(gross, (net, *(part.amount for part in deductions)), row.path, row.notes, within=ROUNDING)
    undeducted = row.value("avdrag") in (None, []) and gross is not None and gross == net
    known = undeducted or (deductions and all(part.amount is not None for part in deductions))
    code, benefit = _groups(row, rows)
    first, last = period(row, "utbetalningsperiod")
    return Payment(
        payer=Payer.PM,
        benefit_code=code,
        benefit=benefit,
        sub_benefit=one.benefit if one else None,
        amount_type=one.amount_type if one else None,
        status=status,
        paid_on=row.day("utbetalningsdatum"),
        period_from=first,
        period_to=last,
        gross=gross,
        tax=_sum(deductions, PartKind.TAX) if known else None,
        other_deduction=_sum(deductions, PartKind.DEDUCTION) if known else None,
        net=net,
        loan=Decimal(0),
        path=row.path,
        parts=parts + deductions,
    )


def _groups(row: Record, rows: tuple[Record, ...]) -> tuple[str | None, str]:
    """The code and the name of each group among the rows, in their order, joined by a plus."""
    groups = [part.record("formansgrupp", PM_CODE) for part in rows]
    found = dict.fromkeys((group.code("kod", _GROUPS), group.label("beskrivning")) for group in groups)
    codes = list(dict.fromkeys(code for code, _ in found if code))
    names = list(dict.fromkeys(name or code for code, name in found if name or code))
    if not names:
        row.notes.note(UNKNOWN_CODE, row.at("utbetalningsrader"))
    return "+".join(codes) or None, " + ".join(filter(None, names)) or UNKNOWN


def _sum(parts: tuple[Part, ...], kind: PartKind) -> Decimal:
    return sum((part.amount for part in parts if part.kind is kind and part.amount), Decimal(0))


def _part(row: Record) -> Part:
    benefit, kind = row.record("utbetalningsforman", PM_CODE), row.record("beloppstyp", PM_CODE)
    return Part(
        kind=PartKind.AMOUNT,
        path=row.path,
        benefit_code=benefit.code("kod", _FORMS),
        benefit=benefit.label("beskrivning"),
        amount_type_code=kind.code("kod", _AMOUNT_TYPES),
        amount_type=kind.label("beskrivning"),
        amount=row.amount("belopp"),
    )


def _deduction(row: Record) -> Part:
    kind, amount = row.record("avdragstyp", PM_CODE), row.amount("belopp")
    code = kind.code("kod", _DEDUCTIONS)
    return Part(
        kind=PartKind.TAX if code in _TAXES else PartKind.DEDUCTION,
        path=row.path,
        amount_type_code=code,
        amount_type=kind.label("beskrivning"),
        amount=None if amount is None else abs(amount),
    )


def _decisions(document: Record) -> Iterator[FkDecision]:
    """One for each compensation that is granted; one for a decision without any."""
    for row in document.records("beslut", _DECISION):
        grants = row.records("beslutadErsattning", _GRANT)
        yield from (_decision(row, grant) for grant in grants or (Record({}, row.path, row.notes),))


def _decision(row: Record, grant: Record) -> FkDecision:
    group, kind = row.record("formansgrupp", PM_CODE), grant.record("ersattningstyp", PM_CODE)
    amount = grant.record("beslutatBelopp", ("belopp", "beloppsfrekvens"))
    kind.code("kod", _GRANT_TYPES)
    first, last = period(grant, "period")
    return FkDecision(
        supplier=Payer.PM,
        kind="DECISION",
        decided_on=row.day("beslutsdatum"),
        final=_FINAL.get(row.record("beslutsstatus", PM_CODE).code("kod", _FINAL) or ""),
        benefit_code=group.code("kod", _GROUPS),
        benefit=kind.label("beskrivning") or group.label("beskrivning"),
        valid_from=first,
        valid_to=last,
        gross=amount.amount("belopp"),
        frequency=amount.record("beloppsfrekvens", PM_CODE).code("kod", _FREQUENCIES),
        extent=grant.amount("omfattning"),
        outcome=row.record("beslutsutfall", PM_CODE).code("kod", _OUTCOMES),
    )


def _claims(document: Record) -> Iterator[FkDecision]:
    for row in document.records("ansprak", _CLAIM):
        group = row.record("formansgrupp", PM_CODE)
        first, last = period(row, "yrkadPeriod")
        yield FkDecision(
            supplier=Payer.PM,
            kind="CLAIM",
            decided_on=row.day("ankomstdatum"),
            benefit_code=group.code("kod", _GROUPS),
            benefit=group.label("beskrivning"),
            valid_from=first,
            valid_to=last,
        )
