"""One measured figure, with its floor from the same run, as a line of JSON on standard output."""

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """*line* is the letter of the requirement; *least* and *aim* are what it must and should reach."""

    line: str
    name: str
    value: float
    unit: str
    floor: float | None
    least: float | None = None
    aim: float | None = None
    lower_is_better: bool = False

    @property
    def reached(self) -> bool | None:
        if self.least is None:
            return None
        return self.value <= self.least if self.lower_is_better else self.value >= self.least

    def tell(self) -> None:
        sys.stdout.write(json.dumps(asdict(self) | {"reached": self.reached}) + "\n")
        sys.stdout.flush()
