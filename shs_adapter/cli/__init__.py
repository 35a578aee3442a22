"""The command line. Each command lives in a module of its own that is imported only when it is called."""

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from shs_adapter.cli.screen import say
from shs_adapter.errors import AdapterError, CannotStart, ConfigError

_COMMANDS = {
    "run": "shs_adapter.cli.serve:run",
    "migrate": "shs_adapter.cli.setup:migrate",
    "init": "shs_adapter.cli.setup:init",
    "grants": "shs_adapter.cli.grants:grants",
    "send": "shs_adapter.cli.send:send",
    "status": "shs_adapter.cli.look:status",
    "show": "shs_adapter.cli.show:show",
    "report": "shs_adapter.cli.report:report",
    "decode": "shs_adapter.cli.decode:decode",
    "acknowledge": "shs_adapter.cli.acknowledge:acknowledge",
    "resend": "shs_adapter.cli.again:resend",
    "rebuild": "shs_adapter.cli.again:rebuild",
    "purge": "shs_adapter.cli.purge:purge",
    "sandbox": "shs_adapter.cli.sandbox:sandbox",
    "demo": "shs_adapter.cli.demo:demo",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    envvar="SHS_ADAPTER_CONFIG",
    default=Path("adapter.toml"),
    show_default=True,
    help="The configuration file; SHS_ADAPTER_CONFIG names it, too.",
)
@click.version_option(package_name="shs-adapter")
@click.pass_context
def cli(ctx: click.Context, file: Path) -> None:
    """Asks SSBTEK questions over SHS from a relational outbox, and keeps the answers.

    Exit codes: 0 done; 1 not done, or not as meant; 2 wrong usage or configuration; 3 cannot start.
    """
    ctx.obj = file


def main(arguments: list[str] | None = None) -> Any:
    """The entry point: our own errors become one line and an exit code."""
    try:
        return cli.main(arguments, prog_name="shs-adapter")
    except AdapterError as error:
        say(f"shs-adapter: {error}", err=True)
        codes = {ConfigError: 2, CannotStart: 3}
        sys.exit(next((code for kind, code in codes.items() if isinstance(error, kind)), 1))
