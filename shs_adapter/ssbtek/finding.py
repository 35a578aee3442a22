"""What one agency's answer is worth, what it holds, and what it must be held against."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree

from shs_adapter.ssbtek.facts import Fact, Payment
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.ssbtek.question import Agency

UNKNOWN = "unknown"  # the status of what cannot be judged
ANONYMOUS = "anonymous"  # the status of all that an answer says which does not tell whom it is about


class Outcome(StrEnum):
    """What came of asking one agency. Only DATA and EMPTY are answers; the others are never "nothing"."""

    DATA = "DATA"
    EMPTY = "EMPTY"  # the agency says, positively, that it has nothing on this person
    PARTIAL = "PARTIAL"  # something was not delivered, or cannot be judged
    ERROR = "ERROR"
    MISSING = "MISSING"  # asked, and absent from the answer
    UNASKED = "UNASKED"


class Transience(StrEnum):
    """Whether asking again may help, where an agency gave no whole answer (ssbtek-data c)."""

    TRANSIENT = "TRANSIENT"  # documented to pass
    DOUBTFUL = "DOUBTFUL"  # nobody says; a few tries, then a human
    PERMANENT = "PERMANENT"  # input, permission or configuration: asking again changes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer is judged against.

    *answered_fund_statuses* are the words by which an a-kassa says that it has looked; no list is public.
    *benefit_groups* are the LEFI codes that FK and PM were asked about, *skv_parts* the parts of SKV's answer
    (v11).
    """

    correlation_id: str
    person: str = field(repr=False)
    case_id: str = field(repr=False)
    agencies: frozenset[Agency]
    answered_fund_statuses: frozenset[str] = frozenset()
    benefit_groups: frozenset[str] = frozenset()
    skv_parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sub:
    """The outcome of a part of an agency: an a-kassa, FK or PM, a benefit group, a subsystem, a part of SKV.

    *status* is safe to log: a code known here, or what `token` lets through.
    """

    name: str
    outcome: Outcome
    status: str | None = None


def distinct(subs: Iterable[Sub]) -> tuple[Sub, ...]:
    """The same with every name once, for names that are codes: two of a name are of the same thing.

    Where they do not agree, nobody knows which holds.
    """
    found: dict[str, Sub] = {}
    for sub in subs:
        if found.setdefault(sub.name, sub) != sub:
            found[sub.name] = Sub(name=sub.name, outcome=Outcome.PARTIAL, status=UNKNOWN)
    return tuple(found.values())


def numbered(names: Iterable[str]) -> Iterator[str]:
    """The names, for entries that may share one: each that was there before with a number behind it."""
    told: set[str] = set()
    times: dict[str, int] = {}
    for name in names:
        unlike = name
        while unlike in told:
            times[name] = times.get(name, 1) + 1
            unlike = f"{name} {times[name]}"
        told.add(unlike)
        yield unlike


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One agency's part, judged and decoded: *status* is from the code lists known here, or UNKNOWN.

    *kalla* is known only of an error that stands in the place of data. *persons* and *cases* are every
    identity the data claims to be about, for comparison. *transience* is None where the outcome is an answer.
    """

    outcome: Outcome
    kalla: str | None = None
    felkod: str | None = None
    status: str | None = None
    transience: Transience | None = None
    protected: bool = False
    version: str | None = None  # of the agency's own document, where it says
    persons: tuple[str, ...] = field(default=(), repr=False)
    cases: tuple[str, ...] = field(default=(), repr=False)
    subs: tuple[Sub, ...] = ()
    payments: tuple[Payment, ...] = field(default=(), repr=False)
    facts: tuple[Fact, ...] = field(default=(), repr=False)
    deviations: tuple[Deviation, ...] = ()


Judge = Callable[[etree._Element, Asked], Finding]
