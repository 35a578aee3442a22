"""Daemons to run on a municipality's database, in this process and in others, and how to wait for them."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from shs_adapter import config
from shs_adapter.daemon.context import Step, pass_by, utc_now
from shs_adapter.daemon.service import serve
from shs_adapter.sandbox.cast import NUMBERS
from tests.daemon.municipality import Municipality

T = TypeVar("T")

_PATIENCE = timedelta(seconds=60)  # other tests run beside this one
_ROOT = Path(__file__).parents[2]


async def until(reached: Callable[[], T], what: str) -> T:
    """Wait for something true; *what* is said where it does not come about."""
    deadline = time.monotonic() + _PATIENCE.total_seconds()
    while not (result := reached()):
        assert time.monotonic() < deadline, f"not in time: {what}"
        await asyncio.sleep(0.02)
    return result


class Clock:
    """The time that the daemon is told; it runs, and can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def forward(self, **duration: float) -> None:
        self._ahead += timedelta(**duration)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead


@asynccontextmanager
async def running(
    municipality: Municipality, *, step: Step = pass_by, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[None]:
    """A daemon in this process; at the end it is told to stop as an operator tells it, and must."""
    task = asyncio.create_task(serve(config.load(municipality.config), step=step, now=now))
    await until(lambda: task.done() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL, "started")
    try:
        yield
    finally:
        if not task.done():
            signal.raise_signal(signal.SIGTERM)
        await task
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


@asynccontextmanager
async def process(municipality: Municipality, *arguments: str) -> AsyncIterator[Process]:
    """The daemon as its users start it, or what *arguments* name; its log is added to daemon.log."""
    command = arguments or ("shs_adapter.cli", "--config", str(municipality.config), "run")
    with (municipality.directory / "daemon.log").open("ab") as log:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=_ROOT, stdout=log, stderr=log
        )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
    assert_nothing_leaked(municipality)


async def ended(daemon: Process) -> int:
    return await asyncio.wait_for(daemon.wait(), _PATIENCE.total_seconds())


async def die(municipality: Municipality, step: str, nth: int = 1) -> None:
    """Run a daemon until it is killed at *step*."""
    arguments = ("tests.daemon.killed", str(municipality.config), step, str(nth))
    async with process(municipality, *arguments) as daemon:
        assert await ended(daemon) == -signal.SIGKILL


async def operator(municipality: Municipality, *arguments: object) -> str:
    """Give a command of the command line, which must succeed; returns what it says."""
    command = ("-m", "shs_adapter.cli", "--config", str(municipality.config), *map(str, arguments))
    given = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=_ROOT, stdout=PIPE)
    said, _ = await given.communicate()
    assert given.returncode == 0
    return said.decode()


def logged(municipality: Municipality) -> str:
    return (municipality.directory / "daemon.log").read_text()


def assert_nothing_leaked(municipality: Municipality) -> None:
    log = logged(municipality)
    assert not any(number in log or number[2:] in log for number in NUMBERS)
