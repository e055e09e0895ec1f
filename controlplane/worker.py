"""
The worker: it takes the log, and it must not die.

An entry that cannot be applied is tried alone, then passed over and named; the work
behind it goes on, unless that fails as well. This is the one place of the program that
catches everything.
"""

import gc
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from time import monotonic

import structlog

from controlplane.child import end_with_parent
from controlplane.consumer import LIMIT, Consumer
from controlplane.database import DATABASE_AWAY

IDLE_SECONDS = 0.005
LONGEST_IDLE_SECONDS = 0.05
DATABASE_PAUSE_SECONDS = 1.0
FORGIVEN = 3  # entries in a row that are passed over before it is asked whose fault it is
SAMPLE = 16
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
COLLECTED_AFTER = (50_000, 20, 1_000)
"""
Objects made between two looks for cycles, of which a micro-batch leaves none; and how seldom
the old are looked at, which takes half a second, during which nothing is decided.
"""

_logger = structlog.get_logger(__name__)


class Worker:
    """
    Steps a consumer until it is told to stop; in between it waits to be nudged, or a moment.

    Where several entries in a row fail, and most of those behind them do too, the fault is
    not theirs: the worker stands still and tries again, instead of passing the log over. What is
    to be done *beside* is done between any two of them.
    """

    def __init__(
        self,
        consumer: Consumer,
        stop: Event,
        *,
        nudged: Event | None = None,
        limit: int = LIMIT,
        beside: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._beside = beside
        self._consumer = consumer
        self._stop = stop
        self._nudged = nudged or Event()
        self._most = limit
        self._limit = limit
        self._standing = consumer.stands_still()
        self._in_a_row = FORGIVEN if self._standing else 0
        self._pause = FIRST_PAUSE_SECONDS

    def run(self) -> None:
        gc.set_threshold(*COLLECTED_AFTER)
        idle, taken_at = IDLE_SECONDS, monotonic() - LONGEST_IDLE_SECONDS
        while not self._stop.is_set():
            if self.step(patient=monotonic() - taken_at < LONGEST_IDLE_SECONDS):
                idle, taken_at = IDLE_SECONDS, monotonic()
            else:
                self._nudged.wait(idle)
                self._nudged.clear()
                idle = min(idle * 1.5, LONGEST_IDLE_SECONDS)
            for act in self._beside:
                error = _failure(act)
                if error is not None:
                    _logger.warning("beside_not_done", error=str(error))

    def step(self, *, patient: bool = False) -> bool:
        """Take one micro-batch; return whether the next may be taken at once."""
        taken: list[int] = []
        step = partial(self._consumer.step, self._limit, patient=patient)
        error = _failure(lambda: taken.append(step()))
        if isinstance(error, DATABASE_AWAY):
            _logger.warning("worker_waits_for_database", error=str(error))
            self._stop.wait(DATABASE_PAUSE_SECONDS)
            return False
        if error is not None:
            self._isolate(error)
            return True
        if any(taken):
            self._went_on()
        return any(taken)

    def _went_on(self) -> None:
        self._limit = min(self._most, self._limit * 2)
        self._in_a_row, self._pause = 0, FIRST_PAUSE_SECONDS
        if self._standing:
            self._consumer.go_on()
            self._standing = False
            _logger.info("worker_goes_on", offset=self._consumer.offset)

    def _isolate(self, error: Exception) -> None:
        """Halve the micro-batch until the entry that fails stands alone; then judge that one."""
        self._consumer.recover()
        if self._limit > 1:
            self._limit //= 2
            return
        said = f"{type(error).__name__}: {error}"
        if self._consumer.next_is_retry():
            self._consumer.pass_over(said)
        elif self._in_a_row < FORGIVEN or not self._most_fail():
            _logger.error("entry_not_applied", after=self._consumer.offset, exc_info=error)
            self._consumer.pass_over(said)
            self._in_a_row += 1
        else:
            self._stand_still(said)

    def _most_fail(self) -> bool:
        """Whether most of a sample of what follows fails too; true while nothing follows."""
        ahead = self._consumer.ahead()
        sample = ahead[:: max(1, len(ahead) // SAMPLE)]
        failed = sum(1 for offset in sample if _failure(partial(self._consumer.attempt, offset)))
        self._consumer.recover()
        return 2 * failed >= len(sample)

    def _stand_still(self, error: str) -> None:
        _logger.critical(
            "worker_stands_still",
            before=self._consumer.offset + 1,
            error=error,
            again_in_seconds=self._pause,
        )
        self._consumer.stand_still(error)
        self._standing = True
        self._stop.wait(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)


def _failure(act: Callable[[], object]) -> Exception | None:
    """Return what *act* raises."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - the loop that must not die
        return error
    return None


@contextmanager
def stopping(nudged: Event | None = None) -> Iterator[Event]:
    """
    Yield an event that is set by SIGTERM, SIGINT, or the end of the process that started us.

    *nudged* is set when that process has something for us to do.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    end_with_parent(nudged)
    yield stop
