"""The composition root: everything the daemon is made of is put together here.

prepare ─▶ submit ─▶ node ─▶ collect (one pump a mailbox) ─▶ decode, and the calendar beside them
"""

import asyncio
import logging
import signal
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from shs_adapter.config import Config, Limits, Tenant
from shs_adapter.daemon import pump
from shs_adapter.daemon.calendar import Calendar, mend
from shs_adapter.daemon.collect import Collect
from shs_adapter.daemon.context import Context, Step, pass_by
from shs_adapter.daemon.decode import Decode
from shs_adapter.daemon.mailbox import mailboxes
from shs_adapter.daemon.prepare import Prepare
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.daemon.submit import Submit
from shs_adapter.daemon.telling import Telling
from shs_adapter.daemon.terms import all_terms
from shs_adapter.daemon.watch import Watch
from shs_adapter.lifecycle import State
from shs_adapter.log import event
from shs_adapter.store import claims, duties, engine, inbox, key_check, notices, owner, permits, vault
from shs_adapter.store.clock import Clock
from shs_adapter.transport.http import Http
from shs_adapter.transport.node import Node
from shs_adapter.transport.tls import client_context

_log = logging.getLogger(__name__)

_UNWOKEN = timedelta(seconds=30)  # for so long a pump rests that nobody wakes
_TELLING = timedelta(seconds=2)
_AFTER_WORK = timedelta(milliseconds=5)  # so soon it is looked whether there is more


async def serve(config: Config, *, step: Step = pass_by, now: Callable[[], datetime] | None = None) -> None:
    """Run until SIGTERM or SIGINT; raises CannotStart before anything is touched.

    *step* is awaited at each point where a crash would leave another trace; *now* is the database's time
    where it is left out.
    """
    keys = vault.load(config.keys.file)
    schemas = Schemas.load(config.contracts.directory)
    database, clock, stop = engine.open_engine(config.database), Clock(), asyncio.Event()
    try:
        await engine.check(database, config.database)
        await clock.read(database)
        async with (
            owner.held(config.database, config.daemon.name, lost=stop.set),
            _nodes(config) as nodes,
        ):
            context = Context(
                config=config,
                engine=database,
                vault=keys,
                nodes=nodes,
                schemas=schemas,
                clock=clock,
                now=now or clock,
                step=step,
                stop=stop,
            )
            await _take_over(context)
            await _run(context)
            await _clear_log(context)
    finally:
        await database.dispose()


def exposed(config: Config) -> list[Path]:
    """The files of secrets that others than their owner and its group may read, or others may write."""
    secrets = [config.keys.file, *(tenant.tls.private_key for tenant in config.tenants.values())]
    if config.database.password_file is not None:
        secrets.append(config.database.password_file)
    found = [(file, file.stat().st_mode) for file in dict.fromkeys(secrets) if file.exists()]
    return [file for file, mode in found if mode & (stat.S_IRWXO | stat.S_IWGRP)]


async def _clear_log(context: Context) -> None:
    """Leave nothing readable behind; where there is no room to, the next start does it.

    On PostgreSQL it may take long, while a namesake waits to start: there the next start does it, too.
    """
    if context.config.database.file is None:
        return
    try:
        await engine.clear_log(context.engine)
    except engine.ERRORS as error:
        event(_log, "not cleared", logging.ERROR, code=engine.reason(error))


async def _take_over(context: Context) -> None:
    """Check that the keys fit the database, and free what an earlier life of ours had under way."""
    async with context.turn() as connection:
        await key_check.check(connection, context.vault, context.config.keys.file, context.now())
        freed = await claims.take_back(connection, context.owner, State.NEW, State.READY)
        await duties.hasten(connection, context.now())
        await mend(connection, context)
        await notices.hasten(connection, context.now())
        freed += await inbox.take_back(connection, context.owner)
        holders = [context.owner, *(one.holder for one in mailboxes(context))]
        for terms in all_terms(context.config).values():
            for pool in terms.pools:
                await permits.provide(connection, pool)
                await permits.take_back(connection, pool, holders, context.now())
    context.sealed.set()  # an earlier life may have left clear numbers in the log file
    for secret in exposed(context.config):
        event(_log, "secret exposed", logging.WARNING, file=str(secret), hint="chmod 600")
    event(_log, "started", owner=context.owner, tenants=len(context.config.tenants), taken_back=freed)


async def _run(context: Context) -> None:
    """Run all pumps until told to stop, then let what is under way end."""
    polling, stop = context.config.polling, context.stop
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # A terminal that closes, or a habit: it kills whoever does not say what it means.
    loop.add_signal_handler(signal.SIGHUP, partial(event, _log, "hangup ignored", logging.WARNING))
    calendar = Calendar(context)
    watch, prepare, submit, decode = Watch(context), Prepare(context), Submit(context), Decode(context)
    run = partial(pump.run, kept=context.outage, stop=stop)
    woken = partial(run, idle=_UNWOKEN)
    pumps = [
        run("watch", watch.turn, idle=polling.idle, first=_AFTER_WORK, wake=context.rung),
        woken("prepare", prepare.turn, wake=context.wake_prepare, give_back=prepare.give_back),
        _drained(woken("submit", submit.turn, wake=context.wake_submit, give_back=submit.give_back), submit),
        woken("decode", decode.turn, wake=context.wake_decode, give_back=decode.give_back),
        *(run("collect", Collect(context, one).turn, idle=polling.mailbox) for one in mailboxes(context)),
        run("telling", Telling(context).turn, idle=_TELLING),
    ]
    tasks = [asyncio.create_task(one) for one in pumps]
    calendar.start()
    await stop.wait()
    event(_log, "stopping")
    calendar.stop()
    _, late = await asyncio.wait(tasks, timeout=_grace(context.config.limits).total_seconds())
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    watch.close()
    event(_log, "stopped", cut_off=len(late))


def _grace(limits: Limits) -> timedelta:
    """How long a stop waits: as long as a request may take, for a fetch that is cut off may be lost."""
    return limits.request_timeout + timedelta(seconds=5)


async def _drained(running: Awaitable[None], submit: Submit) -> None:
    """The submit pump, and after it the requests that it leaves under way."""
    await running
    await submit.drain()


@asynccontextmanager
async def _nodes(config: Config) -> AsyncIterator[dict[str, Node]]:
    """A node for each tenant; tenants with the same certificate share a session and its connections."""
    limits, sessions = config.limits, dict[tuple[str, str, str], Http]()

    def session(tenant: Tenant) -> Http:
        files = tenant.tls.certificate, tenant.tls.private_key, tenant.tls.ca
        key = (str(files[0]), str(files[1]), str(files[2]))
        if key not in sessions:
            sessions[key] = Http(
                client_context(*files),
                connect=limits.connect_timeout,
                total=limits.request_timeout,
                limit=limits.message_bytes,
                connections=sum(terms.slots.size for terms in all_terms(config).values()),
            )
        return sessions[key]

    try:
        yield {
            name: Node(
                session(tenant),
                tenant.shs.submit_url,
                tenant.shs.delivery_url,
                tenant.shs.sender,
                tenant.shs.status,
            )
            for name, tenant in config.tenants.items()
        }
    finally:
        for one in sessions.values():
            await one.close()
