"""What follows from all answers about a person in a case: gaps, income by month, months asked. Pure.

Rule: what nobody has answered for is a gap, with its reason, and every month says which gaps touch it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from shs_adapter.store.merging import (
    DAY,
    Days,
    Said,
    days_of,
    joined,
    month_before,
    months,
    open_days,
    verified,
)
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
        told: list[Days] = []
        for question in sorted(asking, key=lambda one: one.id, reverse=True):  # the newest tells why
            runs = open_days(_open_days(question, words), told)
            told += runs
            found += [
                {"agency": agency, "from_date": str(first), "to_date": str(last)} | _reason(question, words)
                for first, last in runs
            ]
    return found


def _open_days(question: Question, words: Iterable[Said]) -> list[Days]:
    answered = (verified(one, question.period, question.asked_at) for one in words)
    return open_days([question.period], [days for days in answered if days])


def _reason(question: Question, words: Sequence[Said]) -> Record:
    """Why the agency has not answered the question for some of its days."""
    told = next((one for one in words if one.root_id == question.id and one.current), None)
    if told is None:
        outcome, code = question.ending
        why: Record = {"outcome": outcome, "kalla": None, "felkod": code, "transience": None}
    elif told.is_verified:  # an agency that answered for less was not asked about the rest
        code = f"{told.agency.lower()}_window"
        why = {"outcome": "UNASKED", "kalla": None, "felkod": code, "transience": None}
    else:
        why = {
            "outcome": told.outcome,
            "kalla": told.kalla,
            "felkod": told.felkod or told.status,
            "transience": told.transience,
        }
    return {"root_id": question.id, **why}


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
    listed = {row.month for row in counting} | {
        month for question in questions for month in months(_near(question))
    }
    known = max((str(one.received_at)[:7] for words in said.values() for one in words), default="")
    latest = max((month for month in listed if month <= known), default=None)
    of_payers = [one for one in open_ones if one["agency"] in PAYERS]
    of_payers.sort(key=lambda one: (one["agency"], one["from_date"]))
    return [_month(month, month == latest, questions, said, of_payers) for month in sorted(listed)]


def _month(
    month: str,
    latest: bool,
    questions: Sequence[Question],
    said: Mapping[str, Sequence[Said]],
    gaps: Iterable[Record],
) -> Record:
    known = [day for agency in PAYERS if (day := _known_to(month, said.get(agency, ())))]
    return {
        "month": month,
        "previous": None if month == UNKNOWN_MONTH else month_before(month),
        "latest": latest,
        "known_to": str(min(known)) if known else None,
        "not_over": ",".join(agency for agency in PAYERS if not _is_over(month, said.get(agency, ()))),
        "unverified": _unverified(month, gaps),
        "not_asked": ", ".join(_not_asked(month, questions)),
    }


def _known_to(month: str, words: Sequence[Said]) -> date | None:
    """The day to which an agency had answered for the month when it did; None if for no day of it.

    What it told before a day came is a forecast: the first such day ends what is known.
    """
    if month == UNKNOWN_MONTH or not words:
        return None
    told = _told(month, words)
    known = joined([(first, min(last, came)) for first, last, came in told if first <= came])
    forecast = open_days([(first, last) for first, last, _ in told], known)
    if forecast:
        known = [run for run in known if run[1] < forecast[0][0]]
    return max((last for _, last in known), default=None)


def _is_over(month: str, words: Sequence[Said]) -> bool:
    """Whether the agency has answered since the month was over, and for no day of it only while it lasted."""
    if month == UNKNOWN_MONTH or not words:
        return False
    told = _told(month, words)
    known = [(first, min(last, came - DAY)) for first, last, came in told if first < came]
    end = days_of(month)[1]
    return any(one.is_verified and one.received_at.date() > end for one in words) and not open_days(
        [(first, last) for first, last, _ in told], known
    )


def _told(month: str, words: Iterable[Said]) -> list[tuple[date, date, date]]:
    """The days of the month that each verified answer is about, and the day on which it came."""
    whole = days_of(month)
    told = [
        (max(one.asked_from or whole[0], whole[0]), min(one.asked_to or whole[1], whole[1]), one.received_at)
        for one in words
        if one.is_verified
    ]
    return [(first, last, came.date()) for first, last, came in told if first <= last]


def _not_asked(month: str, questions: Sequence[Question]) -> Iterator[str]:
    """The payers' agencies that were never to be asked about the month: `FK`, or `FK 2026-09-01--2026-09-14`
    for a part of it. Days after the last question are no part of it yet.
    """
    if month == UNKNOWN_MONTH or not questions:
        yield from PAYERS
        return
    whole = days_of(month)
    so_far = whole[0], min(whole[1], max(question.asked_at.date() for question in questions))
    for agency in PAYERS:
        asked = [question.period for question in questions if agency in question.agencies]
        for run in open_days([so_far] if so_far[0] <= so_far[1] else [], asked):
            yield agency if run == so_far else f"{agency} {run[0]}--{run[1]}"


def _near(question: Question) -> Days:
    """The asked days of which months are listed: nobody reads a thousand years without a payment."""
    day = question.asked_at.date()
    first, last = question.period
    return max(first, day - _YEARS_BACK), min(last, day + _YEARS_AHEAD)


def _unverified(month: str, gaps: Iterable[Record]) -> str:
    """The agencies with open days in the month, and which days: `CSN 2026-09-01--2026-09-23`."""
    return ", ".join(
        f"{one['agency']} {one['from_date']}--{one['to_date']}"
        for one in gaps
        if month == UNKNOWN_MONTH or one["from_date"][:7] <= month <= one["to_date"][:7]
    )
