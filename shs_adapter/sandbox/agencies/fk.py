"""Försäkringskassan: LEFI's answer as JSON in base64, with Försäkringskassan's own part written here.

Money is in objects with a currency, and the amount deducted includes the tax. The codes of kinds and
families are invented where the contract names none.
"""

from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec

from shs_adapter.sandbox.agencies import lefi, pm
from shs_adapter.sandbox.agencies.asking import Asking, Content, Refusal
from shs_adapter.sandbox.agencies.dates import Period, month_before, month_of, shift
from shs_adapter.sandbox.agencies.lefi import Wanted
from shs_adapter.sandbox.agencies.markup import leaves
from shs_adapter.sandbox.facts import Benefit, Life
from shs_adapter.sandbox.faults import Fault

_SUPPLIERS = {"FK": "Försäkringskassan", "PM": "Pensionsmyndigheten"}
_STATES = {"OK": "Tillgänglig", "FELANDE": "Felande", "OTILLGANGLIG": "Otillgänglig"}
_DOWN: Mapping[Fault, Mapping[str, str]] = {
    Fault.LEFI_SUPPLIER_DOWN: {"PM": "OTILLGANGLIG"},
    Fault.LEFI_SUPPLIER_FAULTY: {"FK": "FELANDE"},
    Fault.LEFI_DOWN: {"FK": "OTILLGANGLIG", "PM": "OTILLGANGLIG"},
}
_WITHHELD = {Fault.LEFI_INTERNAL_ERROR: "INTERNT_FEL", Fault.LEFI_UNAUTHORISED: "OBEHORIG"}
_CASES = {
    "FK:ABB": "barnbidragsarende",
    "FK:BOB": "bostadsbidragsarende",
    "FK:FP": "foraldrapenningarende",
    "FK:MEK": "merkostnadsersattningsarende",
    "FK:PROG": "programersattningsarende",
    "FK:SJP": "sjukpenningarende",
}
_LONE_DECISIONS = {"FK:MEK"}  # so in the contract: an object where other cases have a list
_KRONA = Decimal(1)


def answer(asking: Asking) -> Content | Refusal:
    """The answer for what is asked and nothing beside, of the suppliers that can answer.

    No deviation is made for a supplier that is down: only its state tells, as in the contract.
    """
    wanted = lefi.read(asking)
    if isinstance(wanted, Refusal):
        return wanted
    states = _states(asking.faults)
    deviations: dict[str, Any] = {}
    reason = next((code for fault, code in _WITHHELD.items() if fault in asking.faults), None)
    if reason:
        group = _group(asking.subject.life)
        deviations = lefi.deviations(wanted, group, reason)
        wanted = lefi.without(wanted, group)
    document = {
        "utlamnare": [_supplier(code, state) for code, state in states.items()],
        "avvikelser": deviations,
        **({"formansinformation": _information(asking, wanted)} if states["FK"] == "OK" else {}),
        **(pm.information(asking, wanted) if states["PM"] == "OK" else {}),
    }
    encoded = b64encode(msgspec.json.encode(document)).decode()
    return leaves(asking.question.namespace, lefiJsonSvar=encoded)


def _states(faults: Collection[Fault]) -> dict[str, str]:
    states = dict.fromkeys(_SUPPLIERS, "OK")
    for fault, down in _DOWN.items():
        if fault in faults:
            states |= down
    return states


def _supplier(code: str, state: str) -> dict[str, Any]:
    return {
        "utlamnare": {"kod": code, "namn": _SUPPLIERS[code]},
        "tillstand": {"kod": state, "beskrivning": _STATES[state]},
    }


def _group(life: Life) -> str:
    """The first benefit group of a life, or one that most households have."""
    groups = [benefit.code for benefit in life.benefits] + [pension.group for pension in life.pensions]
    return next(iter(groups), "FK:ABB")


def _information(asking: Asking, wanted: Wanted) -> dict[str, Any]:
    life = asking.subject.life
    days = [*_days(life.benefits, wanted.period, asking.today)]
    information: dict[str, Any] = {
        "utbetalningsuppgift": [
            _payment(benefit, day)
            for benefit, day in days
            if benefit.code in wanted.paid and day <= asking.today
        ],
        "preliminarautbetalningar": [
            _payment(benefit, day)
            for benefit, day in days
            if benefit.code in wanted.planned and day > asking.today
        ],
    }
    for benefit in life.benefits:
        if benefit.code in wanted.benefits:
            decision = _decision(benefit, asking.today)
            information[_CASES[benefit.code]] = [
                {"beslut": decision if benefit.code in _LONE_DECISIONS else [decision]}
            ]
    if "FK:PJOB" in wanted.benefits and life.job_seeker and life.job_seeker.program_days:
        information["programjobdagar"] = [
            {"antalForbrukade": life.job_seeker.program_days, "harForbrukatMaxAntal": False}
        ]
    if "FK:GEPI" in wanted.other and asking.subject.name:
        information["generellPersoninformation"] = [_person(asking)]
    return information


