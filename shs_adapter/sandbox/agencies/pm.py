"""Pensionsmyndigheten's part of LEFI's answer, in a shape of its own beside Försäkringskassan's.

Amounts are whole kronor, periods `from` and `tom`, and what is deducted is negative.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from shs_adapter.sandbox.agencies.asking import Asking
from shs_adapter.sandbox.agencies.dates import month_of, shift
from shs_adapter.sandbox.agencies.lefi import Wanted
from shs_adapter.sandbox.facts import Deduction, Pension


def information(asking: Asking, wanted: Wanted) -> dict[str, Any]:
    """The four lists of Pensionsmyndigheten, filled from the codes and the period that are asked for."""
    pensions, today = asking.subject.life.pensions, asking.today

    def payments(codes: frozenset[str], falls: Callable[[date], bool]) -> list[dict[str, Any]]:
        return [
            _payment(pension, day)
            for pension in pensions
            if pension.group in codes
            for day in wanted.period.every_month(pension.pay_day)
            if falls(day)
        ]

    return {
        "ansprak": [],
        "beslut": [_decision(pension, today) for pension in pensions if pension.group in wanted.decisions],
        "preliminaraUtbetalningar": payments(wanted.planned, lambda day: day > today),
        "utbetalningar": payments(wanted.paid, lambda day: day <= today),
    }


def _payment(pension: Pension, day: date) -> dict[str, Any]:
    covered = month_of(day)
    gross = sum(row.amount for row in pension.rows)
    tax = Deduction("PM:PS", "Preliminär skatt", gross * pension.tax_percent // 100)
    deductions = (tax, *pension.deductions)
    return {
        "utbetalningsdatum": day.isoformat(),
        "utbetalningsperiod": {"from": covered.first.isoformat(), "tom": covered.last.isoformat()},
        "bruttobelopp": gross,
        "nettobelopp": gross - sum(deduction.amount for deduction in deductions),
        "avdrag": [
            {"belopp": -deduction.amount, "avdragstyp": _code(deduction.kind, deduction.label)}
            for deduction in deductions
        ],
        "utbetalningsrader": [
            {
                "formansgrupp": _code(pension.group, pension.group_label),
                "belopp": row.amount,
                "utbetalningsforman": _code(row.form, row.form_label),
                "beloppstyp": _code(row.kind, row.kind_label),
            }
            for row in pension.rows
        ],
    }


def _decision(pension: Pension, today: date) -> dict[str, Any]:
    decided = shift(today.replace(day=1), -13)
    return {
        "beslutsid": "1",
        "beslutsdatum": decided.isoformat(),
        "formansgrupp": _code(pension.group, pension.group_label),
        "beslutsstatus": _code("SLUTLIGT", "Slutligt"),
        "beslutsutfall": _code("BIFALL", "Bifall"),
        "beslutadErsattning": [
            {
                "beslutatBelopp": {"belopp": row.amount, "beloppsfrekvens": _code("MANAD", "Månad")},
                "period": {"from": decided.isoformat()},
                "ersattningstyp": _code(row.kind, row.kind_label),
            }
            for row in pension.rows
        ],
    }


def _code(code: str, description: str) -> dict[str, str]:
    return {"kod": code, "beskrivning": description}
