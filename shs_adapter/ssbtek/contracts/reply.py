"""What a contract makes of a document that came back, before anything is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from shs_adapter.ssbtek.failure import UNDECODABLE, Failure
from shs_adapter.ssbtek.question import Agency

__all__ = ["UNDECODABLE", "Answer", "Failure", "Fault"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer split by agency; *unknown_agency* tells that there was one the contract does not name.

    *correlation_ids*, *persons* and *cases* are all that stand outside the agencies' parts: the answer's own
    korrelationsid, and what a repeated question is about.
    """

    correlation_ids: tuple[str, ...]
    persons: tuple[str, ...] = field(repr=False)
    cases: tuple[str, ...] = field(repr=False)
    parts: Mapping[Agency, etree._Element | Failure]
    unknown_agency: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """The whole question failed; the code is safe to log."""

    code: str
