"""A daemon that SIGKILLs itself when it comes to a step for the nth time: CONFIG STEP NTH."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from shs_adapter import config, log
from shs_adapter.daemon.service import serve


def main(file: Path, fatal: str, nth: int) -> None:
    left = nth

    async def step(name: str) -> None:
        nonlocal left
        left -= name == fatal
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = config.load(file)
    log.set_up()
    asyncio.run(serve(settings, step=step))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
