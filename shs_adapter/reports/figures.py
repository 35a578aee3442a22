"""What the plots of a statistic show, added up row by row from all its rows."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from shs_adapter import reasons
from shs_adapter.reports.plots import Series, bars
from shs_adapter.reports.words import Row

# Told apart by those who see colours differently, too (Okabe and Ito).
_BLUE, _SKY, _ORANGE, _RED, _PINK, _GREY = "#0072b2", "#56b4e9", "#e69f00", "#b3261e", "#cc79a7", "#999999"

# Names and colours, in the order in which they stand on each other.
_ENDINGS = {
    "answered": ("Besvarade", _BLUE),
    "partly": ("Delvis", _ORANGE),
    "failed": ("Misslyckade", _RED),
    "unanswered": ("Utan svar", _GREY),
}
_OUTCOMES = {
    "DATA": ("Uppgifter", _BLUE),
    "EMPTY": ("Inget finns", _SKY),
    "PARTIAL": ("Delvis", _ORANGE),
    "ERROR": ("Fel", _RED),
    "MISSING": ("Svar saknas", "#7a1712"),
    "OTHER": ("Hela svaret fel", _PINK),
    "NONE": ("Inget svar än", _GREY),
}


class Figures:
    """None: for a report without plots."""

    def row(self, row: Row) -> None:
        """Take one row in."""

    def drawn(self) -> list[Any]:
        return []


class Volume(Figures):
    def __init__(self) -> None:
        self._days: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def row(self, row: Row) -> None:
        if row["agency"] == "ALL":  # questions, each counted once
            for ending in _ENDINGS:
                self._days[row["day"]][ending] += row[ending]

    def drawn(self) -> list[Any]:
        days = sorted(self._days)
        series = [
            Series(name, colour, [self._days[day][ending] for day in days])
            for ending, (name, colour) in _ENDINGS.items()
        ]
        return [bars("Frågor per dag", "frågor", days, series)]


class Quality(Figures):
    def __init__(self) -> None:
        self._answers: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._seconds: dict[str, float] = defaultdict(float)
        self._timed: dict[str, int] = defaultdict(int)

    def row(self, row: Row) -> None:
        outcome = row["outcome"] if row["outcome"] in _OUTCOMES else "OTHER"
        self._answers[row["agency"]][outcome] += row["answers"]
        if row["latency_mean"] is not None:
            self._seconds[row["agency"]] += row["latency_mean"] * row["answers"]
            self._timed[row["agency"]] += row["answers"]

    def drawn(self) -> list[Any]:
        agencies = sorted(self._answers)
        labels = [reasons.NAMES.get(agency, agency) for agency in agencies]
        outcomes = [
            Series(name, colour, values)
            for outcome, (name, colour) in _OUTCOMES.items()
            if any(values := [self._answers[agency][outcome] for agency in agencies])
        ]
        means = [
            self._seconds[agency] / self._timed[agency] if self._timed[agency] else 0.0 for agency in agencies
        ]
        return [
            bars("Utfall per myndighet", "svar", labels, outcomes),
            bars("Svarstid per myndighet, medel", "sekunder", labels, [Series("Svarstid", _BLUE, means)]),
        ]


FIGURES: Mapping[str, type[Figures]] = {"volume": Volume, "agency-quality": Quality}
