"""`demo`: the whole way, shown: sandbox, database, daemon, questions, answers.

Nothing is special to it: the node and the daemon are processes of their own, started by the commands that
anyone would use, and the questions are plain SQL INSERTs as a business system writes them.
"""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import click

from shs_adapter.cli.demo_cases import Case, cases, month_before
from shs_adapter.cli.demo_screen import Screen, farewell, invitation, table
from shs_adapter.cli.sandbox import spare
from shs_adapter.errors import AdapterError, CannotStart
from shs_adapter.hours import SWEDEN
from shs_adapter.store import lock

_LATE = 14  # seconds of a late answer: more than the answer_timeout of the sandbox's configuration
_LITTER = {"invalid": 1, "unsolicited": 1}  # what lies in the mailbox from the start, by kind in the inbox
_OURS = (
    *("adapter.toml", "adapter.db*", "keys.toml", "node.jsonl", "node.log", "daemon.log"),
    *("ca.pem", "client.pem", "client.key", "server.pem", "server.key"),
)


@click.command()
@click.option("--questions", type=click.IntRange(1, 10_000), default=25, show_default=True)
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-data"),
    show_default=True,
    help="Where everything is kept; what an earlier demo left there is removed.",
)
@click.option("--play", is_flag=True, help="Keep node and daemon running afterwards, until interrupted.")
def demo(questions: int, directory: Path, play: bool) -> None:
    """Show the whole way from INSERT to answer, against the sandbox; exits 0 if all ended as meant."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    today = datetime.now(SWEDEN).date()
    asked = cases(questions, today)
    _clear(directory)
    with _system(directory) as processes:
        with Screen(len(asked)) as screen:
            rows, as_meant = _ask(screen, directory / "adapter.db", asked)
        screen.console.print(table(rows))
        screen.say(farewell(directory / "adapter.db"))
        if play:
            screen.say(invitation(directory / "adapter.toml", month_before(today), today))
            _wait(processes)
    if not as_meant:
        raise AdapterError("demo", f"not everything ended as meant; {directory / 'daemon.log'} says more")


def _clear(directory: Path) -> None:
    """Remove what an earlier demo left; a folder of anything else is refused."""
    if lock.is_held(directory / "adapter.db"):
        raise CannotStart("demo_running", f"{directory}: a daemon is running there; stop it, or use --dir")
    directory.mkdir(parents=True, exist_ok=True)
    strange = [path for path in directory.iterdir() if not any(path.match(ours) for ours in _OURS)]
    if strange:
        raise CannotStart("demo_directory", f"{directory}: holds other things than a demo's; use --dir")
    spare(directory)
    for path in directory.iterdir():
        path.unlink()


@contextmanager
def _system(directory: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The node and the daemon, running; both are stopped at the end."""
    configured = ["--config", str(directory / "adapter.toml")]
    litter = ["sandbox", "--dir", str(directory), "--late", str(_LATE), "--litter"]
    with _process(directory / "node.log", "ready", litter) as node:
        _run([*configured, "migrate"])
        with _process(directory / "daemon.log", '"started"', [*configured, "run"]) as daemon:
            yield [node, daemon]


@contextmanager
def _process(log: Path, ready: str, arguments: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command, and wait until its log says *ready*."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # an interrupt from the keyboard is ours to pass on
        )
    try:
        while ready not in (text := log.read_text()):
            if process.poll() is not None:
                raise CannotStart("demo_process", f"{arguments[0]} ended at once: {text.strip()[-300:]}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()


def _run(arguments: Sequence[str]) -> None:
    done = subprocess.run(_command(arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart("demo_process", done.stderr.strip())


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "shs_adapter.cli", *arguments]


def _ask(
    screen: Screen, database: Path, asked: Sequence[Case]
) -> tuple[list[tuple[Case, sqlite3.Row, bool]], bool]:
    """Insert the questions and watch them until all have ended as meant, or patience is spent."""
    with closing(sqlite3.connect(database, timeout=15)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA secure_delete = ON")
        _insert(connection, asked)
        deadline = time.monotonic() + max(50.0, 0.2 * len(asked))
        while True:
            seen = [_row(connection, case) for case in asked]
            rows = [(case, row, _is_as_meant(case, row)) for case, row in zip(asked, seen, strict=True)]
            ended = sum(as_meant for _, _, as_meant in rows)
            screen.show(seen, ended)
            as_meant = ended == len(asked) and _litter(connection) == _LITTER
            if as_meant or time.monotonic() > deadline:
                return rows, as_meant
            time.sleep(0.2)


def _insert(connection: sqlite3.Connection, asked: Sequence[Case]) -> None:
    """As a business system would: one INSERT a question, and an UPDATE where one is taken back."""
    with connection:
        for case in asked:
            names, places = ", ".join(case.columns), ", ".join("?" * len(case.columns))
            connection.execute(
                f"INSERT INTO outbox ({names}) VALUES ({places})",  # noqa: S608  # names of our own
                tuple(case.columns.values()),
            )
    with connection:
        for case in asked:
            if case.withdrawn:
                connection.execute(
                    "UPDATE outbox SET withdraw_reason = 'ansökan återtagen' WHERE reference = ?",
                    (case.columns["reference"],),
                )


def _row(connection: sqlite3.Connection, case: Case) -> sqlite3.Row:
    query = "SELECT * FROM report_request WHERE tenant = 'default' AND reference = ?"
    row: sqlite3.Row = connection.execute(query, (case.columns["reference"],)).fetchone()
    return row


def _is_as_meant(case: Case, row: sqlite3.Row) -> bool:
    unverified = set((row["agencies_unverified"] or "").split(",")) - {""}
    return (
        (row["state"], row["verdict"]) == (case.meant.state, case.verdict)
        and unverified == set(case.meant.unverified)
        and case.failure_code in (None, row["failure_code"])
    )


def _litter(connection: sqlite3.Connection) -> dict[str, int]:
    """The messages in the inbox that answer none of our questions, by kind."""
    query = "SELECT kind, COUNT(*) FROM inbox WHERE outbox_id IS NULL GROUP BY kind"
    return {row[0]: row[1] for row in connection.execute(query)}


def _wait(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Until interrupted, or a process ends by itself."""
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.2)
    except KeyboardInterrupt:
        return
    raise AdapterError("demo", "the node or the daemon has ended by itself")
