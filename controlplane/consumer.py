"""
The consumer takes the log in order, micro-batch by micro-batch, and commits its offset
with the effects: after any crash it goes on where its last commit ended.

It reads no clock: its time is the `at` of the entries that it takes.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane import passover, telemetry, unprocessed_stores
from controlplane.applying import planned
from controlplane.applying.registry import apply
from controlplane.database import Databases, reading, trying, writing
from controlplane.gate.entering import enter
from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.command import decode_command
from controlplane.pipeline.moment import Moment, moment_of
from controlplane.pipeline.processing import Processing, process_events, process_sweep
from controlplane.pipeline.reconsidering import A_SWEEP, abandon, reconsider, turn
from controlplane.unprocessed_stores import Standstill
from observability.event import decode_event
from observability.log import stores as log
from observability.log.entry import DECISION, EVENT, SWEEP, LogEntry
from observability.projection import progress_stores
from observability.projection.progress_stores import WORKER, Boundary, Reached

BACKFILL = b'"backfill":true'  # as `encode_event` writes it
LIMIT = 500
BACKFILL_FACTOR = 4
_TOGETHER = (EVENT, DECISION)
_WHOLE_BATCH = 1_000_000
Passed = Callable[[Sequence[LogEntry]], None]


class Consumer:
    """
    Applies log entries to the state; nobody else writes there. *passed* hears of live events whose
    effects are committed.
    """

    def __init__(
        self, databases: Databases, processing: Processing, *, passed: Passed = lambda _: None
    ) -> None:
        self._databases = databases
        self._passed = passed
        self._processing = processing
        self._reached = Reached()
        self.recover()

    @property
    def offset(self) -> int:
        """The last offset whose effects are committed."""
        return self._reached.offset

    def recover(self) -> None:
        """Go back to what is committed, as after a start."""
        self._processing.forget()
        with reading(self._databases.state) as state:
            self._reached = progress_stores.reached(state, WORKER)

    def step(self, limit: int = LIMIT, *, until: int | None = None, patient: bool = False) -> int:
        """
        Take the next micro-batch of at most *limit* entries, none behind offset *until*.

        Of back-filled events, for which nobody waits, four times as many are taken. Nobody waits
        for a decision of the gate either: where *patient*, those alone are left to gather.

        Return how many entries were taken; 0 when the log has no more.
        """
        with reading(self._databases.log) as connection:
            found = log.read(connection, self.offset, limit * BACKFILL_FACTOR, until=until)
            entries = next_run(found, limit)
            if patient and len(found) < limit and all(one.kind == DECISION for one in found):
                return 0
            if entries:
                self._take(connection, entries)
        return len(entries)

    def repeat(self, boundary: Boundary) -> None:
        """Take the micro-batch *boundary* in the steps in which it was taken before."""
        if boundary.passed_over is None:
            self.step(_WHOLE_BATCH, until=boundary.last_offset)
            return
        with reading(self._databases.log) as connection:
            entries = log.read(connection, self.offset, 1)
            self._apply(connection, entries, pieces=boundary.passed_over)
        self.pass_over("passed over as before")

    def attempt(self, offset: int) -> None:
        """Apply the entry at *offset* and take that back: it raises what applying it raises."""
        with reading(self._databases.log) as connection:
            entries = log.read(connection, offset - 1, 1)
            moment, _ = moment_of(entries, self._reached, backfill=_is_backfill(entries[0]))
            try:
                with trying(self._databases.state) as state:
                    self._effect(state, connection, entries, moment)
            finally:
                self._processing.forget()  # what it put in force is taken back as well

    def ahead(self) -> range:
        """Return the offsets behind the next entry, some of which may be gaps."""
        with reading(self._databases.log) as connection:
            return range(self.offset + 2, log.last_offset(connection) + 1)

    def next_is_retry(self) -> bool:
        """Whether the next entry tries another again: that it fails says nothing of the rest."""
        with reading(self._databases.log) as connection:
            return passover.retried(log.read(connection, self.offset, 1)[0]) is not None

    def pass_over(self, error: str) -> None:
        """Leave the next entry unapplied, and say so: it stays in the log, named in the state."""
        with reading(self._databases.log) as connection:
            entry = log.read(connection, self.offset, 1)[0]
            pieces = self._reached.pieces
            self._processing.forget()
            moment, reached = moment_of([entry], self._reached, backfill=_is_backfill(entry))
            with writing(self._databases.state) as state:
                passover.pass_over(state, entry, error)
                if entry.kind == SWEEP:
                    abandon(state, moment)
                    planned.give_up(state, connection, self._processing, moment)
                _advance(state, [entry], entry.at, reached, passed_over=pieces)
        self._reached = reached
        telemetry.entries_passed_over.add(1, {"kind": entry.kind})

    def stand_still(self, error: str) -> None:
        """Say that the worker waits before the next entry, and why."""
        with reading(self._databases.log) as connection:
            entry = log.read(connection, self.offset, 1)[0]
        with writing(self._databases.state) as state:
            here = Standstill(offset=entry.offset, error=error, since=entry.at)
            unprocessed_stores.stand_still(state, here)

    def stands_still(self) -> bool:
        with reading(self._databases.state) as state:
            return unprocessed_stores.standing_still(state) is not None

    def go_on(self) -> None:
        """Say that the worker no longer waits."""
        with writing(self._databases.state) as state:
            unprocessed_stores.go_on(state)

    def _take(self, log_connection: Connection, entries: Sequence[LogEntry]) -> None:
        kind, begun = entries[0].kind, time.perf_counter()
        with telemetry.tracer.start_as_current_span(f"micro-batch {kind}") as span:
            span.set_attribute("controlplane.entries", len(entries))
            span.set_attribute("controlplane.offset", entries[-1].offset)
            self._apply(log_connection, entries)
        telemetry.batch_seconds.record(time.perf_counter() - begun, {"kind": kind})
        telemetry.entries_taken.add(len(entries), {"kind": kind})
        if kind == EVENT and not _is_backfill(entries[0]):
            self._passed(entries)

    def _apply(
        self,
        log_connection: Connection,
        entries: Sequence[LogEntry],
        *,
        pieces: int | None = None,
    ) -> None:
        """
        Apply *entries*, or only *pieces* of the transactions that it takes.

        A sweep may take several: how many are committed is kept with each of them.
        """
        moment, reached = moment_of(entries, self._reached, backfill=_is_backfill(entries[0]))
        while self._reached.pieces != pieces:
            with writing(self._databases.state) as state:
                more = self._effect(state, log_connection, entries, moment)
                if more:
                    begun = replace(self._reached, pieces=self._reached.pieces + 1)
                    progress_stores.keep(state, WORKER, begun, at=moment.at)
                else:
                    _advance(state, entries, moment.at, reached)
            self._reached = begun if more else reached
            if not more:
                return

    def _effect(
        self,
        state: Connection,
        log_connection: Connection,
        entries: Sequence[LogEntry],
        moment: Moment,
    ) -> bool:
        """Apply *entries*; return whether more of the same is left for another transaction."""
        match entries[0].kind:
            case "event" | "decision":
                enter(state, entries)
                arrivals = _arrivals(entries)
                if arrivals:
                    process_events(state, log_connection, self._processing, arrivals, moment)
            case "command":
                command = decode_command(entries[0].payload)
                apply(state, log_connection, self._processing, command, moment)
            case _:
                more = process_sweep(state, self._processing, moment)
                if more or self._reached.pieces >= A_SWEEP:
                    return more
                if planned.come_due(state, log_connection, self._processing, moment):
                    return True
                if turn(state, moment):
                    return True
                return reconsider(state, log_connection, self._processing, moment)
        return False


def next_run(entries: Sequence[LogEntry], limit: int = LIMIT) -> list[LogEntry]:
    """
    Return the leading events and decisions, or the one command or sweep that comes first.

    A decision of the gate changes nothing that events are judged by, so they share a
    transaction. Live events and back-filled ones do not: time passes differently in them.
    """
    if not entries or entries[0].kind not in _TOGETHER:
        return list(entries[:1])
    events = list(takewhile(lambda entry: entry.kind in _TOGETHER, entries))
    backfill = _is_backfill(events[0])
    run = list(takewhile(lambda entry: _is_backfill(entry) == backfill, events))
    alone = limit == 1  # one that fails is tried alone, back-filled or not
    return run[: limit * BACKFILL_FACTOR if backfill and not alone else limit]


class _Marked(msgspec.Struct):
    backfill: bool = False


_marked = msgspec.json.Decoder(_Marked)


def _is_backfill(entry: LogEntry) -> bool:
    """Whether the event itself is marked; its data may hold a field of that name."""
    if entry.kind != EVENT or BACKFILL not in entry.payload:
        return False
    try:
        return _marked.decode(entry.payload).backfill
    except msgspec.DecodeError:
        return False


def _advance(
    state: Connection,
    entries: Sequence[LogEntry],
    at: datetime,
    reached: Reached,
    *,
    passed_over: int | None = None,
) -> None:
    boundary = Boundary(
        first_offset=entries[0].offset,
        last_offset=entries[-1].offset,
        at=at,
        passed_over=passed_over,
    )
    progress_stores.advance(state, WORKER, boundary, reached)


def _arrivals(entries: Sequence[LogEntry]) -> list[Arrival]:
    return [
        Arrival(offset=entry.offset, event=decode_event(entry.payload), at=entry.at)
        for entry in entries
        if entry.kind == EVENT
    ]
