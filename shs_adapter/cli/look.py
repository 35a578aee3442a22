"""`status`: what the adapter knows of itself; and how a record is told. Nothing sealed is shown."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter.cli.database import with_database
from shs_adapter.cli.screen import say, say_json
from shs_adapter.config import Config
from shs_adapter.daemon.terms import all_terms
from shs_adapter.reports.cells import plain
from shs_adapter.store import blocking, engine, overview, owner, permits
from shs_adapter.store.overview import Record

_MOMENT = 1  # second; a transaction of a healthy business system is over by then


@click.command()
@click.option("--json", "json_", is_flag=True, help="One JSON object, for programs.")
@click.pass_obj
def status(file: Path, json_: bool) -> None:
    """Show counts, links, and what needs a human: unreadable, unsolicited and lost messages."""

    async def work(database: AsyncEngine, settings: Config) -> Record:
        running, locked_by = await owner.running(settings.database), await _locked_by(database)
        async with engine.turn(database) as connection:
            strays = await overview.stray(connection, list(settings.tenants))
            return {
                "daemon": ", ".join(running) or "not running",
                "locked_by": locked_by,
                "tenants_unknown": {plain(tenant): count for tenant, count in strays.items()},
                "counterparts": await _counterparts(connection, settings),
                **await overview.status(connection),
            }

    record = with_database(file, work)
    if json_:
        say_json(record)
    else:
        say(*_told(record))


async def _locked_by(database: AsyncEngine) -> list[Record]:
    """Whose open transactions have locked rows of ours, and not for a moment only."""
    async with engine.single(database) as connection:
        before = await blocking.holders(connection)
    if not before:
        return []
    await asyncio.sleep(_MOMENT)
    async with engine.single(database) as connection:
        return [blocking.told(one) for one in blocking.lasting(before, await blocking.holders(connection))]


async def _counterparts(connection: AsyncConnection, settings: Config) -> list[Record]:
    """What each counterpart bears of us, and what it may."""
    in_flight, now = await permits.in_flight(connection), datetime.now(UTC)
    return [
        {
            "counterpart": name,
            "in_flight": in_flight.get(name, 0),
            "limit": terms.slots.size,
            "requests_per_second": terms.requests_per_second,
            "closed_until": terms.hours.opens_at(now),
        }
        for name, terms in all_terms(settings).items()
    ]


def pairs(record: Record) -> list[str]:
    """For people: each value that there is, behind its name."""
    return [f"{name} {spoken(value)}" for name, value in record.items() if value is not None]


def spoken(value: Any) -> str:
    """One value, for people."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return "-" if value is None or value == "" else str(value)


def _in_english(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "why_swedish"}


def _told(record: Record) -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, list):
            yield f"{name}: {len(value) or 'none'}"
            yield from ("  - " + ", ".join(pairs(_in_english(one))) for one in value)
        elif isinstance(value, dict):
            yield f"{name}: " + (", ".join(pairs(value)) or "none")
        else:
            yield f"{name}: {spoken(value)}"
