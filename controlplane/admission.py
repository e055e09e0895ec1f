"""
Admission: decode, judge, append. What is refused is held; what is acknowledged is on disk.

A live event's entry is recorded now, a back-filled one at its own time, so that a replay
of history runs on history's clock.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import NamedTuple

import msgspec

from controlplane.identity.role import LOCAL, Actor
from controlplane.identity.speaking import spoken
from controlplane.logwriter import Draft, LogWriter
from controlplane.registry import Registry, Snapshot
from governance.contract.published import PublishedVersion
from observability.door.sighting import LIMITED, Saw, unseen
from observability.event import ProcessEvent, encode_event
from observability.intake import cloudevents, span
from observability.intake.candidate import Candidate
from observability.intake.cloudevents import Batch
from observability.intake.limits import DEFAULT_LIMITS, IntakeLimits
from observability.intake.rejection import Flaw, Rejected
from observability.intake.soundness import payload_flaw
from observability.intake.span import Reading
from observability.intake.validation import OUTSIDE_TIME, validate
from observability.log.entry import EVENT, Appended, LogEntry
from observability.quarantine.held import (
    REPLAYED,
    Held,
    Settlement,
    quarantine_id,
)

CLOUDEVENTS = "cloudevents"
CLOUDEVENTS_BACKFILL = "cloudevents-backfill"
OTLP = "otlp"
BYTES_OF_AN_EVENT = 256  # a small one: a queue of requests is bounded by events
_MAY_HAVE_CHANGED = ("unknown-contract", "schema-violation", "not-evaluated")


class WorkerBehindError(RuntimeError):
    """The worker is further behind the log than is allowed; come back later."""

    retry_after_seconds = 2


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """`index` and `id` are the event's own; `quarantine` is where it is kept."""

    index: int
    id: str | None
    reason: str
    quarantine: str


class Judged(NamedTuple):
    """
    What one request brought: what is to be appended, what is held, and what to say of it.

    `leaving` are the deprecated versions that it holds events of.
    """

    entries: Sequence[LogEntry]
    held: Sequence[Held]
    quarantined: Sequence[Quarantined]
    rejected: Sequence[tuple[int, Rejected]]
    leaving: Sequence[PublishedVersion] = ()


