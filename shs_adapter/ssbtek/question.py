"""A question about one person to up to seven agencies: what it holds, what is asked of whom, what is refused.

The limits here are those the contract's schema hides: 31 characters and a moving window at CSN, two years at
LEFI, no persons born before 1900 at Transportstyrelsen.
"""

import base64
import calendar
import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from shs_adapter.errors import InvalidQuestion
from shs_adapter.ssbtek.person import check_organisation

_SHORT = 31  # CSN refuses more (-1005)
_ALIAS = re.compile("A-[A-Z2-7]{29}")
_PERSON = re.compile("[0-9]{12}")
_PLAUSIBLE_YEARS = range(2000, 2100)
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


# The parts of Skatteverket's answer in v11, in the order in which the contract writes them.
SKV_PARTS = (
    "foretagsinformation",
    "individuppgifter",
    "skattekonto",
    "skatteuppgifter",
    "beskattningsbilagor",
)
SKV_USUAL_PARTS = frozenset(SKV_PARTS) - {"beskattningsbilagor"}


class Agency(StrEnum):
    """The agencies, in the order in which the contract writes them."""

    AF = "AF"
    CSN = "CSN"
    FK = "FK"
    SKV = "SKV"
    SO = "SO"
    TNS = "TNS"
    MIV = "MIV"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from *first* to *last*, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """The municipality that asks, and its case worker: a user id of at most 31 characters."""

    organisation_number: str
    name: str
    officer: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """A personuppgiftsbiträde, who handles the question for the submitter."""

    organisation_number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who is asked about which days, and who was wanted but cannot be asked, with the code why.

    SKV and MIV take no period: they answer with what they have.
    """

    asked: Mapping[Agency, Period]
    left_out: Mapping[Agency, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that a contract needs to write the question.

    *aktorsid* and *lefi_profile* matter to FK alone, *skv_years* (tax years) and *skv_parts* to SKV in v11.
    """

    correlation_id: str
    submitter: Submitter
    person: str = field(repr=False)
    case_id: str = field(repr=False)
    period: Period
    purpose: str
    legal_basis: str
    plan: Plan
    aktorsid: str
    lefi_profile: str
    processors: tuple[Processor, ...] = ()
    skv_years: tuple[int, ...] = ()
    skv_parts: frozenset[str] = SKV_USUAL_PARTS


def plan(agencies: Collection[Agency], period: Period, person: str, today: date) -> Plan:
    """Decide whom to ask about which days; *person* is already checked.

    Raises InvalidQuestion with period_reversed, period_lefi (over two years, and FK among the agencies) or
    nothing_to_ask.
    """
    if period.last < period.first:
        raise InvalidQuestion("period_reversed", "the period ends before it begins")
    asked: dict[Agency, Period] = {}
    left_out: dict[Agency, str] = {}
    for agency in Agency:
        if agency in agencies:
            limited = _LIMITS[agency](period, person, today) if agency in _LIMITS else period
            if isinstance(limited, Period):
                asked[agency] = limited
            else:
                left_out[agency] = limited
    if not asked:
        raise InvalidQuestion("nothing_to_ask", "no agency is left to ask")
    return Plan(asked=asked, left_out=left_out)


def alias(tenant: str, kind: str, value: str) -> str:
    """Return *value* if it has at most 31 characters, else a name of 31 characters that stands for it.

    The name is ``A-`` and 145 bits of SHA-256 over tenant, kind and value, each with its length before it:
    stable, and another one for another tenant or kind. A short value that has the form of an alias is
    given one too, so that what is returned as it is never is what stands for something else. Give it the
    value itself, once: an alias of an alias is a third name.
    """
    if len(value) <= _SHORT and not _ALIAS.fullmatch(value):
        return value
    digest = hashlib.sha256()
    for part in (tenant, kind, value):
        data = part.encode(errors="surrogatepass")
        digest.update(len(data).to_bytes(8) + data)
    return "A-" + base64.b32encode(digest.digest()).decode()[:29]


