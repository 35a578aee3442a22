"""What an answer is worth: what it says of itself, and then what was noted while it was read."""

from collections.abc import Collection
from dataclasses import dataclass

from shs_adapter.ssbtek.finding import UNKNOWN, Outcome, Transience
from shs_adapter.ssbtek.notes import UNEXPECTED, Deviation, is_whole


@dataclass(frozen=True, slots=True)
class Worth:
    outcome: Outcome
    status: str | None = None
    transience: Transience | None = None


def settled(delivered: Outcome, status: str | None, deviations: Collection[Deviation]) -> Worth:
    """The worth of what was read to its end, if the status is the good one and *delivered* what is there.

    What was begun and left blank or cannot be read makes it PARTIAL, for good: it will come again as it is.
    Something that no schema names is not nothing.
    """
    if delivered is Outcome.PARTIAL or not is_whole(deviations):
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.PERMANENT)
    if delivered is Outcome.EMPTY and any(noted.kind == UNEXPECTED for noted in deviations):
        return Worth(Outcome.DATA, status)
    return Worth(delivered, status)
