"""
One process owns the writes of each SQLite file; a second one is turned away at the door.

On PostgreSQL one worker at a time takes the log; another stands by until that one is gone.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from controlplane.database import Connection, Engine

WORKER_LOCK = 0x776F726B  # "work"
STANDBY_SECONDS = 1.0


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


@contextmanager
def at_work(engine: Engine, stop: Event) -> Iterator[bool]:
    """
    Wait for the right to take the log of a PostgreSQL installation; the session holds it.

    Yields False when *stop* is set before the right is had.
    """
    with engine.connect() as connection:
        while not (got := _try_lock(connection)) and not stop.wait(STANDBY_SECONDS):
            pass
        try:
            yield got
        finally:
            connection.invalidate()  # the lock is the session's: it ends with it


def _try_lock(connection: Connection) -> bool:
    got = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (WORKER_LOCK,))
    held = bool(got.scalar_one())
    connection.commit()
    return held
