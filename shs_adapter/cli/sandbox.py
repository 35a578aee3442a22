"""`sandbox`: a counterpart to practise against, and a configuration that points at it."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import click

from shs_adapter.cli.screen import say
from shs_adapter.errors import CannotStart
from shs_adapter.sandbox import server
from shs_adapter.sandbox.cast import CAST
from shs_adapter.sandbox.faults import Fault
from shs_adapter.sandbox.letters import PRODUCT
from shs_adapter.sandbox.server import Options
from shs_adapter.store import vault

_CONFIG = """\
# Written by `shs-adapter sandbox`: points the adapter at the sandbox at {url}.
# config/example.toml explains every key.
[database]
url = "sqlite:///adapter.db"

[keys]
file = "keys.toml"

[daemon]
name = "sandbox"

[tenants.default]
organisation_number = "16{organisation}"
name = "Exempelkommun"
aktorsid = "000-00"
answered_fund_statuses = ["all clear"]

# The first is asked by; a row may name the other in its column `contract`.
[[tenants.default.contract]]
version = 10
valid_from = 2025-07-01

[[tenants.default.contract]]
version = 11
valid_from = 2025-07-01

[[tenants.default.purpose]]
text = "Beslut om eller kontroll av ekonomiskt bistånd"
valid_from = 2025-07-01

[[tenants.default.legal_basis]]
text = "Exempel på lagrum, bara för övning"
agencies = ["AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV"]
valid_from = 2025-07-01

[tenants.default.shs]
submit_url = "{url}/shs/rs"
delivery_url = "{url}/shs/ds"
from = "{organisation}"
product = "{product}"
status = "test"

[tenants.default.tls]
certificate = "client.pem"
private_key = "client.key"
ca = "ca.pem"

[polling]
mailbox = 0.3

[retry]
first = 1
most = 5
give_up_after = 60

[reask]
rounds = 1
first = 2
most = 5

[limits]
request_timeout = 15
answer_timeout = 10
late_answer = 30
lost_after = 10
"""

# Names that a real adapter's files bear, too.
_FILES = (
    *("adapter.toml", "adapter.db", "keys.toml"),
    *("ca.pem", "client.pem", "client.key", "server.pem", "server.key"),
)

_FAULTS = [fault for fault in Fault if fault is not Fault.NONE]
_STORIES = "\b\nFaults:\n" + "\n".join(f"  {fault:<22}{fault.story}" for fault in _FAULTS)


@click.command(epilog=_STORIES)
@click.option(
    "--dir", "directory", type=click.Path(path_type=Path, file_okay=False), help="Where it keeps its files."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The loopback port; default: a free one."
)
@click.option("--persons", is_flag=True, help="List who answers how, and end.")
@click.option(
    "--fault",
    "faults",
    type=click.Choice([*map(str, _FAULTS)]),
    metavar="FAULT",
    multiple=True,
    help="Goes wrong for every question; see below.",
)
@click.option(
    "--late",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Seconds a late answer takes.",
)
@click.option(
    "--litter", is_flag=True, help="Start with an unreadable, an unsolicited and a foreign message waiting."
)
@click.option("--no-duplicates", is_flag=True, help="Do not detect a message that is sent twice.")
@click.option(
    "--keep-fetched", is_flag=True, help="A fetched message can be fetched again until acknowledged."
)
def sandbox(
    directory: Path | None,
    port: int,
    persons: bool,
    faults: tuple[str, ...],
    late: float,
    litter: bool,
    no_duplicates: bool,
    keep_fetched: bool,
) -> None:
    """Run an SHS node with seven agencies and invented persons behind it, on this machine only.

    Writes certificates, node.jsonl (what the node saw) and adapter.toml to --dir, ready for --config.
    Messages are kept in memory and end with the process.
    """
    if persons:
        _list_persons()
        return
    if directory is None:
        raise click.UsageError("--dir is missing: where shall the sandbox keep its files?")
    directory.mkdir(parents=True, exist_ok=True)
    spare(directory)
    options = Options(
        directory=directory,
        port=port,
        faults=tuple(Fault(fault) for fault in faults),
        late=timedelta(seconds=late),
        litter=litter,
        detect_duplicates=not no_duplicates,
        consume=not keep_fetched,
    )
    asyncio.run(_serve(options))


async def _serve(options: Options) -> None:
    def ready(url: str) -> None:
        say(f"{url}: ready; {write_config(options, url)} is for --config")

    running = asyncio.ensure_future(server.serve(options, ready))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        say("stopped")


def spare(directory: Path) -> None:
    """Raise CannotStart where a configuration, keys or certificates lie that are no sandbox's."""
    is_ours = (directory / "node.jsonl").exists()
    if not is_ours and any((directory / name).exists() for name in _FILES):
        raise CannotStart(
            "sandbox_directory", f"{directory}: holds an adapter's own files; use another --dir"
        )


def write_config(options: Options, url: str) -> Path:
    """Write adapter.toml, and a key file unless there is one; returns the configuration's path."""
    keys = options.directory / "keys.toml"
    if not keys.exists():
        vault.write_new(keys)
    file = options.directory / "adapter.toml"
    text = _CONFIG.format(url=url, organisation=options.organisation, product=PRODUCT)
    file.write_text(text, encoding="utf-8")
    return file


def _list_persons() -> None:
    for person in CAST:
        meant = person.meant
        missing = f" ({', '.join(meant.unverified)} unverified)" if meant.unverified else ""
        say(f"{person.number}  {meant.verdict}{missing}", f"    {person.name}: {person.story}")
