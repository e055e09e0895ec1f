"""
What forecasts are told from is made in a process beside the worker, which only keeps it.

It is a history beside the state: no case depends on it, and a replay does not repeat it. The
process is started when something was taken from the log since, a day has begun, or the last one
did not come to its end; and rests as long as it worked.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread

import structlog
from sqlalchemy import Engine

from controlplane.beside import write_line
from controlplane.database import reading, writing
from controlplane.foretelling.order import Order, read_made
from observability.forecast import piece_stores
from observability.projection import progress_stores

PERIOD = timedelta(seconds=60)
COMMAND = (sys.executable, "-m", "controlplane.foretelling")
_NOTHING = (-1, date.min)
_logger = structlog.get_logger(__name__)


class Foreteller:
    """`keep` is called over and over by one thread, and takes no longer than a piece to write."""

    def __init__(
        self,
        state: Engine,
        environment: Mapping[str, str],
        *,
        command: Sequence[str] = COMMAND,
        period: timedelta = PERIOD,
    ) -> None:
        self._state = state
        self._environment = environment
        self._command = command
        self._period = period
        self._told: SimpleQueue[bytes] = SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = datetime.now(UTC)
        self._next = self._begun + period
        self._seen = _NOTHING

    def keep(self) -> None:
        """Keep a piece that was made; start the process when it is time."""
        with suppress(Empty):
            told, seen = self._told.get_nowait(), self._seen
            self._seen = _NOTHING  # what cannot be kept is made again
            with writing(self._state) as state:
                piece_stores.put(state, read_made(told))
            self._seen = seen
            return
        now = datetime.now(UTC)
        if self._process is not None:
            self._end(self._process, now)
        elif now >= self._next:
            self._start(now)

    def close(self) -> None:
        """End the process at once: what it has not made is made at the next start."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            _close_input(process)

    def _start(self, now: datetime) -> None:
        with reading(self._state) as state:
            seen = (progress_stores.offset_of(state, progress_stores.WORKER), now.date())
        self._begun, self._next = now, now + self._period
        if seen == self._seen:
            return
        process = subprocess.Popen(  # noqa: S603 - our own program
            self._command,
            env={**os.environ, **self._environment, "CONTROLPLANE_PARENT": "stdin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.write(write_line(Order(at=now)))
                process.stdin.flush()
        self._process, self._seen = process, seen
        Thread(target=self._listen, args=(process,), daemon=True, name="foretelling").start()

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    self._told.put(line)
        process.wait()

    def _end(self, process: "subprocess.Popen[bytes]", now: datetime) -> None:
        """Rest as long as is due when the process has ended and all of its pieces are kept."""
        code = process.returncode
        if code is None or not self._told.empty():
            return
        if code:
            _logger.warning("foretelling_ended", code=code)
            self._seen = _NOTHING  # what it did not come to is made by the next one
        _close_input(process)
        self._process = None
        self._next = now + max(self._period, now - self._begun)


def _close_input(process: "subprocess.Popen[bytes]") -> None:
    with suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.close()