class Admission:
    """Composes decoding, the registry and the writer; safe to call from any thread."""

    def __init__(  # noqa: PLR0913 - its edges are given: the log, the worker, who counts
        self,
        writer: LogWriter,
        registry: Registry,
        *,
        lag: Callable[[], int],
        limits: IntakeLimits = DEFAULT_LIMITS,
        on_backfill: Callable[[], None] = lambda: None,
        saw: Saw = unseen,
    ) -> None:
        self.saw = saw
        self.limits = limits
        self.registry = registry
        self._writer = writer
        self._lag = lag
        self._on_backfill = on_backfill

    def require_room(self) -> None:
        """Raise `WorkerBehindError` while the backlog is over its bound."""
        behind = self._lag()
        if behind > self.limits.entries_behind:
            self.saw(LIMITED, "", 1)
            raise WorkerBehindError(f"{behind:,} entries wait for the worker")

    def judge_events(
        self, batch: Batch, *, at: datetime, backfill: bool = False, by: Actor = LOCAL
    ) -> Judged:
        """Judge a CloudEvents request that *by* sends."""
        if backfill:
            self._on_backfill()
        keep = lambda index, _: batch.raw(index)  # noqa: E731 (reads as a noun below)
        channel = CLOUDEVENTS_BACKFILL if backfill else CLOUDEVENTS
        return self._judge_all(enumerate(batch.outcomes), keep, channel, at=at, by=by)

    def judge_spans(
        self,
        readings: Sequence[Reading],
        *,
        at: datetime,
        backfill: bool = False,
        by: Actor = LOCAL,
    ) -> Judged:
        """Judge what an OTLP request of *by* reports."""
        if backfill:
            self._on_backfill()
        outcomes = [(one.span, _marked(one.outcome, backfill=backfill)) for one in readings]
        return self._judge_all(outcomes, lambda _, one: span.kept(one), OTLP, at=at, by=by)

    def submit(self, judged: Judged) -> "Future[Appended]":
        """Append what was judged; the future is resolved when everything of it is on disk."""
        if judged.entries or judged.held:
            return self._writer.submit(judged.entries, judged.held)
        nothing: Future[Appended] = Future()
        nothing.set_result(Appended(accepted=0, duplicates=0, last_offset=0))
        return nothing

    def submit_unjudged(self, judge: Callable[[], Judged], *, size: int) -> "Future[Appended]":
        """Judge a request of *size* bytes in its turn, on the writer's thread, and append it."""

        def draft() -> Draft:
            judged = judge()
            return Draft(judged.entries, judged.held)

        return self._writer.submit_draft(draft, weight=size // BYTES_OF_AN_EVENT + 1)

    def replay(self, held: Held, *, at: datetime, actor: Actor) -> "Flaw | Future[Appended]":
        """Judge what was held once more: append and settle it, or say why it still cannot be."""
        outcome = _read_held(held)
        if isinstance(outcome, Rejected):
            return outcome.flaw
        judged = _judge(outcome, self.registry.refresh(), self.limits, at=at, by=actor)
        if isinstance(judged, Flaw):
            return judged
        settlement = Settlement(status=REPLAYED, at=at, actor=actor.name, reason="")
        return self._writer.submit([judged], settled=[(held.id, settlement)])

    def settle(self, id_: str, settlement: Settlement) -> "Future[Appended]":
        return self._writer.submit([], settled=[(id_, settlement)])

    def _judge_all(
        self,
        outcomes: Iterable[tuple[int, Candidate | Rejected]],
        keep: Callable[[int, Candidate], bytes],
        channel: str,
        *,
        at: datetime,
        by: Actor,
    ) -> Judged:
        snapshot = self.registry.snapshot()
        entries: list[LogEntry] = []
        rejected: list[tuple[int, Rejected]] = []
        looked = False
        for index, outcome in outcomes:
            if isinstance(outcome, Rejected):
                rejected.append((index, outcome))
                continue
            judged = _judge(outcome, snapshot, self.limits, at=at, by=by)
            if isinstance(judged, Flaw) and judged.reason in _MAY_HAVE_CHANGED and not looked:
                looked = True
                fresh = self.registry.refresh()
                if fresh is not snapshot:
                    snapshot = fresh
                    judged = _judge(outcome, snapshot, self.limits, at=at, by=by)
            if isinstance(judged, Flaw):
                rejected.append((index, _rejected(index, outcome, judged, keep(index, outcome))))
            else:
                entries.append(judged)
        whole = _judged(entries, rejected, channel, at=at)
        return whole._replace(leaving=_sent(entries, snapshot.leaving))


def _judged(
    entries: Sequence[LogEntry],
    rejected: Sequence[tuple[int, Rejected]],
    channel: str,
    *,
    at: datetime,
) -> Judged:
    held = [hold(one, channel, at=at) for _, one in rejected]
    quarantined = [
        Quarantined(index=index, id=one.id, reason=one.flaw.reason, quarantine=kept.id)
        for (index, one), kept in zip(rejected, held, strict=True)
    ]
    return Judged(entries, held, quarantined, rejected)


def _sent(
    entries: Sequence[LogEntry], leaving: Sequence[PublishedVersion]
) -> Sequence[PublishedVersion]:
    """Return those of *leaving* that *entries* hold events of."""
    marks = [(one, f'"contract":"{one.reference}"'.encode()) for one in leaving]
    return [one for one, mark in marks if any(mark in entry.payload for entry in entries)]


def hold(rejected: Rejected, channel: str, *, at: datetime) -> Held:
    """Return *rejected* as it is kept; text that no database takes is made visible instead."""
    flaw = rejected.flaw
    return Held(
        id=quarantine_id(channel, rejected.source, rejected.id, rejected.payload),
        received_at=at,
        channel=channel,
        reason=flaw.reason,
        detail=_storable(flaw.detail) or "",
        payload=rejected.payload,
        source=_storable(rejected.source),
        event_id=_storable(rejected.id),
        type=_storable(rejected.type),
        errors=flaw.errors,
        owner=flaw.owner,
        contract=flaw.contract,
        happened_at=rejected.happened_at,
    )


def _judge(
    candidate: Candidate, snapshot: Snapshot, limits: IntakeLimits, *, at: datetime, by: Actor
) -> LogEntry | Flaw:
    valid = validate(candidate, snapshot, at=at)
    event = valid if isinstance(valid, Flaw) else spoken(by, valid)
    if isinstance(event, Flaw):
        return event
    payload = encode_event(event)
    flaw = payload_flaw(payload, limits)
    return _entry(event, payload, at=at) if flaw is None else flaw


def _entry(event: ProcessEvent, payload: bytes, *, at: datetime) -> LogEntry:
    return LogEntry(
        kind=EVENT,
        source=event.source,
        id=event.id,
        at=event.occurred_at if event.backfill else at,
        payload=payload,
    )


def _rejected(index: int, candidate: Candidate, flaw: Flaw, payload: bytes) -> Rejected:
    event = candidate.event
    believed = event.backfill and flaw.reason not in OUTSIDE_TIME
    return Rejected(
        index=index,
        id=event.id,
        source=event.source,
        type=event.type,
        flaw=flaw,
        payload=payload,
        happened_at=event.occurred_at if believed else None,
    )


def _marked(outcome: Candidate | Rejected, *, backfill: bool) -> Candidate | Rejected:
    if not backfill or isinstance(outcome, Rejected):
        return outcome
    return outcome._replace(event=msgspec.structs.replace(outcome.event, backfill=True))


def _read_held(held: Held) -> Candidate | Rejected:
    if held.channel == OTLP:
        return span.read_kept(held.payload)
    backfill = held.channel == CLOUDEVENTS_BACKFILL
    return cloudevents.read_kept(held.payload, at=held.received_at, backfill=backfill)


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
