"""
One thread appends to the log; whoever waits at the same moment shares a transaction.

A request's entries and its quarantined events commit together, and its future is
resolved only after that commit. A request that the database refuses fails alone.

Who would wait for it alone may write on its own thread instead: nothing is handed over.

A request may be drafted on this thread too: two threads that read events and append them
by turns wait for the interpreter at every statement, and one after the other is faster.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Lock, Thread
from typing import NamedTuple

import structlog
from sqlalchemy import Engine

from controlplane.database import DatabaseError, OwnConnection
from controlplane.telling import Telling
from observability.door.sighting import LIMITED, REPEATED, Saw, unseen
from observability.log import stores as log
from observability.log.entry import DECISION, Appended, LogEntry
from observability.quarantine import stores as quarantine
from observability.quarantine.held import Held, Settlement

GROUP_ENTRIES = 800  # of one transaction: who comes meanwhile shares the next one
CAPACITY = 100_000
_logger = structlog.get_logger(__name__)


class BackloggedError(RuntimeError):
    """More entries wait for the disk than the queue holds; come back in `retry_after_seconds`."""

    retry_after_seconds = 1


class LogUnavailableError(RuntimeError):
    """Nothing of the request was stored; the same request may be sent again."""


class Draft(NamedTuple):
    """What one request stores; *settled* names held entries that it settles with it."""

    entries: Sequence[LogEntry]
    held: Sequence[Held] = ()
    settled: Sequence[tuple[str, Settlement]] = ()

    @property
    def weight(self) -> int:
        return len(self.entries) + len(self.held) + 1


class _Request(NamedTuple):
    draft: Callable[[], Draft]
    weight: int
    answer: "Future[Appended]"


class _Drafted(NamedTuple):
    draft: Draft
    answer: "Future[Appended]"


class LogWriter:
    """
    The only writer of the log; `submit` may be called from any thread.

    A lone request is written at once; those that come while one is written share the next
    transaction. *appended* is called after each: who reads the log may be waiting, though not for
    decisions of the gate, which are histories.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        capacity: int = CAPACITY,
        appended: Callable[[], None] = lambda: None,
        saw: Saw = unseen,
    ) -> None:
        self._saw = saw
        self._connection = OwnConnection(engine, writes=True)
        self._turn = Lock()
        self._appended = appended
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
        draft = Draft(entries, held, settled)
        return self.submit_draft(lambda: draft, weight=draft.weight)

    def submit_draft(self, draft: Callable[[], Draft], *, weight: int) -> "Future[Appended]":
        """
        Queue a request that is drafted when its turn has come; what *draft* raises is its answer.

        *weight* is about how many entries it will hold.
        """
        request = _Request(draft, weight, Future())
        with self._changed:
            if self._closed:
                raise LogUnavailableError("the log is closed")
            if self._waiting and self._waiting + weight > self._capacity:
                self._saw(LIMITED, "", 1)
                raise BackloggedError(f"{self._waiting} entries wait for the disk")
            self._queue.append(request)
            self._waiting += weight
            self._changed.notify()
        return request.answer

    def append(self, entries: Sequence[LogEntry]) -> "Future[Appended]":
        """Write *entries* on this thread where nobody else writes or waits to; else as `submit`."""
        if self._queue or not self._turn.acquire(blocking=False):
            return self.submit(entries)
        try:
            if self._closed:
                raise LogUnavailableError("the log is closed")
            alone = _Drafted(Draft(entries), Future())
            self._commit([alone])
            return alone.answer
        finally:
            self._turn.release()

    def close(self) -> None:
        """Write what is queued, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        group: list[_Request] = []
        try:
            while self._ready():
                with self._turn:
                    group = self._take()
                    self._commit(_drafted(group))
        finally:
            self._abandon(group)
            with self._turn:
                self._connection.close()

    def _ready(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            return bool(self._queue)

    def _take(self) -> list[_Request]:
        with self._changed:
            group: list[_Request] = []
            weight = 0
            while self._queue and weight < GROUP_ENTRIES:
                request = self._queue.popleft()
                weight += request.weight
                if request.answer.set_running_or_notify_cancel():
                    group.append(request)
            self._waiting -= weight
            return group

    def _commit(self, group: list[_Drafted]) -> None:
        if not group:
            return
        try:
            appended = self._write([one.draft for one in group])
        except (DatabaseError, ValueError) as error:  # ValueError: text that no database takes
            self._refuse(group, error)
            return
        for one, answer in zip(group, appended, strict=True):
            for source, n in answer.repeated.items():
                self._saw(REPEATED, source, n)
            one.answer.set_result(answer)
        if any(entry.kind != DECISION for one in group for entry in one.draft.entries):
            self._appended()

    def _write(self, group: list[Draft]) -> list[Appended]:
        with self._connection.transaction() as connection:
            appended = log.append_all(connection, [draft.entries for draft in group])
            for draft in group:
                if draft.held:
                    quarantine.put(connection, draft.held)
                for id_, settlement in draft.settled:
                    quarantine.settle(connection, id_, settlement)
        return appended

    def _refuse(self, group: list[_Drafted], error: Exception) -> None:
        if len(group) > 1:  # one bad request must not fail its neighbours
            for one in group:
                self._commit([one])
            return
        entries = group[0].draft.weight - 1
        _logger.error("log_append_failed", error=type(error).__name__, entries=entries)
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


def _drafted(group: Sequence[_Request]) -> list[_Drafted]:
    """Draft each; who cannot be drafted is answered, and nothing of it is stored."""
    drafted = []
    for request in group:
        with Telling([request]):
            drafted.append(_Drafted(request.draft(), request.answer))
    return drafted
