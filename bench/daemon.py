"""The daemon with this machine's clock, so that the times it writes down compare with those others see.

    python -m bench.daemon CONFIG

The daemon's own clock is carried on from looks at the database's, and wrong by half of what a look took.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from shs_adapter import config, log
from shs_adapter.daemon.service import serve


def now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    settings = config.load(Path(sys.argv[1]))
    log.set_up()
    asyncio.run(serve(settings, now=now))
