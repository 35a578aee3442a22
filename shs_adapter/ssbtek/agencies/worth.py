"""What an answer is worth: what it says of itself, and then what was noted while it was read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shs_adapter.ssbtek.finding import UNKNOWN, Outcome, Transience
from shs_adapter.ssbtek.notes import UNEXPECTED
from shs_adapter.ssbtek.rows import Row


@dataclass(frozen=True, slots=True)
class Worth:
    outcome: Outcome
    status: str | None = None
    transience: Transience | None = None


def settled(delivered: Outcome, status: str | None, *rows: Row) -> Worth:
    """The worth of *rows*, closed, where the status is the good one and *delivered* is what stands in them.

    What was begun and left blank or cannot be read makes it PARTIAL, for good: it will come again as it is.
    Something that no schema names is not nothing.
    """
    if delivered is Outcome.PARTIAL or not all(row.is_whole for row in rows):
        return Worth(Outcome.PARTIAL, UNKNOWN, Transience.PERMANENT)
    deviations = (noted for row in rows for noted in row.deviations)
    if delivered is Outcome.EMPTY and any(noted.kind == UNEXPECTED for noted in deviations):
        return Worth(Outcome.DATA, status)
    return Worth(delivered, status)


def distinct(names: Iterable[str]) -> Iterator[str]:
    """The names, each that was there before with a number behind it."""
    told: set[str] = set()
    times: dict[str, int] = {}
    for name in names:
        unlike = name
        while unlike in told:
            times[name] = times.get(name, 1) + 1
            unlike = f"{name} {times[name]}"
        told.add(unlike)
        yield unlike
