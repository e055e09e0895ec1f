"""
The worker: it takes the log, and it must not die.

An entry that cannot be applied is tried alone, then passed over and named; the work
behind it goes on. This is the one place of the program that catches everything.
"""

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from controlplane.consumer import LIMIT, Consumer
from controlplane.database import DATABASE_AWAY

IDLE_SECONDS = 0.005
LONGEST_IDLE_SECONDS = 0.05
DATABASE_PAUSE_SECONDS = 1.0
COLLECTED_AFTER = 50_000
"""Objects made between two looks for cycles; a micro-batch makes many and leaves none."""

_logger = structlog.get_logger(__name__)


class Worker:
    """Steps a consumer until it is told to stop."""

    def __init__(self, consumer: Consumer, stop: Event, *, limit: int = LIMIT) -> None:
        self._consumer = consumer
        self._stop = stop
        self._most = limit
        self._limit = limit

    def run(self) -> None:
        gc.set_threshold(COLLECTED_AFTER)
        idle = IDLE_SECONDS
        while not self._stop.is_set():
            if self.step():
                idle = IDLE_SECONDS
            else:
                self._stop.wait(idle)
                idle = min(idle * 1.5, LONGEST_IDLE_SECONDS)

    def step(self) -> bool:
        """Take one micro-batch; return whether there was one."""
        try:
            taken = self._consumer.step(self._limit)
        except DATABASE_AWAY as error:
            _logger.warning("worker_waits_for_database", error=str(error))
            self._stop.wait(DATABASE_PAUSE_SECONDS)
            return False
        except Exception as error:  # noqa: BLE001 - the loop that must not die
            self._isolate(error)
            return True
        self._limit = min(self._most, self._limit * 2)
        return taken > 0

    def _isolate(self, error: Exception) -> None:
        """Halve the micro-batch until the entry that fails stands alone; then pass it over."""
        self._consumer.recover()
        if self._limit > 1:
            self._limit //= 2
            return
        _logger.error("entry_not_applied", after=self._consumer.offset, exc_info=error)
        self._consumer.pass_over(f"{type(error).__name__}: {error}")


@contextmanager
def stopping() -> Iterator[Event]:
    """Yield an event that is set by SIGTERM, SIGINT, or the end of the process that started us."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    end_with_parent()
    yield stop


def end_with_parent() -> None:
    """Where a `Child` started us: be told to stop when the process that did so has died."""
    if os.environ.get("CONTROLPLANE_PARENT") == "stdin":
        Thread(target=_watch_parent, daemon=True, name="parent").start()


def _watch_parent() -> None:
    """The parent holds the other end of our standard input: when it dies, the end is read."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
