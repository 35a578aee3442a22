"""When messages arrived at the least node there is, see `bench.receiver`, and how long they had taken."""

from collections.abc import Sequence

import aiohttp

from bench.town import Town

Arrivals = dict[str, float]


async def arrivals(place: Town, session: aiohttp.ClientSession) -> Arrivals:
    async with session.get(place.tenant.shs.submit_url) as response:
        found: Arrivals = await response.json()
    return found


def taken(began: Sequence[float], tx_ids: Sequence[str], arrived: Arrivals) -> list[float]:
    """Seconds from when each *began* to its arrival."""
    return [arrived[tx_id] - start for start, tx_id in zip(began, tx_ids, strict=True)]
