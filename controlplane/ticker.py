"""
Time passes even when no event comes.

The ticker appends a sweep to the log when a clock is due, so that time itself is an
entry like any other and a replay meets it at the same place.
"""

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
from observability.log.entry import SWEEP, LogEntry
from rules.instant import to_micros

PERIOD_SECONDS = 1.0
_logger = structlog.get_logger(__name__)


class Due(Protocol):
    """Says whether something in the state has waited for *at*."""

    def __call__(self, state: Engine, *, at: datetime) -> bool: ...


class Ticker:
    """A thread that looks once a second; it appends nothing while nothing is due."""

    def __init__(
        self,
        writer: Writer,
        state: Engine,
        due: Due,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        period_seconds: float = PERIOD_SECONDS,
    ) -> None:
        self._writer = writer
        self._state = state
        self._due = due
        self._now = now
        self._period = period_seconds
        self._stop = Event()
        self._thread = Thread(target=self._run, name="ticker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def tick(self) -> bool:
        """Append a sweep when something is due; return whether it was."""
        at = self._now()
        if not self._due(self._state, at=at):
            return False
        self._writer.submit([sweep_entry(at)]).result()
        return True

    def _run(self) -> None:
        while not self._stop.wait(self._period):
            try:
                self.tick()
            except (DatabaseError, BackloggedError, LogUnavailableError) as error:
                _logger.warning("tick_postponed", error=str(error))


def sweep_entry(at: datetime) -> LogEntry:
    return LogEntry(kind=SWEEP, source=SWEEP_SOURCE, id=str(to_micros(at)), at=at, payload=b"")


def clocks_due(state: Engine, *, at: datetime) -> bool:
    """Whether a clock or a waiver has run to its next instant, and the worker has kept up."""
    from observability.projection.clock_stores import any_due  # noqa: PLC0415

    with reading(state) as connection:
        return any_due(connection, at=at)
