"""What SSBTEK is asked, what of it reaches an agency, and how an agency says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from shs_adapter.sandbox.agencies.dates import Period
from shs_adapter.sandbox.agencies.markup import leaves, node
from shs_adapter.sandbox.cast import Person
from shs_adapter.sandbox.faults import Fault

V10 = "http://schema.forsakringskassan.se/integration/ssbt/10"
V11 = "http://schema.forsakringskassan.se/integration/ssbt/11"

Content = Sequence[etree._Element]
"""The children of an agency's `data`."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Instead of `data`: elements of an agency, each of which has data or an error of its own."""

    elements: Content


@dataclass(frozen=True, slots=True)
class Processor:
    organisation_number: str
    name: str


@dataclass(frozen=True, slots=True)
class LefiCall:
    """What Försäkringskassan alone is asked; the JSON is still base64."""

    version: str | None
    actor: str
    encoded: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TaxCall:
    """What Skatteverket alone is asked in v11: the parts that are wanted, in the contract's order."""

    years: Sequence[int]
    parts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """*namespace* is the contract's, v10 or v11; *asked* has the agencies with inkludera true, each with the
    period that holds for it; *repeated* what the answer is to repeat of the question, nothing unless it was
    wanted.
    """

    namespace: str
    asked_at: str | None
    correlation_id: str | None
    organisation_number: str
    organisation: str
    officer: str = field(repr=False)
    person: str = field(repr=False)
    case: str = field(repr=False)
    period: Period
    processors: Sequence[Processor]
    purpose: str
    legal_basis: str
    asked: Mapping[str, Period]
    lefi: LefiCall | None
    taxes: TaxCall | None
    enveloped: bool
    repeated: Sequence[etree._Element] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it reaches one agency: the subject is the person it will speak of."""

    question: Question
    period: Period
    subject: Person
    today: date
    faults: frozenset[Fault]

    @property
    def names(self) -> tuple[str, str] | None:
        """First name and family name; None for a stranger and under protection."""
        if self.subject.life.protected or not self.subject.name:
            return None
        first, _, family = self.subject.name.partition(" ")
        return first, family


@dataclass(frozen=True, slots=True)
class Refusal:
    """An agency's `error`: from SSBTEK (SSBT) or from the agency itself (BT)."""

    source: str
    code: str
    text: str

    def element(self, namespace: str) -> etree._Element:
        reasons = leaves(namespace, kalla=self.source, felkod=self.code, felmeddelande=self.text)
        return node(namespace, "error", reasons)
