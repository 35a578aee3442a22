"""What a command says to people: each line cleaned, whoever wrote what stands in it."""

import json
from datetime import datetime
from typing import Any

import click

from shs_adapter.printable import clean, escaped


def say(*lines: object, err: bool = False) -> None:
    """Print *lines*, one each whatever line ends are in them; with *err* on standard error."""
    for line in lines:
        click.echo(clean(line), err=err)


def say_json(record: dict[str, Any]) -> None:
    """For programs: times in ISO 8601."""
    click.echo(escaped(json.dumps(record, ensure_ascii=False, indent=2, default=_plain)))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
