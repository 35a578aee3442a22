"""One daemon a database: a file lock beside it, released by the kernel however the daemon ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shs_adapter.errors import CannotStart


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Hold the database for this process; raises CannotStart if another process holds it."""
    path = lock_file(database)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart("lock_file", f"{path}: cannot be opened ({error.strerror})") from None
    try:
        if not _taken(descriptor):
            raise CannotStart("locked", f"{database}: a daemon is running on it already ({path})")
        yield
    finally:
        os.close(descriptor)


def is_held(database: Path) -> bool:
    """Whether a daemon runs on *database* now."""
    try:
        descriptor = os.open(lock_file(database), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _taken(descriptor: int) -> bool:
    for _ in range(10):  # `status` looks at the lock by taking it for a moment
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".lock")
