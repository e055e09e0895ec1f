"""
Time passes even when no event comes.

The ticker appends a sweep to the log when a clock is due, so that time itself is an
entry like any other and a replay meets it at the same place. While history is being told
it waits: a promise is not broken because its keeping has not been told yet.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Protocol

import structlog
from sqlalchemy import Engine

from controlplane.commands import Writer
from controlplane.database import DatabaseError, reading
from controlplane.logwriter import BackloggedError, LogUnavailableError
from controlplane.pipeline.command import SWEEP_SOURCE
from governance.document import planned_stores
from governance.exception.stores import to_escalate, waivers_ended
from observability.log.entry import SWEEP, LogEntry
from observability.projection import reconsideration_stores, turn_stores
from observability.projection.clock_stores import any_due
from observability.system import stores as system_stores
from rules.instant import to_micros

PERIOD_SECONDS = 1.0
HOLD_SECONDS = 10.0
START_SECONDS = 5.0  # what happened while nobody listened is told first
_logger = structlog.get_logger(__name__)


class Due(Protocol):
    """Says whether something in the state has waited for *at*."""

    def __call__(self, state: Engine, *, at: datetime) -> bool: ...


class Ticker:
    """
    A thread that looks once a second; it appends nothing while nothing is due.

    *beside* is done each time too.
    """

    def __init__(  # noqa: PLR0913 - its edges are given: the log, the state, the clock
        self,
        writer: Writer,
        state: Engine,
        due: Due,
        *,
        reached: Callable[[], int] = lambda: 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        period_seconds: float = PERIOD_SECONDS,
        beside: Callable[[datetime], object] = lambda _: None,
    ) -> None:
        self._writer = writer
        self._state = state
        self._due = due
        self._reached = reached
        self._swept = 0
        self._now = now
        self._held_until = time.monotonic() + START_SECONDS
        self._period = period_seconds
        self._beside = beside
        self._stop = Event()
        self._thread = Thread(target=self._run, name="ticker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def hold(self) -> None:
        """Let no time pass for a while: history is being told."""
        self._held_until = time.monotonic() + HOLD_SECONDS

    @property
    def holding(self) -> bool:
        """Whether time is not let pass."""
        return time.monotonic() < self._held_until

    def sweep(self) -> datetime:
        """Let time pass now; return the instant up to which it has."""
        self._held_until = 0.0
        at = self._now()
        self._swept = self._writer.submit([sweep_entry(at)]).result().last_offset
        return at

    def tick(self) -> bool:
        """
        Append a sweep when something is due, the last one is over, and nothing holds it.

        Return whether one was appended.
        """
        if self.holding or self._reached() < self._swept:
            return False
        if not self._due(self._state, at=self._now()):
            return False
        self.sweep()
        return True

    def _run(self) -> None:
        while not self._stop.wait(self._period):
            try:
                self.tick()
                self._beside(self._now())
            except (DatabaseError, BackloggedError, LogUnavailableError) as error:
                _logger.warning("tick_postponed", error=str(error))


def sweep_entry(at: datetime) -> LogEntry:
    return LogEntry(kind=SWEEP, source=SWEEP_SOURCE, id=str(to_micros(at)), at=at, payload=b"")


def clocks_due(state: Engine, *, at: datetime) -> bool:
    """Whether a clock, a waiver, late handling, a rule, a plan or what is reconsidered is due."""
    with reading(state) as connection:
        due = any_due(connection, at=at) or bool(waivers_ended(connection, at=at))
        due = due or bool(to_escalate(connection, at=at, limit=1))
        due = due or bool(system_stores.due(connection, at=at))
        due = due or turn_stores.any_due(connection, at=at)
        due = due or planned_stores.first_due(connection, at=at) is not None
        return due or reconsideration_stores.first(connection) is not None
