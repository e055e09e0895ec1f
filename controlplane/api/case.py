"""One case as a person reads it: state, clocks against their promises, money, what became of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.figures import CaseFigure, case_figures
from controlplane.api.standing import (
    CaseCompensation,
    CaseLinks,
    CaseMilestone,
    CasePartial,
    CaseWait,
    compensations,
    links,
    milestones,
    partials,
    waits,
)
from governance.document import stores as documents
from governance.exception import stores as exceptions
from governance.exception.process_exception import ProcessException
from observability.clock.reading import ClockReading, SlaSummary
from observability.clock.stores import readings
from observability.instance.departure import Departure
from observability.instance.stores import InstanceDetail
from observability.instance.timeline_stores import CaseEntity, case_entities
from observability.model.model import ProcessModel
from observability.objective import Objective
from rules.calendar import AllTime, BusinessCalendar, WorkingTime
from rules.money import Money

_FULL = 100.0


class CaseClock(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from"}):
    """
    One objective on the case, or on one object of it.

    `used_percent` is of the time allowed on the calendar; over 100 when the promise has passed.
    """

    id: str
    sla: str
    title: str | None
    severity: str | None
    promised: str | None
    object_type: str | None
    object: str | None
    period: str | None
    state: str
    at_risk: bool
    started_at: datetime
    due_at: datetime
    target_at: datetime | None
    cancelled_at: datetime | None
    paused_at: datetime | None
    used_percent: float | None
    warnings: tuple[datetime, ...]
    amount: Money | None
    owner: str | None
    start: tuple[str, ...]
    to: tuple[str, ...]


class CaseDeparture(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    activity: str
    at: datetime
    count: int
    detail: str


class CaseException(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    rule: str
    title: str
    severity: str
    state: str
    owner: str | None
    reason: str
    opened_at: datetime
    resolved_at: datetime | None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """
    `money` holds the figures of the model's chain in order, one sum a currency; `balances` what
    stands between them; `links` the cases that it is part of, and those that are parts of it.
    """

    id: str
    process: str
    process_title: str
    case: str
    keys: tuple[str, ...]
    title: str
    model: str
    state: str
    stage: str | None
    stage_title: str | None
    owner: str | None
    started_at: datetime
    last_at: datetime
    ended_at: datetime | None
    as_of: datetime
    duration_seconds: float
    events: int
    rework: int
    variant: str
    amount: Money | None
    money: dict[str, list[Money]]
    balances: list[CaseFigure]
    attributes: dict[str, Any]
    sla: SlaSummary
    clocks: list[CaseClock]
    departures: list[CaseDeparture]
    waiting: list[CaseWait]
    milestones: list[CaseMilestone]
    partial: list[CasePartial]
    compensations: list[CaseCompensation]
    links: list[CaseLinks]
    objects: list[CaseEntity]
    exceptions: list[CaseException]


def read_case(connection: Connection, detail: InstanceDetail, *, at: datetime) -> Case:
    """Return the case of *detail* with its clocks read *at*."""
    model = model_of_case(connection, detail)
    stage = model.by_stage.get(detail.stage or "") if model else None
    return Case(
        id=detail.id,
        process=detail.process,
        process_title=model.title if model else detail.process,
        case=detail.case,
        keys=detail.keys,
        title=detail.title,
        model=detail.model,
        state=detail.state,
        stage=detail.stage,
        stage_title=stage.title if stage else None,
        owner=detail.owner,
        started_at=detail.started_at,
        last_at=detail.last_at,
        ended_at=detail.ended_at,
        as_of=at,
        duration_seconds=((detail.ended_at or at) - detail.started_at).total_seconds(),
        events=detail.events,
        rework=detail.rework,
        variant=detail.variant,
        amount=detail.amount,
        money=_chain(detail, model),
        balances=case_figures(model.money.balances if model else (), detail.money),
        attributes=detail.attributes,
        sla=detail.sla,
        clocks=read_clocks(connection, detail, at=at),
        departures=[_departure(one) for one in detail.departures],
        waiting=waits(detail.standing, model),
        milestones=milestones(detail.standing, model),
        partial=partials(detail.standing, model),
        compensations=compensations(detail.standing, model),
        links=links(connection, detail.id),
        objects=case_entities(connection, detail.id),
        exceptions=[_exception(one) for one in exceptions_of(connection, detail.id)],
    )


def _chain(detail: InstanceDetail, model: ProcessModel | None) -> dict[str, list[Money]]:
    shown = [one.name for one in model.money.chain] if model else list(detail.money)
    return {name: detail.money[name] for name in shown if name in detail.money}


def read_clocks(connection: Connection, detail: InstanceDetail, *, at: datetime) -> list[CaseClock]:
    """Return every clock of the case, by the time it began."""
    found = readings(connection, [detail.id], at=at).get(detail.id, [])
    objectives = {one.sla: one for one in governed.objectives_of(connection, detail.process)}
    calendars = registered.calendars(connection)
    ordered = sorted(found, key=lambda one: (one.started_at, one.sla, one.object_key))
    return [_clock(one, objectives.get(one.sla), calendars, at=at) for one in ordered]


def exceptions_of(connection: Connection, instance: str) -> list[ProcessException]:
    return exceptions.of_instances(connection, [instance]).get(instance, [])


def model_of_case(connection: Connection, detail: InstanceDetail) -> ProcessModel | None:
    """Return the version of the model that judges the case."""
    found = documents.get_document(connection, "process", detail.process, detail.model)
    return registered.model_of(found.body) if found else None


def _clock(
    one: ClockReading,
    objective: Objective | None,
    calendars: Mapping[str, BusinessCalendar],
    *,
    at: datetime,
) -> CaseClock:
    return CaseClock(
        id=one.id,
        sla=one.sla,
        title=objective.title or None if objective else None,
        severity=objective.severity if objective else None,
        promised=one.promised or None,
        object_type=one.object_type or None,
        object=one.object_key or None,
        period=one.period or None,
        state=one.state,
        at_risk=one.at_risk,
        started_at=one.started_at,
        due_at=one.due_at,
        target_at=one.target_at,
        cancelled_at=one.cancelled_at,
        paused_at=one.paused_at,
        used_percent=used_percent(one, _time(one, calendars), at=at),
        warnings=one.warnings,
        amount=one.amount,
        owner=one.owner,
        start=objective.start if objective else (),
        to=objective.to if objective else (),
    )


def used_percent(one: ClockReading, time: WorkingTime | None, *, at: datetime) -> float | None:
    """Return how much of the allowed working time had passed; None while paused or cancelled."""
    if time is None or one.paused_at is not None or one.state == "cancelled":
        return None
    allowed = time.elapsed(one.started_at, one.due_at)
    if not allowed:
        return None
    spent = time.elapsed(one.started_at, max(one.started_at, one.target_at or at))
    return round(spent / allowed * _FULL, 1)


def _time(one: ClockReading, calendars: Mapping[str, BusinessCalendar]) -> WorkingTime | None:
    return calendars.get(one.calendar) if one.calendar else AllTime()


def _departure(one: Departure) -> CaseDeparture:
    return CaseDeparture(
        kind=one.kind,
        activity=one.activity,
        at=one.at,
        count=one.count,
        detail=one.sentence,
    )


def _exception(one: ProcessException) -> CaseException:
    return CaseException(
        id=one.id,
        rule=one.rule,
        title=one.title,
        severity=one.severity,
        state=one.state,
        owner=one.owner,
        reason=one.reason,
        opened_at=one.opened_at,
        resolved_at=one.resolved_at,
    )
