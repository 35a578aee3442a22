"""What stands in the parts of Skatteverket's answer in v11: JSON, as far as its shape is known.

The shapes are from one real answer that others have described, not from a schema (ssbtek-data f). Those of
individuppgifter and beskattningsbilagor are not public: they are kept as they came, and nothing is read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shs_adapter.ssbtek.facts import Fact, SkvAccount, SkvBusiness, SkvTaxDecision
from shs_adapter.ssbtek.notes import Notes
from shs_adapter.ssbtek.reading import words
from shs_adapter.ssbtek.record import Record, holds_anything

ABOUT_THE_ANSWER = ("identitet", "kontohavare")  # at the top of whichever part
_BUSINESS = ("foretagId", "arbetsgivarregistrerad", "momsregistrerad", "godkandFskatt")
_ACCOUNT = words("utbetalningskonto utbetaltBelopp bokforingsdag saldo preliminarRanta senastUppdaterad")
_DECISION = ("beskattningsar", "beskattningsperiod", "datumFaststalld", "uppgifter")
_CONTENT = words("inkomstar overskottAvTjanst sumKapital fastStalldinkomst summaSlutligSkatt")
_SEPARATORS = re.compile("[-+ ]")
_IDENTITY = re.compile("[0-9]{10,12}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Values:
    """*persons* is who the part says that it is about, where it says so in digits."""

    facts: tuple[Fact, ...] = field(default=(), repr=False)
    persons: tuple[str, ...] = field(default=(), repr=False)


def values(part: str, content: Any, notes: Notes) -> Values:
    """Read the part as far as it is known; what deviates is noted with paths that begin with its name."""
    if part not in _READERS:
        return Values()
    told = content if isinstance(content, dict) or holds_anything(content) else None
    return _READERS[part](Record({part: told}, "", notes).record(part))


def _businesses(whole: Record) -> Values:
    """A sole trader's foretagId is the person's own number; a company's is not, so it is not compared."""
    whole.strangers((*ABOUT_THE_ANSWER, "foretag"))
    return Values(
        tuple(
            SkvBusiness(
                company=_sealed(each, "foretagId"),
                employer=each.truth("arbetsgivarregistrerad"),
                vat=each.truth("momsregistrerad"),
                f_tax=each.truth("godkandFskatt"),
            )
            for each in whole.several("foretag", _BUSINESS)
        )
    )


def _account(whole: Record) -> Values:
    whole.strangers((*ABOUT_THE_ANSWER, *_ACCOUNT))
    account = SkvAccount(
        bank_account=_sealed(whole, "utbetalningskonto"),
        paid_out=whole.amount("utbetaltBelopp"),
        posted_on=whole.day("bokforingsdag"),
        balance=whole.amount("saldo"),
        preliminary_interest=whole.amount("preliminarRanta"),
        updated_on=whole.day("senastUppdaterad"),
    )
    return Values((account,) if account != SkvAccount() else (), _persons(whole, "kontohavare"))


def _tax_decisions(whole: Record) -> Values:
    whole.strangers((*ABOUT_THE_ANSWER, "beslutadeSkatteuppgifter"))
    decisions = whole.several("beslutadeSkatteuppgifter", _DECISION)
    return Values(tuple(map(_tax_decision, decisions)), _persons(whole, "identitet"))


def _tax_decision(decision: Record) -> SkvTaxDecision:
    content = decision.record("uppgifter", _CONTENT)
    return SkvTaxDecision(
        tax_year=decision.whole("beskattningsar"),
        tax_period=decision.label("beskattningsperiod"),
        decided_on=decision.day("datumFaststalld"),
        income_year=content.whole("inkomstar"),
        employment_surplus=content.amount("overskottAvTjanst"),
        capital=content.amount("sumKapital"),
        assessed_income=content.amount("fastStalldinkomst"),
        final_tax=content.amount("summaSlutligSkatt"),
    )


def _sealed(record: Record, name: str) -> str | None:
    """A text as it came, for what is never written in the clear."""
    return record.text(name)[:_LONGEST] or None


def _persons(whole: Record, name: str) -> tuple[str, ...]:
    digits = _SEPARATORS.sub("", whole.text(name))
    return (digits,) if _IDENTITY.fullmatch(digits) else ()


_READERS: Mapping[str, Callable[[Record], Values]] = {
    "foretagsinformation": _businesses,
    "skattekonto": _account,
    "skatteuppgifter": _tax_decisions,
}
