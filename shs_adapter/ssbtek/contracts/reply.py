"""What a contract makes of a document that came back, before anything is judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from shs_adapter.ssbtek.question import Agency

UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class Failure:
    """An agency's error: *kalla* is SSBT (the composite service) or BT (the agency), if it says."""

    kalla: str | None
    felkod: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer split by agency; *correlation_id* is empty if it was absent.

    *unknown_agency* tells that there was an agency the contract does not name.
    """

    correlation_id: str
    parts: Mapping[Agency, etree._Element | Failure]
    unknown_agency: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """The whole question failed; the code is safe to log."""

    code: str
