"""A municipality to measure: the sandbox's node, and a daemon, each a process of its own."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shs_adapter.config import Database, Tenant, load
from shs_adapter.sandbox.cast import NUMBERS

_TICKS = os.sysconf("SC_CLK_TCK")

# Instead of the sandbox's hurry, what a configuration has that says nothing.
AS_SHIPPED: dict[str, Mapping[str, object]] = {"polling": {}, "retry": {}, "reask": {}, "limits": {}}


@dataclass(frozen=True, slots=True)
class Town:
    folder: Path
    database: Database
    node: str  # its address
    node_id: int  # its process

    @property
    def config(self) -> Path:
        return self.folder / "adapter.toml"

    @property
    def tenant(self) -> Tenant:
        return load(self.config).tenants["default"]

    @contextmanager
    def daemon(self, *, machine_clock: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """The daemon; on the *machine_clock* see `bench.daemon`."""
        shipped = ("shs_adapter.cli", "--config", str(self.config), "run")
        command = ("bench.daemon", str(self.config)) if machine_clock else shipped
        with process(self.folder / "daemon.log", '"started"', *command) as running:
            yield running

    @contextmanager
    def receiver(self) -> Iterator[None]:
        """Messages go to the least node there is instead."""
        log = self.folder / "receiver.log"
        with process(log, "ready", "bench.receiver", str(self.folder)):
            address = log.read_text().split()[-1]
            written = self.config.read_text()
            self.config.write_text(written.replace(f"{self.node}/shs/rs", address))
            yield

    def questions(self, count: int, **columns: object) -> list[dict[str, Any]]:
        """Rows as a business system writes them, each about another case."""
        today = datetime.now(UTC).date()
        persons = sorted(NUMBERS)
        return [
            {
                "person_id": persons[no % len(persons)],
                "case_id": f"B-{time.monotonic_ns()}-{no}",
                "officer": "bench",
                "from_date": str(today - timedelta(days=60)),
                "to_date": str(today),
            }
            | columns
            for no in range(count)
        ]


def settled(config: str, **sections: Mapping[str, object]) -> str:
    """The sandbox's configuration with other settings."""
    for name, values in sections.items():
        lines = "".join(f"{key} = {value}\n" for key, value in values.items())
        config = re.sub(rf"^\[{name}\]\n(?:[^\n\[]+\n)*", f"[{name}]\n{lines}\n", config, flags=re.MULTILINE)
    return config


@contextmanager
def town(database: Database, *node: str, **sections: Mapping[str, object]) -> Iterator[Town]:
    """A node that runs with the options *node*, and a configuration for *database*, which is migrated."""
    with tempfile.TemporaryDirectory(prefix="shs-bench-") as name:
        folder = Path(name)
        command = ("shs_adapter.cli", "sandbox", "--dir", name, *node)
        with process(folder / "node.log", "ready", *command) as running:
            config = folder / "adapter.toml"
            written = settled(config.read_text(), **sections)
            config.write_text(written.replace("sqlite:///adapter.db", database.url))
            address = re.search(r'submit_url = "(.*)/shs/rs"', written)
            assert address is not None
            yield Town(folder, database, address[1], running.pid)


@contextmanager
def process(log: Path, ready: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A module that runs, once its log says *ready*."""
    with log.open("wb") as output:
        command = [sys.executable, "-m", *arguments]
        running = subprocess.Popen(command, stdout=output, stderr=output, env=_compiled())
    try:
        while ready not in log.read_text():
            assert running.poll() is None, log.read_text()
            time.sleep(0.005)
        yield running
    finally:
        running.terminate()
        running.wait(30)


def _compiled() -> dict[str, str]:
    """The environment, such that a module is compiled once and not at every start, as installed ones are."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def cpu(process_id: int) -> timedelta:
    """What a process has used of a processor."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return timedelta(seconds=(int(fields[11]) + int(fields[12])) / _TICKS)


def resident(process_id: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
