"""The sandbox as a process: certificates in a directory, the node on a loopback port behind mutual TLS."""

import asyncio
import errno
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from shs_adapter.errors import CannotStart
from shs_adapter.sandbox import pki
from shs_adapter.sandbox.faults import Fault
from shs_adapter.sandbox.forsakringskassan import Forsakringskassan, Manners
from shs_adapter.sandbox.mailbox import PostOffice
from shs_adapter.sandbox.node import Node
from shs_adapter.sandbox.witness import Witness

_HOST = "127.0.0.1"
_GRACE = timedelta(seconds=2)  # for requests in hand at shutdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a sandbox is started with; port 0 takes a free one."""

    directory: Path
    port: int = 0
    organisation: str = "2120002411"
    detect_duplicates: bool = True
    consume: bool = True
    faults: tuple[Fault, ...] = ()
    late: timedelta = timedelta(seconds=30)
    litter: bool = False
    think: timedelta = timedelta(milliseconds=200)
    busy: timedelta | None = None  # what a busy node takes for every request, and it notes each


async def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Run until cancelled; *ready* gets the base URL once the port is open.

    Mailboxes are in memory and end with the process. Raises CannotStart where the port is taken.
    """
    certificates = pki.write(options.directory, options.organisation, _now())
    post = PostOffice(detect_duplicates=options.detect_duplicates, consume=options.consume)
    with closing(Witness(options.directory / "node.jsonl")) as witness:
        manners = Manners(faults=options.faults, late=options.late, think=options.think)
        agency = Forsakringskassan(post, witness, manners, _now)
        if options.litter:
            agency.litter(options.organisation)
        application = Node(post, agency, witness, _now, options.busy).application()
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE.total_seconds())
        await runner.setup()
        try:
            ready(await _listen(runner, options.port, tls(certificates)))
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
            await agency.close()


async def _listen(runner: web.AppRunner, port: int, context: ssl.SSLContext) -> str:
    """Open the port and return the base URL; the certificate names localhost."""
    try:
        await web.TCPSite(runner, _HOST, port, ssl_context=context).start()
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise CannotStart("port_taken", f"port {port} is taken or not allowed: choose another") from None
    _, bound = runner.addresses[0]
    return f"https://localhost:{bound}"


def _now() -> datetime:
    return datetime.now(UTC)


def tls(certificates: pki.Certificates) -> ssl.SSLContext:
    """The server's side of mutual TLS: 1.2 or newer, and no client but one of this authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(certificates.server, certificates.server_key)
    context.load_verify_locations(certificates.ca)
    return context
