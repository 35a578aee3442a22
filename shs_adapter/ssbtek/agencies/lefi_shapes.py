"""The small objects that LEFI's answer is made of, and what a supplier delivers in them.

Försäkringskassan and Pensionsmyndigheten have each their own words for a code and a period.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shs_adapter.ssbtek.facts import Fact, Payment
from shs_adapter.ssbtek.finding import Outcome
from shs_adapter.ssbtek.notes import UNREADABLE, Notes
from shs_adapter.ssbtek.record import Record, holds_anything

FK_CODE = ("id", "beskrivning")
PM_CODE = ("kod", "beskrivning")

_MONEY = ("summa", "valuta")
_SPAN = ("fran", "till")
_PERIOD = ("from", "tom")
_EXTENT = ("taljare", "namnare")
_EXTENT_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one supplier delivered; *named* has for each thing in it the groups that it may belong to."""

    outcome: Outcome
    notes: Notes
    payments: tuple[Payment, ...] = field(repr=False)
    facts: tuple[Fact, ...] = field(repr=False)
    named: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency, as Försäkringskassan tells it."""

    amount: Decimal | None = field(repr=False)
    currency: str | None


_NO_MONEY = Money(None, None)


def money(record: Record, key: str) -> Money:
    found = record.record(key, _MONEY)
    return Money(found.amount("summa"), found.label("valuta")) if found.fields else _NO_MONEY


def span(record: Record, key: str) -> tuple[date | None, date | None]:
    """Försäkringskassan's period: days or months, and either end may be open."""
    found = record.record(key, _SPAN)
    return found.first_day("fran"), found.last_day("till")


def period(record: Record, key: str) -> tuple[date | None, date | None]:
    """Pensionsmyndigheten's period: days, of which the last may be open."""
    found = record.record(key, _PERIOD)
    return found.day("from"), found.end("tom")


def extent(record: Record, key: str) -> Decimal | None:
    """A fraction, with four decimals; a part of it that is absent is 0, and 0/0 is none (the contract)."""
    found = record.record(key, _EXTENT)
    upper, lower = found.amount("taljare") or Decimal(0), found.amount("namnare") or Decimal(0)
    if not upper and not lower:
        return None
    if not 0 <= upper <= lower:
        record.notes.note(UNREADABLE, record.at(key))
        return None
    return (upper / lower).quantize(_EXTENT_PLACES)


def delivered(content: dict[str, Any]) -> Outcome:
    """DATA if anything is there, under whatever name: an unknown one is not nothing.

    A row that was begun says that there is something, and a blank one does not say what: PARTIAL.
    """
    information = content.get("formansinformation")
    groups = [*content.values(), *(information.values() if isinstance(information, dict) else ())]
    if not all(holds_anything(row) for group in groups if isinstance(group, list) for row in group):
        return Outcome.PARTIAL
    return Outcome.DATA if holds_anything(content) else Outcome.EMPTY
