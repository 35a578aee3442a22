"""Whether a payment can be counted, and whether its amounts agree; what is not so is noted."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from shs_adapter.ssbtek.facts import Payment
from shs_adapter.ssbtek.notes import ARITHMETIC, INCOMPLETE, Notes

ROUNDING = Decimal(1)

Span = tuple[date | None, date | None]


def counted(payment: Payment, notes: Notes, *, undated: bool = False) -> Payment:
    """The payment, noted if it has no amount, or no day unless it may be *undated*."""
    dated = undated or payment.paid_on or payment.period_from or payment.period_to
    if not dated or {payment.gross, payment.net_after_tax, payment.net} == {None}:
        notes.note(INCOMPLETE, payment.path)
    return payment


def remainder(total: Decimal | None, drawn: Decimal | None, path: str, notes: Notes) -> Decimal | None:
    """What is left of the total, None if either is not known; more drawn than there is is noted, and None."""
    if total is None or drawn is None:
        return None
    if drawn > total:
        notes.note(ARITHMETIC, path)
        return None
    return total - drawn


def check_sum(
    total: Decimal | None, terms: Iterable[Decimal | None], path: str, notes: Notes, *, within: Decimal
) -> None:
    """Note it if the terms, all known, miss the total by more than *within*."""
    known = list(terms)
    if total is not None and None not in known and abs(total - sum(filter(None, known))) > within:
        notes.note(ARITHMETIC, path)


def whole_span(spans: Iterable[Span]) -> Span:
    """From the earliest first day to the latest last; an end that one of them leaves open is open."""
    told = [span for span in spans if span != (None, None)]
    firsts = [first for first, _ in told if first]
    lasts = [last for _, last in told if last]
    return (
        min(firsts) if firsts and len(firsts) == len(told) else None,
        max(lasts) if lasts and len(lasts) == len(told) else None,
    )
