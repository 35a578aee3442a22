"""From the row that a business system wrote to a question, or to the reason why it cannot become one.

Pure. The codes raised here, and by `ssbtek`, are the row's failure_code; README lists them all. The texts say
what is wrong and what is allowed, never the value.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from shs_adapter.config import Tenant
from shs_adapter.errors import InvalidQuestion
from shs_adapter.hours import SWEDEN
from shs_adapter.sandbox.cast import NUMBERS
from shs_adapter.ssbtek import lefi
from shs_adapter.ssbtek.person import check_person
from shs_adapter.ssbtek.question import Agency, Period
from shs_adapter.store.subjects import ROLES

LONGEST = 128
# The longest texts of those that no agency is told. Of a longer one only the beginning may have been kept
# (migration 0015), and the business system would not know its own again.
_KEPT = {"reference": 400, "unit": 1000, "created_by": 1000, "ask_anyway_reason": 1000}

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1900, 2200)  # of a period: other days stand for "always" or "not set"; no agency knows of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The row, parsed; *due* and *deadline* are None where the business system sets no time."""

    person: str = field(repr=False)
    case_id: str
    officer: str
    period: Period
    agencies: tuple[Agency, ...]
    contract: int
    lefi_profile: str
    purpose: str
    legal_basis: str
    due: datetime | None
    deadline: datetime | None


def read(row: Any, person: str, tenant: Tenant, today: date) -> Intake:
    """Parse an outbox *row*; raises InvalidQuestion with its failure_code."""
    number = check_person(person, today)
    if tenant.shs.status == "production" and number in NUMBERS:
        raise InvalidQuestion("test_number", "a test number is never asked about in production")
    for name, most in _KEPT.items():
        if len(_blank(getattr(row, name))) > most:
            raise InvalidQuestion(f"{name}_length", f"{name} is longer than {most} characters")
    agencies = _agencies(row.agencies, tenant, today)
    _word(row.household_role, "household_role", ROLES)
    profile = _word(row.lefi_profile, "lefi_profile", tuple(lefi.PROFILES)) or "payments"
    if not isinstance(row.priority, int | None):
        raise InvalidQuestion("priority", "priority is not a whole number")
    return Intake(
        person=number,
        case_id=_text(row.case_id, "case_id"),
        officer=_text(row.officer, "officer"),
        period=Period(first=_day(row.from_date, "from_date"), last=_day(row.to_date, "to_date")),
        agencies=agencies,
        contract=_contract(row.contract, tenant, today),
        lefi_profile=profile,
        purpose=_purpose(tenant, today),
        legal_basis=_legal_basis(agencies, tenant, today),
        due=_time(row.not_before, "not_before"),
        deadline=_time(row.give_up_at, "give_up_at"),
    )


def _agencies(value: object, tenant: Tenant, today: date) -> tuple[Agency, ...]:
    """The agencies to ask, in the contract's order; the tenant's whole list where the row names none."""
    lawful = {code for basis in tenant.legal_basis if basis.holds(today) for code in basis.agencies}
    wanted = {word.strip().upper() for word in _blank(value).split(",")} - {""} or lawful
    unknown = wanted - set(Agency)
    if unknown:
        raise InvalidQuestion("agencies", f"agencies is a list of {', '.join(Agency)}, with commas between")
    if not wanted or not wanted <= lawful:
        raise InvalidQuestion(
            "no_legal_basis", "the tenant has no legal basis today for an agency to be asked"
        )
    return tuple(agency for agency in Agency if agency in wanted)


def _contract(value: object, tenant: Tenant, today: date) -> int:
    """The version of the contract to ask by: the tenant's first that holds, or the one that the row names."""
    held = [contract.version for contract in tenant.contract if contract.holds(today)]
    if not held:
        raise InvalidQuestion("no_contract", "the tenant has no contract version that is valid today")
    named = _blank(value)
    if named and named not in map(str, held):
        raise InvalidQuestion("contract", f"contract is one of {', '.join(map(str, held))}, or empty")
    return int(named or held[0])


def _purpose(tenant: Tenant, today: date) -> str:
    for purpose in tenant.purpose:
        if purpose.holds(today):
            return purpose.text
    raise InvalidQuestion("no_purpose", "the tenant has no purpose that is valid today")


def _legal_basis(agencies: Iterable[Agency], tenant: Tenant, today: date) -> str:
    """The provisions for the agencies asked, each once."""
    asked = set(agencies)
    texts = [basis.text for basis in tenant.legal_basis if basis.holds(today) and asked & set(basis.agencies)]
    return "; ".join(dict.fromkeys(texts))


def _blank(value: object) -> str:
    return "" if value is None else str(value).strip()


def _text(value: object, name: str) -> str:
    text = _blank(value)
    if not text:
        raise InvalidQuestion(f"{name}_missing", f"{name} is empty")
    if not isinstance(value, str):
        raise InvalidQuestion(f"{name}_characters", f"{name} was not written as text")
    if "\N{REPLACEMENT CHARACTER}" in text:
        raise InvalidQuestion(f"{name}_characters", f"{name} was not written as UTF-8")
    if len(text) > LONGEST:
        raise InvalidQuestion(f"{name}_length", f"{name} is longer than {LONGEST} characters")
    return text


def _word(value: object, name: str, allowed: tuple[str, ...]) -> str:
    """One of *allowed*, or nothing."""
    word = _blank(value)
    if word and word not in allowed:
        raise InvalidQuestion(name, f"{name} is one of {', '.join(allowed)}")
    return word


def _day(value: object, name: str) -> date:
    text = _blank(value)
    try:
        if _DATE.fullmatch(text) and (day := date.fromisoformat(text)).year in _YEARS:
            return day
    except ValueError:
        pass
    raise InvalidQuestion(name, f"{name} is a date from 1900 to 2199, YYYY-MM-DD")


def _time(value: object, name: str) -> datetime | None:
    """A time with zone; without one it is Swedish time."""
    text = _blank(value)
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=SWEDEN)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidQuestion(name, f"{name} is a time, ISO 8601") from None
