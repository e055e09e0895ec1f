"""Events, clocks, decisions and exceptions of one case, in the order in which they happened."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from controlplane.api.case import CaseClock
from controlplane.correcting.correction import Correction, Member
from controlplane.correcting.telling import of_case
from governance.decision.stores import KeptDecision
from governance.exception.process_exception import Line, ProcessException
from observability.clock.clock import BREACHED
from observability.instance.timeline_stores import TimelineEvent
from observability.model.model import ProcessModel
from rules.money import Money

Kind = Literal["event", "clock", "decision", "exception", "correction"]
_ORDER: dict[str, int] = {"event": 0, "clock": 1, "decision": 2, "exception": 3, "correction": 4}


class Happening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One line. Every kind has `kind`, `at`, `title` and `id`; `state` is what a clock, decision
    or exception came to, or the kind of a correction; `data`, `objects` and the trace belong to
    events.
    """

    kind: Kind
    at: datetime
    title: str
    id: str
    state: str | None = None
    activity: str | None = None
    stage: str | None = None
    type: str | None = None
    source: str | None = None
    service: str | None = None
    contract: str | None = None
    amount: Money | None = None
    object: str | None = None
    sla: str | None = None
    rule: str | None = None
    actor: str | None = None
    note: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    duration_us: int | None = None
    objects: tuple[tuple[str, str], ...] = ()
    data: dict[str, Any] = {}


def in_order(*parts: Iterable[Happening]) -> list[Happening]:
    """Return all *parts* by time; at one instant an event comes before what follows from it."""
    found = [(index, one) for part in parts for index, one in enumerate(part)]
    found.sort(key=lambda pair: (pair[1].at, _ORDER[pair[1].kind], pair[0]))
    return [one for _, one in found]


def events(found: Iterable[TimelineEvent], model: ProcessModel | None) -> Iterator[Happening]:
    for one in found:
        yield Happening(
            kind="event",
            at=one.occurred_at,
            title=model.title_of(one.activity) if model else one.activity,
            id=one.event_id,
            activity=one.activity,
            stage=model.stage_of(one.activity) if model else None,
            type=one.type,
            source=one.source,
            service=one.service,
            contract=one.contract,
            amount=one.amount,
            trace_id=one.trace_id,
            span_id=one.span_id,
            duration_us=one.duration_us,
            objects=one.objects,
            data=one.data,
        )


def clocks(found: Iterable[CaseClock], *, at: datetime) -> Iterator[Happening]:
    """Yield the start of each clock and how it went on, nothing that lies after *at*."""
    for one in found:
        yield _clock(one, "started", one.started_at)
        if one.cancelled_at is not None and one.state == "cancelled":
            yield _clock(one, "cancelled", one.cancelled_at)
            continue
        if one.state in BREACHED and one.due_at <= at:
            yield _clock(one, "breached", one.due_at)
        if one.target_at is not None:
            yield _clock(one, one.state, one.target_at)


def decisions(found: Iterable[KeptDecision]) -> Iterator[Happening]:
    for one in found:
        firings = len(one.decision.firings)
        yield Happening(
            kind="decision",
            at=one.at,
            title=f"{one.decision.ruleset} {one.decision.version}: "
            + (f"{firings} rules fired" if firings != 1 else "1 rule fired"),
            id=one.id,
            state=one.decision.outcome,
            trace_id=one.trace_id,
            span_id=one.span_id,
        )


def exceptions(found: Iterable[tuple[ProcessException, list[Line]]]) -> Iterator[Happening]:
    for one, lines in found:
        for line in lines:
            yield Happening(
                kind="exception",
                at=line.at,
                title=one.title,
                id=one.id,
                state=line.action,
                rule=one.rule,
                actor=line.actor,
                note=line.note or None,
            )


def corrections(found: Iterable[tuple[Correction, list[Member]]]) -> Iterator[Happening]:
    """Yield what each correction changed of the case."""
    for one, members in found:
        yield Happening(
            kind="correction",
            at=one.begun_at,
            title=of_case(one, members),
            id=one.id,
            state=one.kind,
            actor=one.actor,
            note=f"{one.subject}: {one.because}",
        )


def _clock(one: CaseClock, state: str, at: datetime) -> Happening:
    return Happening(
        kind="clock",
        at=at,
        title=one.title or one.sla,
        id=one.id,
        state=state,
        sla=one.sla,
        object=one.object,
        amount=one.amount,
    )
