"""What an answer is worth: what it says of itself, and then what was noted while it was read."""

from dataclasses import dataclass
from typing import Protocol

from shs_adapter.ssbtek.finding import UNKNOWN, Outcome, Transience
from shs_adapter.ssbtek.notes import UNEXPECTED, Deviation


class Read(Protocol):
    """What has been read to its end: a Row that is closed, or the Notes of a Record."""

    @property
    def is_whole(self) -> bool: ...

    @property
    def deviations(self) -> tuple[Deviation, ...]: ...


@dataclass(frozen=True, slots=True)
class Worth:
    outcome: Outcome
    status: str | None = None
    transience: Transience | None = None


def settled(delivered: Outcome, status: str | None, *read: Read) -> Worth:
    """The worth of what was *read*, where the status is the good one and *delivered* is what stands in it.

    What was begun and left blank or cannot be read makes it PARTIAL, for good: it will come again as it is.
    Something that no schema names is not nothing.
    """
    if delivered is Outcome.PARTIAL or not all(each.is_whole for each in read):
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.PERMANENT)
    if delivered is Outcome.EMPTY and any(
        noted.kind == UNEXPECTED for each in read for noted in each.deviations
    ):
        return Worth(Outcome.DATA, status)
    return Worth(delivered, status)
