"""Databases to test on: SQLite's files, and PostgreSQL from this machine's own binaries.

Which databases a test runs on follows from what it asks for: `database` and `stead` mean each engine, and
`path`, a file, means SQLite alone.
"""

import asyncio
import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shs_adapter.config import Database
from shs_adapter.store import engine
from tests.client import Client

ENGINES = ("sqlite", "postgresql")
WAITING = "postgresql without SKIP LOCKED"
OLDEST = 14

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "log_min_messages": "fatal",
    "lc_messages": "C",
}

_ROOM = 4 << 30  # bytes; a server keeps up to one GiB of log, and every process of the tests has one

_names = itertools.count(1)  # of all clusters: one may begin as a copy of another


def at(path: Path) -> Database:
    return Database(url=f"sqlite:///{path}")


def binaries() -> Path | None:
    """Where the newest PostgreSQL that is new enough lies on this machine, if there is one."""
    found = [Path(shutil.which("initdb") or "").parent, *Path("/usr/lib/postgresql").glob("*/bin")]
    versions = {version: folder for folder in found if (version := _version(folder)) >= OLDEST}
    return versions[max(versions)] if versions else None


def further() -> dict[int, Path]:
    """Where further versions lie, which .ci/run installs: the oldest that is supported, and the newest."""
    folders = Path(os.environ.get("FURTHER_POSTGRESQL", "/opt/further-postgresql")).glob("*/bin")
    return {version: folder for folder in folders if (version := _version(folder)) >= OLDEST}


def _version(folder: Path) -> int:
    if not (folder / "postgres").is_file():
        return 0
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"[0-9]+", said.stdout)
    return int(number[0]) if number else 0


class Cluster:
    """A PostgreSQL of our own on a Unix socket, in a folder of its own; to be stopped after use."""

    def __init__(self, folder: Path, programs: Path | None = None, **settings: str) -> None:
        self._programs = programs or binaries()
        self.folder = folder
        self.data = folder / "data"
        self._settings = _SETTINGS | {"unix_socket_directories": str(folder)} | settings

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://adapter@/{name}?host={self.folder}"

    def initialise(self) -> None:
        give(self.folder)
        self.run(
            *("initdb", "--pgdata", self.data, "--username", "adapter", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )

    def copy(self, other: "Cluster", *options: str) -> None:
        """Begin as *other*, which runs, is now; with the option --write-recovery-conf as its standby."""
        give(self.folder)
        self.run(
            *("pg_basebackup", "--pgdata", self.data, "--host", other.folder, "--username", "adapter"),
            *("--checkpoint", "fast", "--no-sync", *options),
        )

    def promote(self) -> None:
        self.run("pg_ctl", "promote", "--wait", "-D", self.data)

    def kill(self) -> None:
        """SIGKILL the server, once; its other processes end when they notice."""
        file = self.data / "postmaster.pid"
        os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
        file.unlink()  # its number may soon be another's

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        self.run("pg_ctl", "start", "--wait", "-D", self.data, "-o", options, "-l", self.folder / "log")

    def stop(self, mode: str = "immediate") -> None:
        """*mode* immediate is as a crash: it goes on from its log."""
        self.run("pg_ctl", "stop", "--wait", "-D", self.data, "-m", mode)

    def run(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs, as a user that it takes: none of them runs as root."""
        folder, account = self._programs, _account()
        assert folder is not None
        who: dict[str, Any] = (
            {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if account else {}
        )
        with (self.folder / "programs.log").open("ab") as log:
            done = subprocess.run(
                [folder / program, *map(str, arguments)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
                **who,
            )
        assert done.returncode == 0, f"{program}: {self.folder / 'programs.log'} says why"

    def execute_all(self, sql: str, name: str) -> None:
        """Run several statements, as psql runs a file."""

        async def work() -> None:
            connection = await asyncpg.connect(self.url(name).replace("+asyncpg", ""))
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        alone(work())

    def execute(self, sql: str, name: str = "postgres") -> list[Any]:
        """Run one statement in the database *name*, outside of any event loop."""

        async def work() -> list[Any]:
            connection = await asyncpg.connect(self.url(name).replace("+asyncpg", ""))
            try:
                return list(await connection.fetch(sql))
            finally:
                await connection.close()

        rows: list[Any] = alone(work())
        return rows

    def fresh(self, template: str | None = None) -> str:
        """Make a database, a copy of *template* or an empty one that sorts as Swedes do; its name."""
        name = f"t{next(_names)}"
        swedish = (
            "template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE'" if self._knows_languages() else "template0"
        )
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template or swedish}")
        if template:  # `migrate` sets it, and a copy does not have it
            self.execute(f"ALTER DATABASE {name} SET search_path = shs, public")
        return name

    def _knows_languages(self) -> bool:
        """Whether it can sort text as a language does, and a whole database so (from version 15)."""
        version = "current_setting('server_version_num')::int >= 150000"
        return bool(
            self.execute(f"SELECT 1 FROM pg_collation WHERE collprovider = 'i' AND {version} LIMIT 1")
        )

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


def give(folder: Path) -> None:
    """Make the *folder* theirs whom PostgreSQL's programs run as."""
    if (account := _account()) is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL's programs run as where root runs the tests."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def alone(work: Coroutine[Any, Any, Any]) -> Any:
    """Run *work* to its end in an event loop of its own, even where another runs."""
    loop = asyncio.new_event_loop()
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return loop.run_until_complete(work)
    finally:
        asyncio._set_running_loop(running)
        loop.close()


def in_memory() -> str | None:
    """A folder whose files are in memory, where there is one with room: to sync there takes no time."""
    folder = "/dev/shm"
    if not Path(folder).is_dir() or shutil.disk_usage(folder).free < _ROOM:
        return None
    return folder


def clusters(where: str | None = None, programs: Path | None = None, **settings: str) -> Iterator[Cluster]:
    """A cluster that runs, in the folder *where*, or a reason to skip."""
    if (programs or binaries()) is None:
        pytest.skip(f"PostgreSQL {OLDEST} or newer is not installed")
    with tempfile.TemporaryDirectory(prefix="shs-pg-", dir=where, ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder), programs, **settings)
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def copies(other: Cluster, *options: str) -> Iterator[Cluster]:
    """A cluster that begins as *other* is now, and runs; it may have been killed at the end."""
    with tempfile.TemporaryDirectory(prefix="shs-pg-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder))
        cluster.copy(other, *options)
        cluster.start()
        try:
            yield cluster
        finally:
            with suppress(FileNotFoundError):  # it was killed
                cluster.kill()


def migrated_template(cluster: Cluster) -> str:
    """The name of a database as `migrate` makes it, to be copied."""
    name = cluster.fresh()
    alone(engine.migrate(Database(url=cluster.url(name))))
    return name


@contextmanager
def empty(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Database]:
    """A migrated database on this kind of engine, a copy; SQLite's lies in the *folder*."""
    if kind == "sqlite":
        yield at(Path(shutil.copy(request.getfixturevalue("migrated"), folder / "adapter.db")))
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.fresh(request.getfixturevalue("template"))
    database = Database(url=cluster.url(name))
    yield database
    Client(database).close()
    cluster.drop(name)
