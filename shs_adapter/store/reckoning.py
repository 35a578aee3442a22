"""What follows from all answers about a person in a case: gaps, income by month, months asked. Pure.

Rule: what nobody has answered for is a gap, with its reason, and every month says which gaps touch it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shs_adapter.store.merging import VERIFIED, Days, Said, joined, month_before, months, open_days, verified
from shs_adapter.store.report_tables import UNKNOWN_MONTH

PAYERS = ("CSN", "FK", "SO")  # the agencies whose word changes what somebody was paid

_SUMS = ("gross", "tax", "other_deduction", "net", "net_after_tax", "loan")

_YEARS_BACK, _YEARS_AHEAD = timedelta(days=3653), timedelta(days=731)

Record = dict[str, Any]  # a row of gap, income or asked_month, but for its subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that was built, as the business system asked it."""

    id: int
    period: Days
    asked_at: datetime
    agencies: Sequence[str]
    ending: tuple[str, str | None]  # outcome and code of an agency that has said nothing


def gaps(questions: Sequence[Question], said: Mapping[str, Sequence[Said]]) -> list[Record]:
    """The days that each agency was to be asked about, and has not answered for."""
    asked: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        for agency in question.agencies:
            asked[agency].append(question)
    found = []
    for agency, asking in asked.items():
        words = said.get(agency, ())
        runs = (run for question in asking for run in _open_days(question, words))
        for days in joined(runs):
            days_open = {"agency": agency, "from_date": str(days[0]), "to_date": str(days[1])}
            found.append(days_open | _reason(days, asking, words))
    return found


def _open_days(question: Question, words: Iterable[Said]) -> list[Days]:
    answered = (verified(one, question.period, question.asked_at) for one in words)
    return open_days([question.period], [days for days in answered if days])


def _reason(days: Days, asking: Sequence[Question], words: Sequence[Said]) -> Record:
    """Why the days are open, by the newest question that asked about any of them."""
    newest = max(
        (one for one in asking if one.period[0] <= days[1] and days[0] <= one.period[1]),
        key=lambda question: question.id,
    )
    told = next((one for one in words if one.root_id == newest.id and one.current), None)
    if told is None:
        outcome, code = newest.ending
        return {
            "root_id": newest.id,
            "outcome": outcome,
            "kalla": None,
            "felkod": code,
            "transience": None,
        }
    # An agency that answered for less than it was to be asked about was not asked about the rest.
    clipped_off = told.outcome in VERIFIED
    return {
        "root_id": newest.id,
        "outcome": "UNASKED" if clipped_off else told.outcome,
        "kalla": told.kalla,
        "felkod": f"{told.agency.lower()}_window" if clipped_off else told.felkod or told.status,
        "transience": told.transience,
    }


def income(counting: Iterable[Any]) -> list[Record]:
    """Sums by month, payer, benefit, status and currency; unknown where one payment does not say."""
    groups: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row in counting:
        groups[row.month, row.payer, row.benefit, row.status, row.currency].append(row)
    names = ("month", "payer", "benefit", "status", "currency")
    return [
        dict(zip(names, key, strict=True))
        | {"payments": len(rows)}
        | {name: _sum(getattr(row, name) for row in rows) for name in _SUMS}
        for key, rows in groups.items()
    ]


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def asked_months(
    questions: Sequence[Question],
    said: Mapping[str, Sequence[Said]],
    open_ones: Sequence[Record],
    counting: Iterable[Any],
) -> list[Record]:
    """Every month that was asked about or has a payment, and what its payments do not tell."""
    asked: dict[str, set[str]] = {row.month: set() for row in counting}
    for question in questions:
        for month in months(_near(question)):
            asked.setdefault(month, set()).update(question.agencies)
    known = max((str(one.received_at)[:7] for words in said.values() for one in words), default="")
    latest = max((month for month in asked if month <= known), default=None)
    return [
        {
            "month": month,
            "previous": None if month == UNKNOWN_MONTH else month_before(month),
            "latest": month == latest,
            "unverified": _unverified(month, open_ones),
            "not_asked": ",".join(agency for agency in PAYERS if agency not in agencies),
        }
        for month, agencies in asked.items()
    ]


def _near(question: Question) -> Days:
    """The asked days of which months are listed: nobody reads a thousand years without a payment."""
    day = question.asked_at.date()
    first, last = question.period
    return max(first, day - _YEARS_BACK), min(last, day + _YEARS_AHEAD)


def _unverified(month: str, gaps: Iterable[Record]) -> str:
    """The payers' agencies with open days in the month, and which days: `CSN 2026-09-01--2026-09-23`."""
    return ", ".join(
        f"{one['agency']} {one['from_date']}--{one['to_date']}"
        for one in sorted(gaps, key=lambda one: (one["agency"], one["from_date"]))
        if one["agency"] in PAYERS
        and (month == UNKNOWN_MONTH or one["from_date"][:7] <= month <= one["to_date"][:7])
    )
