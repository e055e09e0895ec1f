"""
The consumer takes the log in order, micro-batch by micro-batch, and commits its offset
with the effects: after any crash it goes on where its last commit ended.

It reads no clock: its time is the `at` of the entries that it takes.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from sqlalchemy import Connection

from controlplane import outcome_stores, telemetry
from controlplane.applying.registry import apply
from controlplane.database import Databases, reading, writing
from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.command import decode_command, refused
from controlplane.pipeline.processing import Processing, process_events, process_sweep
from observability.event import decode_event
from observability.log import stores as log
from observability.log.entry import COMMAND, EVENT, LogEntry
from observability.projection import progress_stores
from observability.projection.progress_stores import Boundary
from rules.refusal import Refusal

CONSUMER = "worker"
BACKFILL = b'"backfill":true'  # as `encode_event` writes it; text inside data is escaped
LIMIT = 500
_FAILED = Refusal(
    type="command-failed",
    status=500,
    title="The command could not be applied",
    detail="It is recorded and changed nothing. The worker's log says why.",
)


class Consumer:
    """Applies log entries to the state; nobody else writes there."""

    def __init__(self, databases: Databases, processing: Processing) -> None:
        self._databases = databases
        self._processing = processing
        self.offset = 0
        self.recover()

    def recover(self) -> None:
        """Go back to what is committed, as after a start."""
        self._processing.forget()
        with reading(self._databases.state) as state:
            self.offset = progress_stores.offset_of(state, CONSUMER)

    def step(self, limit: int = LIMIT, *, until: int | None = None) -> int:
        """
        Take the next micro-batch of at most *limit* entries, none behind offset *until*.

        Return how many entries were taken; 0 when the log has no more.
        """
        with reading(self._databases.log) as connection:
            entries = log.read(connection, self.offset, limit)
            if until is not None:
                entries = [entry for entry in entries if entry.offset <= until]
            entries = next_run(entries)
            if entries:
                self._take(connection, entries)
                self.offset = entries[-1].offset
        return len(entries)

    def pass_over(self, error: str) -> None:
        """Leave the next entry unapplied, and say so: it stays in the log, named in the state."""
        with reading(self._databases.log) as connection:
            entry = log.read(connection, self.offset, 1)[0]
        self._processing.forget()
        with writing(self._databases.state) as state:
            outcome_stores.remember_unprocessed(
                state, offset=entry.offset, kind=entry.kind, error=error, at=entry.at
            )
            if entry.kind == COMMAND:
                command = decode_command(entry.payload)
                outcome_stores.remember(state, command, refused(_FAILED), offset=entry.offset)
            _advance(state, entry.offset, entry.offset, entry.at)
        self.offset = entry.offset
        telemetry.entries_passed_over.add(1, {"kind": entry.kind})

    def _take(self, log_connection: Connection, entries: Sequence[LogEntry]) -> None:
        kind, begun = entries[0].kind, time.perf_counter()
        with telemetry.tracer.start_as_current_span(f"micro-batch {kind}") as span:
            span.set_attribute("controlplane.entries", len(entries))
            span.set_attribute("controlplane.offset", entries[-1].offset)
            self._apply(log_connection, entries)
        telemetry.batch_seconds.record(time.perf_counter() - begun, {"kind": kind})
        telemetry.entries_taken.add(len(entries), {"kind": kind})

    def _apply(self, log_connection: Connection, entries: Sequence[LogEntry]) -> None:
        first, last = entries[0], entries[-1]
        at = max(entry.at for entry in entries)
        if first.kind not in {EVENT, COMMAND}:
            self._sweep(last)
            return
        with writing(self._databases.state) as state:
            if first.kind == COMMAND:
                apply(
                    state,
                    log_connection,
                    self._processing,
                    decode_command(first.payload),
                    offset=first.offset,
                )
            else:
                process_events(state, log_connection, self._processing, _arrivals(entries), at=at)
            _advance(state, first.offset, last.offset, at)

    def _sweep(self, entry: LogEntry) -> None:
        """Claim due clocks piece by piece; the sweep is over when the last piece has committed."""
        more = True
        while more:
            with writing(self._databases.state) as state:
                more = process_sweep(state, self._processing, at=entry.at, offset=entry.offset)
                if not more:
                    _advance(state, entry.offset, entry.offset, entry.at)


def next_run(entries: Sequence[LogEntry]) -> list[LogEntry]:
    """
    Return the leading events, or the one command or sweep that comes first.

    Live events and back-filled ones are not mixed: time passes differently in them.
    """
    if not entries or entries[0].kind != EVENT:
        return list(entries[:1])
    events = list(takewhile(lambda entry: entry.kind == EVENT, entries))
    backfill = BACKFILL in events[0].payload
    return list(takewhile(lambda entry: (BACKFILL in entry.payload) == backfill, events))


def _advance(state: Connection, first: int, last: int, at: datetime) -> None:
    boundary = Boundary(first_offset=first, last_offset=last, at=at)
    progress_stores.advance(state, CONSUMER, boundary)


def _arrivals(entries: Sequence[LogEntry]) -> list[Arrival]:
    return [
        Arrival(offset=entry.offset, event=decode_event(entry.payload), at=entry.at)
        for entry in entries
    ]
