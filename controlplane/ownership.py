"""One process owns the writes of each SQLite file; a second one is turned away at the door."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OwnedError(RuntimeError):
    """Another process writes this file."""


@contextmanager
def owning(path: Path) -> Iterator[None]:
    """Hold the right to write the database file *path*; the right dies with the process."""
    lock = path.with_suffix(".owner")
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OwnedError(
                f"{path} is written by another process already; stop it first, "
                "or give this one another --data-dir"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)
