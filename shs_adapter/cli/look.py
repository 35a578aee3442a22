"""`status` and `show`: what the adapter knows, without anything sealed."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.cli.database import in_transaction
from shs_adapter.config import Config
from shs_adapter.store import lock, overview
from shs_adapter.store.overview import Record

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")


@click.command()
@_JSON
@click.pass_obj
def status(file: Path, as_json: bool) -> None:
    """Show counts, links, and what needs a human: unreadable, unsolicited and lost messages."""

    async def work(connection: AsyncConnection, settings: Config) -> Record:
        running = lock.is_held(settings.database_path)
        return {
            "daemon": "running" if running else "not running",
            "tenants_unknown": await overview.stray(connection, list(settings.tenants)),
            **await overview.status(connection),
        }

    _print(in_transaction(file, work), as_json)


@click.command()
@click.argument("question", metavar="ID", type=int)
@_JSON
@click.pass_obj
def show(file: Path, question: int, as_json: bool) -> None:
    """Show one question: its row, envelopes, agencies, messages and journal.

    case_sent and officer_sent are what the agencies saw: an alias where the value is longer than CSN takes.
    """

    async def work(connection: AsyncConnection, _: Config) -> Record:
        return await overview.question(connection, question)

    _print(in_transaction(file, work), as_json)


def _print(record: Record, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=2, default=_plain))
        return
    for name, value in record.items():
        if isinstance(value, list):
            click.echo(f"{name}: {len(value) or 'none'}")
            for one in value:
                click.echo("  - " + ", ".join(_pairs(one)))
        elif isinstance(value, dict):
            click.echo(f"{name}: " + (", ".join(_pairs(value)) or "none"))
        else:
            click.echo(f"{name}: {_text(value)}")


def _pairs(record: Record) -> list[str]:
    return [f"{name} {_text(value)}" for name, value in record.items() if value is not None]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return "-" if value is None or value == "" else str(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
