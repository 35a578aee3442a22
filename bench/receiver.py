"""The least node there is: takes messages over mutual TLS and gives receipts; a process of its own.

    python -m bench.receiver FOLDER

FOLDER holds a sandbox's certificates. Says its address when it is ready. A GET there gives the time at which
each message had arrived, in seconds by this machine's clock, by tx.id.
"""

import asyncio
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from shs_adapter.sandbox import pki
from shs_adapter.sandbox.server import Options, tls

_TX_ID = re.compile(rb'tx\.id="([0-9a-f-]{36})"')


class Receiver:
    def __init__(self) -> None:
        self._arrivals: dict[str, float] = {}

    async def receive(self, request: web.Request) -> web.Response:
        found = _TX_ID.search(await request.read())
        if found is None:
            return web.Response(status=400)
        tx_id = found[1].decode()
        self._arrivals[tx_id] = time.time()
        return web.Response(status=202, headers={"x-shs-txid": tx_id, "x-shs-duplicatemsg": "no"})

    async def tell(self, request: web.Request) -> web.Response:
        return web.json_response(self._arrivals)


async def serve(folder: Path) -> None:
    receiver = Receiver()
    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.router.add_post("/shs/rs", receiver.receive)
    application.router.add_get("/shs/rs", receiver.tell)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(
        runner,
        "127.0.0.1",
        0,
        ssl_context=tls(pki.write(folder, Options(directory=folder).organisation, datetime.now(UTC))),
    ).start()
    _, port = runner.addresses[0]
    print(f"ready at https://localhost:{port}/shs/rs", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
