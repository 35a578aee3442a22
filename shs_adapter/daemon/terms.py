"""The terms of each counterpart, a node's host: what all requests to it keep to, whoever makes them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shs_adapter.config import Config, Counterpart, host
from shs_adapter.hours import Hours
from shs_adapter.store.permits import Kind, Pool

# Daemons' clocks, each carried on from looks at the database's, may be so far apart.
_APART = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class Terms:
    slots: Pool
    requests_per_second: float | None
    hours: Hours

    @property
    def rate(self) -> Pool | None:
        """For 10 a second, ten permits that rest a second each; for 0.5, one that rests two."""
        if self.requests_per_second is None:
            return None
        size = math.ceil(self.requests_per_second)
        rest = timedelta(seconds=size / self.requests_per_second) + _APART
        return Pool(self.slots.counterpart, Kind.RATE, size, rest)

    @property
    def pools(self) -> Sequence[Pool]:
        return [self.slots, self.rate] if self.rate else [self.slots]


def terms(config: Config, url: str) -> Terms:
    """The terms of the counterpart that *url* leads to."""
    name = host(url)
    asked = config.counterparts.get(name, Counterpart())
    return Terms(
        slots=Pool(name, Kind.SLOT, asked.in_flight or config.limits.in_flight),
        requests_per_second=asked.requests_per_second,
        hours=asked.hours,
    )


def all_terms(config: Config) -> dict[str, Terms]:
    """The terms of every counterpart, by its name."""
    return {name: terms(config, f"https://{name}") for name in sorted(config.hosts())}
