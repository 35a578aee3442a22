"""A daemon whose disk is full for a moment after its first fetch, and has room again: CONFIG."""

import asyncio
import resource
import signal
import sys
from pathlib import Path

from shs_adapter import config, log
from shs_adapter.daemon.service import serve

_MOMENT = 0.5  # seconds


def main(file: Path) -> None:
    begun = False
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def step(name: str) -> None:
        nonlocal begun
        if name == "fetched" and not begun:
            begun = True
            # The log is at least as long as this by then, and cannot grow.
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, most))
            loop = asyncio.get_running_loop()
            loop.call_later(_MOMENT, resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    settings = config.load(file)
    log.set_up()
    asyncio.run(serve(settings, step=step))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
