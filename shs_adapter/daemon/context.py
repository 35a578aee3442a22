"""What every pump is given: configuration, database, keys, nodes, clock. It reads nothing from elsewhere."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter import retry
from shs_adapter.config import Config, Tenant
from shs_adapter.daemon.outage import Outage
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.hours import SWEDEN
from shs_adapter.lifecycle import State
from shs_adapter.store import engine, links
from shs_adapter.store.asking_again import Policy
from shs_adapter.store.clock import Clock
from shs_adapter.store.links import Link
from shs_adapter.store.marks import Mark
from shs_adapter.store.vault import Vault
from shs_adapter.transport.node import Node

Step = Callable[[str], Awaitable[None]]


async def pass_by(name: str) -> None:
    """The step of ordinary life: nothing happens at a point where a crash would matter."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def ways(name: str, tenant: Tenant) -> tuple[str, str, str]:
    """The links that must be open for a tenant's messages: the node from its address, its own, and that by
    which error messages tell of its configuration, when the node has taken the message.

    Not the node for all: a certificate that the node does not take looks like a node that is down.
    """
    return f"submit:{tenant.shs.submit_url} from {tenant.shs.sender}", f"tenant:{name}", agreement(name)


def agreement(name: str) -> str:
    return f"agreement:{name}"


def _marks() -> dict[State, Mark]:
    return {state: Mark() for state in (State.NEW, State.READY)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    config: Config
    engine: AsyncEngine
    vault: Vault
    nodes: Mapping[str, Node]  # by tenant
    schemas: Schemas = field(default_factory=Schemas)
    clock: Clock = field(default_factory=Clock)
    now: Callable[[], datetime] = utc_now
    step: Step = pass_by  # called at every point where a crash would leave another trace
    outage: Outage = field(default_factory=Outage)
    stop: asyncio.Event = field(default_factory=asyncio.Event)  # begin nothing more
    rung: asyncio.Event = field(default_factory=asyncio.Event)  # somebody says that there may be something
    wake_prepare: asyncio.Event = field(default_factory=asyncio.Event)
    wake_submit: asyncio.Event = field(default_factory=asyncio.Event)
    wake_decode: asyncio.Event = field(default_factory=asyncio.Event)
    marks: Mapping[State, Mark] = field(default_factory=_marks)  # where claims begin
    sealed: asyncio.Event = field(default_factory=asyncio.Event)  # clear numbers may stand in the log file

    def turn(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction for whoever changes what others read; see `store.engine`."""
        return engine.turn(self.engine)

    @property
    def owner(self) -> str:
        return self.config.daemon.name

    def ways(self, tenant: str) -> tuple[str, str, str]:
        return ways(tenant, self.config.tenants[tenant])

    def stood_still(self, tenant: str, known: Mapping[str, Link]) -> float:
        """Seconds that the tenant's ways have been closed, ever."""
        return links.stood_still(known, self.ways(tenant), self.now())

    def today(self) -> date:
        """The Swedish day: months, CSN's window and the nodes' times go by it (domain P18)."""
        return self.now().astimezone(SWEDEN).date()

    def local_now(self) -> datetime:
        """Swedish wall clock without zone and fraction, as SHS writes times."""
        return self.now().astimezone(SWEDEN).replace(tzinfo=None, microsecond=0)

    @property
    def asking_again(self) -> Policy:
        """Which failures of agencies are worth another question, and when."""
        reask = self.config.reask
        return Policy(
            rounds={"TRANSIENT": reask.rounds, "DOUBTFUL": reask.doubtful_rounds},
            rest=lambda number: retry.delay(number, reask.first, reask.most, luck=0),
        )

    def rest(self, tries: int) -> timedelta:
        """How long to rest after *tries* failures."""
        policy = self.config.retry
        return retry.delay(tries, policy.first, policy.most, random.random())  # noqa: S311  # jitter
