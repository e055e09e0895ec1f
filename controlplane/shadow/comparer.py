"""
The comparing process as others see it: asked about cases, ended when it takes too long.

It is started when it is needed, and let go when nothing has stood in shadow for a while.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Timer

import msgspec

from controlplane.beside import write_line
from controlplane.shadow.order import Order, read_told
from governance.shadow.comparison import Compared, Shadow, Waiting

START_SECONDS = 60.0
PIECE_SECONDS = 60.0


class ComparerDiedError(RuntimeError):
    """The comparing process died, or was ended because it took too long."""


class Comparer:
    """At most one process; close it."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        command: Sequence[str] = (sys.executable, "-m", "controlplane.shadow"),
        seconds: float = PIECE_SECONDS,
    ) -> None:
        self._environment = environment
        self._command = command
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def compare(self, shadow: Shadow, waiting: Sequence[Waiting]) -> Compared | None:
        """
        Return what is found of the cases *waiting*; None when nothing is compared any more.

        Raises `ComparerDiedError`; the next call meets another process.
        """
        patience = self._seconds if self._process else self._seconds + START_SECONDS
        try:
            process = self._process or self._started()
            with _ended_when_late(process, patience):
                line = _asked(process, Order(shadow=shadow, waiting=tuple(waiting)))
            return read_told(line).found
        except (OSError, msgspec.DecodeError) as error:
            code = self.close()
            raise ComparerDiedError(f"the comparing process ended with {code}") from error

    def interrupt(self) -> None:
        """Let whoever waits for an answer get none."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> int | None:
        """End the process at once; return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        process.communicate()
        return process.returncode

    def _started(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            self._command,
            env={**os.environ, **self._environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self._process


@contextmanager
def _ended_when_late(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    late = Timer(seconds, process.kill)
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()


def _asked(process: subprocess.Popen[bytes], order: Order) -> bytes:
    """Return the process's answer, empty when it is gone; `OSError` likewise."""
    if process.stdin is None or process.stdout is None:
        return b""
    process.stdin.write(write_line(order))
    process.stdin.flush()
    return process.stdout.readline()
