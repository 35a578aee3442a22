"""What one agency's answer is worth, and what it must be held against."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree

from shs_adapter.ssbtek.question import Agency

UNKNOWN = "unknown"  # the status of what cannot be judged


class Outcome(StrEnum):
    """What came of asking one agency. Only DATA and EMPTY are answers; the others are never "nothing"."""

    DATA = "DATA"
    EMPTY = "EMPTY"  # the agency says, positively, that it has nothing on this person
    PARTIAL = "PARTIAL"  # something was not delivered, or cannot be judged
    ERROR = "ERROR"
    MISSING = "MISSING"  # asked, and absent from the answer
    UNASKED = "UNASKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer is judged against.

    *answered_fund_statuses* are the words by which an a-kassa says that it has looked; no list is public.
    """

    correlation_id: str
    person: str = field(repr=False)
    case_id: str = field(repr=False)
    agencies: frozenset[Agency]
    answered_fund_statuses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One agency's part, judged: *status* is from the code lists known here, or UNKNOWN.

    *kalla* is known only of an error that stands in the place of data. *persons* and *cases* are every
    identity the data claims to be about, for comparison.
    """

    outcome: Outcome
    kalla: str | None = None
    felkod: str | None = None
    status: str | None = None
    protected: bool = False
    persons: tuple[str, ...] = field(default=(), repr=False)
    cases: tuple[str, ...] = field(default=(), repr=False)


Judge = Callable[[etree._Element, Asked], Finding]
