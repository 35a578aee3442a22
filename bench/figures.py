"""One measured figure, with its floor from the same run, as a line of JSON on standard output."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """*line* is the letter of the requirement; *least* and *aim* are what it must and should reach.

    *floor* is what the least code needs, or reaches, that does the same; None where there is no such code.
    Without *least* it is told and not judged.
    """

    line: str
    name: str
    value: float
    unit: str
    floor: float | None = None
    least: float | None = None
    aim: float | None = None
    lower_is_better: bool = False

    @property
    def short(self) -> float | None:
        """By how much *least* is missed, 0 where it is reached."""
        if self.least is None:
            return None
        return max(0.0, self.value - self.least if self.lower_is_better else self.least - self.value)

    @property
    def reached(self) -> bool | None:
        return None if self.short is None else self.short == 0

    def tell(self) -> None:
        fields = asdict(self) | {"reached": self.reached}
        rounded = {key: float(f"{one:.5g}") if isinstance(one, float) else one for key, one in fields.items()}
        print(json.dumps(rounded), flush=True)


def heard(line: str) -> Figure | None:
    """The figure that a line of output tells, if it tells one."""
    if not line.startswith('{"line"'):
        return None
    fields = json.loads(line)
    del fields["reached"]
    return Figure(**fields)


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of *values* that so many percent of them do not exceed."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]