def _days(benefits: Sequence[Benefit], period: Period, today: date) -> Iterator[tuple[Benefit, date]]:
    """Every day of payment, with the benefit as it is on that day."""
    for benefit in benefits:
        for day in period.every_month(benefit.pay_day):
            if amount := _amount(benefit, day, today):
                yield replace(benefit, amount=amount), day


def _amount(benefit: Benefit, day: date, today: date) -> Decimal:
    """Nothing after its end."""
    change = benefit.change
    if change is None or day < shift(today.replace(day=1), -change.months_ago):
        return benefit.amount
    return benefit.amount * change.percent / 100


def _payment(benefit: Benefit, day: date) -> dict[str, Any]:
    covered = month_before(day) if benefit.daily else month_of(day)
    gross = benefit.amount * covered.days if benefit.daily else benefit.amount
    tax = (gross * benefit.tax_percent / 100).quantize(_KRONA, ROUND_DOWN)
    deducted = tax + sum(deduction.amount for deduction in benefit.deductions)
    return {
        "typ": {"id": 1, "beskrivning": "Månad"},
        "foretag": {"id": 1001, "beskrivning": "Försäkringskassan"},
        "formansfamilj": _family(benefit),
        "datum": day.isoformat(),
        "period": _span(covered),
        "bruttobelopp": _money(gross),
        "skattebelopp": _money(tax),
        "avdragsbelopp": _money(deducted),
        "nettobelopp": _money(gross - deducted),
        "utbetalningsdetalj": _details(benefit, covered, gross, tax),
    }


def _details(benefit: Benefit, covered: Period, gross: Decimal, tax: Decimal) -> Sequence[Mapping[str, Any]]:
    """The benefit itself, then its tax, then every deduction, each in the field of its sort."""
    extent = {"omfattning": {"taljare": benefit.percent, "namnare": 100}, "dagar": covered.days}
    rows = [
        (benefit.kind, benefit.kind_label, "bruttobelopp", gross, extent if benefit.daily else {}),
        *([("PS", "Preliminär skatt", "skattebelopp", tax, {})] if tax else []),
        *((row.kind, row.label, "avdragsbelopp", Decimal(row.amount), {}) for row in benefit.deductions),
    ]
    return [
        {
            "forman": _family(benefit),
            "period": _span(covered),
            "beloppstyp": {"id": kind, "beskrivning": label},
            **more,
            field: _money(amount),
        }
        for kind, label, field, amount, more in rows
    ]


def _decision(benefit: Benefit, today: date) -> dict[str, Any]:
    decided = shift(today.replace(day=1), -7)
    now, change = _amount(benefit, today, today), benefit.change
    ended = f"{shift(today, -1 - change.months_ago):%Y-%m}" if change and not now else None
    return {
        "fattades": decided.isoformat(),
        "definitivt": True,
        "forman": _family(benefit),
        "period": {"fran": f"{decided:%Y-%m}", **({"till": ended} if ended else {})},
        **({} if benefit.daily else {"beslutatBruttobelopp": _money(now or benefit.amount)}),
    }


def _person(asking: Asking) -> dict[str, Any]:
    number = asking.subject.number
    born = date(int(number[:4]), int(number[4:6]), (int(number[6:8]) - 1) % 60 + 1)
    return {
        "personnummer": number,
        "foddes": born.isoformat(),
        **({"namn": " ".join(asking.names)} if asking.names else {}),
        "skyddad": asking.subject.life.protected,
    }


def _family(benefit: Benefit) -> dict[str, str]:
    return {"id": benefit.code.removeprefix("FK:"), "beskrivning": benefit.family}


def _span(period: Period) -> dict[str, str]:
    return {"fran": period.first.isoformat(), "till": period.last.isoformat()}


def _money(amount: Decimal) -> dict[str, Any]:
    return {"summa": float(amount), "valuta": "SEK"}
