"""One daemon a database."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shs_adapter.errors import CannotStart
from shs_adapter.store import lock

_HOLDER = """\
import sys, time
from pathlib import Path
from shs_adapter.store import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(database: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", _HOLDER, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_holder_is_refused_with_one_line(tmp_path: Path) -> None:
    database = tmp_path / "adapter.db"

    with holder(database), pytest.raises(CannotStart) as caught, lock.held(database):
        pass

    assert caught.value.code == "locked"
    assert str(database) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_lock_is_freed_when_its_holder_is_killed(tmp_path: Path) -> None:
    database = tmp_path / "adapter.db"

    with holder(database) as process:
        before = lock.is_held(database)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        after = lock.is_held(database)

    assert (before, after) == (True, False)
    with lock.held(database):
        assert lock.is_held(database)


def test_the_lock_is_freed_when_its_holder_fails(tmp_path: Path) -> None:
    database = tmp_path / "adapter.db"

    with pytest.raises(ZeroDivisionError), lock.held(database):
        raise ZeroDivisionError

    assert not lock.is_held(database)


def test_looking_at_the_lock_takes_it_from_nobody(tmp_path: Path) -> None:
    database = tmp_path / "adapter.db"

    assert not lock.is_held(database)
    assert not lock.lock_file(database).exists()
    with lock.held(database):
        assert lock.is_held(database)
    with lock.held(database):
        assert lock.is_held(database)


def test_two_databases_in_one_folder_have_two_locks(tmp_path: Path) -> None:
    with lock.held(tmp_path / "a.db"), lock.held(tmp_path / "b.db"):
        assert lock.is_held(tmp_path / "a.db")
        assert lock.is_held(tmp_path / "b.db")


def test_the_lock_file_is_for_its_owner_only(tmp_path: Path) -> None:
    database = tmp_path / "adapter.db"

    with lock.held(database):
        mode = lock.lock_file(database).stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


def test_a_lock_file_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as caught, lock.held(tmp_path / "none" / "adapter.db"):
        pass

    assert caught.value.code == "lock_file"
    assert "\n" not in str(caught.value)
