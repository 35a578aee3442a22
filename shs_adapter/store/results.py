"""What an answer said, as it is handed to the store: a result for each agency, and the worth of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from shs_adapter.ssbtek.facts import Fact, Payment
from shs_adapter.ssbtek.finding import Sub
from shs_adapter.ssbtek.notes import Deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One agency's part of one answer; *asked_from* and *asked_to* are None for agencies without period."""

    agency: str
    outcome: str
    kalla: str | None = None
    felkod: str | None = None
    status: str | None = None
    transience: str | None = None
    protected: bool = field(default=False, repr=False)
    asked_from: str | None = None
    asked_to: str | None = None
    version: str | None = None
    subs: Sequence[Sub] = ()
    payments: Sequence[Payment] = field(default=(), repr=False)
    facts: Sequence[Fact] = field(default=(), repr=False)
    deviations: Sequence[Deviation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """An answer judged as a whole; *results* is empty where nothing of it may be used."""

    outcome: str  # COMPLETE, PARTIAL, FAULT, UNDECODABLE or QUARANTINED
    code: str | None
    payload_sha256: str  # keyed
    results: Sequence[Result] = ()
    warnings: Sequence[str] = ()  # codes, for the journal


Judged = tuple[Row[Any], Decoded]  # a message of the inbox, and what it was worth
