"""Försäkringskassan's payments in LEFI's answer, made and announced.

The amount deducted includes the tax. An announced payment leaves its list when it is made.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from shs_adapter.ssbtek.agencies.lefi_shapes import FK_CODE, Money, extent, money, span
from shs_adapter.ssbtek.counting import ROUNDING, check_sum, counted, remainder, whole_span
from shs_adapter.ssbtek.facts import Part, PartKind, Payer, Payment, PaymentStatus
from shs_adapter.ssbtek.finding import UNKNOWN
from shs_adapter.ssbtek.lefi import FAMILIES
from shs_adapter.ssbtek.notes import UNKNOWN_CODE
from shs_adapter.ssbtek.reading import words
from shs_adapter.ssbtek.record import Record

LISTS: Mapping[str, PaymentStatus] = {
    "utbetalningsuppgift": PaymentStatus.PAID,
    "preliminarautbetalningar": PaymentStatus.PLANNED,
}
_PAYERS = {"1001": Payer.FK, "1003": Payer.PM}
_PAY_TYPES = ("0", "1", "2", "3", "4")
_AMOUNTS = ("bruttobelopp", "skattebelopp", "avdragsbelopp", "nettobelopp")
_PAYMENT = ("typ", "foretag", "formansfamilj", "datum", "period", "utbetalningsdetalj", *_AMOUNTS)
_DETAIL = ("forman", "period", "beloppstyp", "omfattning", "dagar", "timmar", *_AMOUNTS[:3])

# Beloppstyper that are deductions; any other is an amount (LefiUtbetalningDetalj).
_TAXES = {"PS", "SS", "PF", "PST", "SST"}
_DEDUCTIONS = words("AFR ALA ART AVB AVR FMF FUM INC INF INM INU KOA KVI OAV SAV SKV SOC UMG UTF ÅFA ÖVA")
# The field a row's amount is in, then where else it may be: of the taxes, two alone are in the tax field.
_IN_TAX_FIELD = {"PS", "SS"}
_FIELDS = {
    PartKind.AMOUNT: ("bruttobelopp", "avdragsbelopp", "skattebelopp"),
    PartKind.TAX: ("avdragsbelopp", "skattebelopp", "bruttobelopp"),
    PartKind.DEDUCTION: ("avdragsbelopp", "skattebelopp", "bruttobelopp"),
}
_CURRENCY = re.compile("[A-Z]{3}")


def payments(information: Record) -> Iterator[Payment]:
    for name, status in LISTS.items():
        for row in information.records(name, _PAYMENT):
            yield counted(_payment(row, status), row.notes)


def _payment(row: Record, status: PaymentStatus) -> Payment:
    family, company = row.record("formansfamilj", FK_CODE), row.record("foretag", FK_CODE)
    details = row.records("utbetalningsdetalj", _DETAIL)
    sums, *rest = [{name: money(each, name) for name in _AMOUNTS} for each in (row, *details)]
    parts = tuple(map(_part, details, rest))
    one = parts[0] if len(parts) == 1 else None
    gross, tax, deducted, net = (each.amount for each in sums.values())
    check_sum(gross, (deducted, net), row.path, row.notes, within=ROUNDING)
    first, last = span(row, "period")
    if not first and not last:
        first, last = whole_span((part.period_from, part.period_to) for part in parts)
    code = family.code("id", FAMILIES)
    return Payment(
        payer=_PAYERS.get(company.code("id", _PAYERS) or "", Payer.FK),
        payer_org=company.label("beskrivning"),
        benefit_code=code,
        benefit=family.label("beskrivning") or code or _nameless(row),
        sub_benefit=one.benefit if one else None,
        amount_type=one.amount_type if one else None,
        pay_type=_pay_type(row),
        status=status,
        paid_on=row.day("datum"),
        period_from=first,
        period_to=last,
        gross=gross,
        tax=tax,
        other_deduction=remainder(deducted, tax, row.path, row.notes),
        net=net,
        loan=Decimal(0),
        currency=_currency(row, [each.currency for told in (sums, *rest) for each in told.values()]),
        days=one.days if one else None,
        path=row.path,
        parts=parts,
    )


def _nameless(row: Record) -> str:
    row.notes.note(UNKNOWN_CODE, row.at("formansfamilj"))
    return UNKNOWN


def _pay_type(row: Record) -> str | None:
    kind = row.record("typ", FK_CODE)
    return " ".join(filter(None, (kind.code("id", _PAY_TYPES), kind.label("beskrivning")))) or None


def _currency(row: Record, currencies: list[str | None]) -> str:
    """The payment's currency; more than one in it, or what is no code, is noted."""
    told = list(dict.fromkeys(filter(None, currencies)))
    if len(told) > 1 or not all(map(_CURRENCY.fullmatch, told)):
        row.notes.note(UNKNOWN_CODE, row.path)
    return told[0] if told else "SEK"


def _part(row: Record, sums: Mapping[str, Money]) -> Part:
    kind, benefit = row.record("beloppstyp", FK_CODE), row.record("forman", FK_CODE)
    code = kind.label("id")
    first, last = span(row, "period")
    return Part(
        kind=_kind(code),
        path=row.path,
        benefit_code=benefit.label("id"),
        benefit=benefit.label("beskrivning"),
        amount_type_code=code,
        amount_type=kind.label("beskrivning"),
        amount=_amount(sums, code),
        period_from=first,
        period_to=last,
        extent=extent(row, "omfattning"),
        days=row.amount("dagar"),
        hours=row.amount("timmar"),
    )


def _kind(code: str | None) -> PartKind:
    if code in _TAXES:
        return PartKind.TAX
    return PartKind.DEDUCTION if code in _DEDUCTIONS else PartKind.AMOUNT


def _amount(sums: Mapping[str, Money], code: str | None) -> Decimal | None:
    kind = _kind(code)
    fields = ("skattebelopp", *_FIELDS[kind]) if code in _IN_TAX_FIELD else _FIELDS[kind]
    told = (sums[name].amount for name in fields)
    amount = next((amount for amount in told if amount is not None), None)
    return amount if amount is None or kind is PartKind.AMOUNT else abs(amount)