def check(question: Question) -> None:
    """Raise InvalidQuestion unless the question can be written as it stands.

    Codes: nothing_to_ask; person_format; organisation_format and organisation_check_digit; and a name with
    what is wrong: {correlation_id, submitter_name, officer, case_id, processor_name, purpose, legal_basis,
    aktorsid} _ {missing (blank), length, characters (control characters, or what XML cannot carry)}.
    """
    if not question.plan.asked:
        raise InvalidQuestion("nothing_to_ask", "no agency is left to ask")
    if not _PERSON.fullmatch(question.person):
        raise InvalidQuestion("person_format", "the person is not 12 digits")
    processors = [processor.organisation_number for processor in question.processors]
    for number in (question.submitter.organisation_number, *processors):
        if check_organisation(number) != number:
            raise InvalidQuestion("organisation_format", "blanks around an organisation number")
    for name, text, limit in _texts(question):
        if not text.strip():
            raise InvalidQuestion(f"{name}_missing", f"{name} is blank")
        if limit and len(text) > limit:
            raise InvalidQuestion(f"{name}_length", f"{name} is longer than {limit} characters")
        if _UNWRITABLE.search(text):
            raise InvalidQuestion(f"{name}_characters", f"{name} holds a control character")


def check_skv(question: Question) -> None:
    """Raise InvalidQuestion unless what v11 asks of Skatteverket is there; nothing is asked if SKV is not.

    Codes: skv_years_missing, skv_years_range, skv_parts_missing, skv_parts_unknown.
    """
    if Agency.SKV not in question.plan.asked:
        return
    if not question.skv_years:
        raise InvalidQuestion("skv_years_missing", "Skatteverket is asked about no year")
    if not all(year in _PLAUSIBLE_YEARS for year in question.skv_years):
        raise InvalidQuestion("skv_years_range", "a tax year is none of this century")
    if not question.skv_parts:
        raise InvalidQuestion("skv_parts_missing", "Skatteverket is asked for no part")
    if not question.skv_parts <= set(SKV_PARTS):
        raise InvalidQuestion("skv_parts_unknown", "Skatteverket is asked for a part that it does not have")


def last_tax_years(today: date) -> tuple[int, int]:
    """The two last calendar years that are over, the older first: what Försäkringskassan's example asks."""
    return today.year - 2, today.year - 1


def _texts(question: Question) -> Iterator[tuple[str, str, int | None]]:
    """Name, value and limit of every text."""
    yield "correlation_id", question.correlation_id, 64
    yield "submitter_name", question.submitter.name, 255
    yield "officer", question.submitter.officer, _SHORT
    yield "case_id", question.case_id, _SHORT
    for processor in question.processors:
        yield "processor_name", processor.name, 255
    yield "purpose", question.purpose, None
    yield "legal_basis", question.legal_basis, None
    if Agency.FK in question.plan.asked:
        yield "aktorsid", question.aktorsid, None


def _csn(period: Period, person: str, today: date) -> Period | str:
    """CSN answers for two months back and one ahead, and refuses the whole of a longer period (-1006)."""
    first = max(period.first, _months_after(today, -2))
    last = min(period.last, _months_after(today, 1))
    return Period(first=first, last=last) if first <= last else "csn_window"


def _fk(period: Period, person: str, today: date) -> Period | str:
    """LEFI refuses a period of more than two years."""
    first, last = period.first, period.last
    if (last.year - 2, last.month, last.day) > (first.year, first.month, first.day):
        raise InvalidQuestion("period_lefi", "FK answers for two years at most")
    return period


def _tns(period: Period, person: str, today: date) -> Period | str:
    return "tns_century" if person.startswith("18") else period


_LIMITS: Mapping[Agency, Callable[[Period, str, date], Period | str]] = {
    Agency.CSN: _csn,
    Agency.FK: _fk,
    Agency.TNS: _tns,
}


def _months_after(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
