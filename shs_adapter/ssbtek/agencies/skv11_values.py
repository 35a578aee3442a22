"""What stands in the parts of Skatteverket's answer in v11: JSON, as far as its shape is known.

The shapes are from one real answer that others have described, not from a schema (ssbtek-data f). Those of
individuppgifter and beskattningsbilagor are not public: they are kept as they came, and nothing is read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shs_adapter.ssbtek.facts import Fact, SkvAccount, SkvBusiness, SkvTaxDecision
from shs_adapter.ssbtek.notes import UNEXPECTED, UNREADABLE, Notes
from shs_adapter.ssbtek.reading import token

_ABOUT_THE_ANSWER = {"identitet", "kontohavare"}
_SEPARATORS = re.compile("[-+ ]")
_IDENTITY = re.compile("[0-9]{10,12}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Values:
    """*persons* is who the part says that it is about, where it says so in digits."""

    facts: tuple[Fact, ...] = field(default=(), repr=False)
    persons: tuple[str, ...] = field(default=(), repr=False)


def values(part: str, content: Any, notes: Notes) -> Values:
    """Read the part as far as it is known; what deviates is noted with paths that begin with its name.

    As elsewhere in JSON, places in an array are counted from 0.
    """
    if part not in _READERS:
        return Values()
    whole = _Object(content, part, notes)
    found = _READERS[part](whole)
    whole.close()
    return found


def holds_anything(value: Any) -> bool:
    """Whether a JSON value says anything; whom it is about, and a blank text, are nothing."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(inner for name, inner in value.items() if name not in _ABOUT_THE_ANSWER)
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            if value.strip():
                return True
        elif value is not None:
            return True
    return False


class _Object:
    """A JSON object read by name, that remembers what of it nobody has read; anything else is unreadable."""

    def __init__(self, value: Any, path: str, notes: Notes) -> None:
        self.notes = notes
        self._path = path
        self._below: list[_Object] = []
        self._unread: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        if not isinstance(value, dict) and holds_anything(value):
            notes.note(UNREADABLE, path)

    def at(self, name: str) -> str:
        return f"{self._path}.{name}"

    def scalar(self, name: str) -> Any:
        """The value, None where it is an object or an array; that is unreadable if it says anything."""
        value = self._unread.pop(name, None)
        if not isinstance(value, dict | list):
            return value
        if holds_anything(value):
            self.notes.note(UNREADABLE, self.at(name))
        return None

    def sealed(self, name: str) -> str | None:
        """A text as it came, for what is never written in the clear."""
        value = self.scalar(name)
        return str(value).strip()[:_LONGEST] or None if value is not None else None

    def persons(self, name: str) -> tuple[str, ...]:
        digits = _SEPARATORS.sub("", self.sealed(name) or "")
        return (digits,) if _IDENTITY.fullmatch(digits) else ()

    def amount(self, name: str) -> Decimal | None:
        return self.notes.amount(self.scalar(name), self.at(name))

    def whole(self, name: str) -> int | None:
        return self.notes.whole(self.scalar(name), self.at(name))

    def day(self, name: str) -> date | None:
        return self.notes.day(self.scalar(name), self.at(name))

    def truth(self, name: str) -> bool | None:
        return self.notes.truth(self.scalar(name), self.at(name))

    def label(self, name: str) -> str | None:
        return self.notes.label(self.scalar(name), self.at(name))

    def object(self, name: str) -> "_Object":
        return self._object(self._unread.pop(name, None), self.at(name))

    def objects(self, name: str) -> Iterator["_Object"]:
        """One object, or several in an array, of which a blank one is unreadable."""
        value = self._unread.pop(name, None)
        if not isinstance(value, list):
            if holds_anything(value):
                yield self._object(value, self.at(name))
            return
        for number, inner in enumerate(value):
            path = f"{self.at(name)}[{number}]"
            if holds_anything(inner):
                yield self._object(inner, path)
            else:
                self.notes.note(UNREADABLE, path)

    def close(self) -> None:
        """Note whatever was not read, here and below."""
        for name, value in self._unread.items():
            if holds_anything({name: value}):
                self.notes.note(UNEXPECTED, self.at(token(name)))
        for inner in self._below:
            inner.close()

    def _object(self, value: Any, path: str) -> "_Object":
        inner = _Object(value, path, self.notes)
        self._below.append(inner)
        return inner


def _businesses(whole: _Object) -> Values:
    """A sole trader's foretagId is the person's own number; a company's is not, so it is not compared."""
    return Values(
        tuple(
            SkvBusiness(
                company=each.sealed("foretagId"),
                employer=each.truth("arbetsgivarregistrerad"),
                vat=each.truth("momsregistrerad"),
                f_tax=each.truth("godkandFskatt"),
            )
            for each in whole.objects("foretag")
        )
    )


def _account(whole: _Object) -> Values:
    persons = whole.persons("kontohavare")
    account = SkvAccount(
        bank_account=whole.sealed("utbetalningskonto"),
        paid_out=whole.amount("utbetaltBelopp"),
        posted_on=whole.day("bokforingsdag"),
        balance=whole.amount("saldo"),
        preliminary_interest=whole.amount("preliminarRanta"),
        updated_on=whole.day("senastUppdaterad"),
    )
    return Values((account,) if account != SkvAccount() else (), persons)


def _tax_decisions(whole: _Object) -> Values:
    persons = whole.persons("identitet")
    return Values(tuple(_tax_decision(each) for each in whole.objects("beslutadeSkatteuppgifter")), persons)


def _tax_decision(decision: _Object) -> SkvTaxDecision:
    content = decision.object("uppgifter")
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


_READERS: Mapping[str, Callable[[_Object], Values]] = {
    "foretagsinformation": _businesses,
    "skattekonto": _account,
    "skatteuppgifter": _tax_decisions,
}
