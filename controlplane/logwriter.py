"""
One thread appends to the log; whoever waits at the same moment shares a transaction.

A request's entries and its quarantined events commit together, and its future is
resolved only after that commit. A request that the database refuses fails alone.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import NamedTuple

import structlog
from sqlalchemy import Engine

from controlplane.database import DatabaseError, writing
from observability.log import stores as log
from observability.log.entry import Appended, LogEntry
from observability.quarantine import stores as quarantine
from observability.quarantine.held import Held, Settlement

GATHER_SECONDS = 0.002
GATHER_ENTRIES = 500
CAPACITY = 100_000
_logger = structlog.get_logger(__name__)


class BackloggedError(RuntimeError):
    """More entries wait for the disk than the queue holds; come back in `retry_after_seconds`."""

    retry_after_seconds = 1


class LogUnavailableError(RuntimeError):
    """Nothing of the request was stored; the same request may be sent again."""


class _Request(NamedTuple):
    entries: Sequence[LogEntry]
    held: Sequence[Held]
    settled: Sequence[tuple[str, Settlement]]
    answer: "Future[Appended]"

    @property
    def weight(self) -> int:
        return len(self.entries) + len(self.held) + 1


class LogWriter:
    """
    The only writer of the log.

    `submit` may be called from any thread. A lone request is written at once; where
    several are on their way, up to *gather_seconds* are given to those that follow.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        gather_seconds: float = GATHER_SECONDS,
        gather_entries: int = GATHER_ENTRIES,
        capacity: int = CAPACITY,
    ) -> None:
        self._engine = engine
        self._gather_seconds = gather_seconds
        self._gather_entries = gather_entries
        self._capacity = capacity
        self._queue: deque[_Request] = deque()
        self._waiting = 0
        self._closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many entries are queued and not yet taken up."""
        return self._waiting

    def submit(
        self,
        entries: Sequence[LogEntry],
        held: Sequence[Held] = (),
        *,
        settled: Sequence[tuple[str, Settlement]] = (),
    ) -> "Future[Appended]":
        """
        Queue one request; its future fails with `LogUnavailableError` when nothing was stored.

        Raises `BackloggedError` when the queue is full, `LogUnavailableError` once closed.
        *settled* names held entries that this request settles in the same transaction.
        """
        request = _Request(entries, held, settled, Future())
        with self._changed:
            if self._closed:
                raise LogUnavailableError("the log is closed")
            if self._waiting and self._waiting + request.weight > self._capacity:
                raise BackloggedError(f"{self._waiting} entries wait for the disk")
            self._queue.append(request)
            self._waiting += request.weight
            self._changed.notify()
        return request.answer

    def close(self) -> None:
        """Write what is queued, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        crowded = False
        group: list[_Request] = []
        try:
            while self._ready():
                group = self._take(patient=crowded)
                crowded = len(group) > 1
                self._commit(group)
        finally:
            self._abandon(group)

    def _ready(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            return bool(self._queue)

    def _take(self, *, patient: bool) -> list[_Request]:
        with self._changed:
            if patient:
                self._changed.wait_for(self._enough, timeout=self._gather_seconds)
            group: list[_Request] = []
            weight = 0
            while self._queue and weight < self._gather_entries:
                request = self._queue.popleft()
                weight += request.weight
                if request.answer.set_running_or_notify_cancel():
                    group.append(request)
            self._waiting -= weight
            return group

    def _enough(self) -> bool:
        return self._closed or self._waiting >= self._gather_entries

    def _commit(self, group: list[_Request]) -> None:
        if not group:
            return
        try:
            appended = self._write(group)
        except (DatabaseError, ValueError) as error:  # ValueError: text that no database takes
            self._refuse(group, error)
            return
        for request, answer in zip(group, appended, strict=True):
            request.answer.set_result(answer)

    def _write(self, group: list[_Request]) -> list[Appended]:
        with writing(self._engine) as connection:
            appended = log.append_all(connection, [request.entries for request in group])
            for request in group:
                if request.held:
                    quarantine.put(connection, request.held)
                for id_, settlement in request.settled:
                    quarantine.settle(connection, id_, settlement)
        return appended

    def _refuse(self, group: list[_Request], error: Exception) -> None:
        if len(group) > 1:  # one bad request must not fail its neighbours
            for request in group:
                self._commit([request])
            return
        _logger.error("log_append_failed", error=type(error).__name__, entries=group[0].weight - 1)
        refusal = LogUnavailableError("the log could not be written; nothing was stored")
        refusal.__cause__ = error
        group[0].answer.set_exception(refusal)

    def _abandon(self, group: list[_Request]) -> None:
        """Leave nobody waiting when the thread ends, however it ends."""
        with self._changed:
            self._closed = True
            group = [*group, *self._queue]
            self._queue.clear()
        for request in group:
            if not request.answer.done():
                request.answer.set_exception(LogUnavailableError("the log writer has stopped"))
