"""
What the API answers, as the screens read it.

Every field has a default and unknown fields are ignored: an answer with a part missing shows
an empty place, never a traceback. A field of the wrong type is an `UnreadableError` of the
client, which the screen tells of.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Money(msgspec.Struct, frozen=True, kw_only=True):
    amount: Decimal = Decimal(0)
    currency: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The part that every list shares."""

    next_cursor: str | None = None
    total: int | None = None


# Processes and their health -------------------------------------------------------------


class Process(msgspec.Struct, frozen=True, kw_only=True):
    process: str = ""
    title: str | None = None
    version: str | None = None
    owner: str | None = None


class Processes(Page, frozen=True, kw_only=True):
    items: tuple[Process, ...] = ()


class Duration(msgspec.Struct, frozen=True, kw_only=True):
    median_seconds: float | None = None
    p95_seconds: float | None = None


class SlaHealth(msgspec.Struct, frozen=True, kw_only=True):
    sla: str = ""
    title: str | None = None
    owner: str | None = None
    promised: str | None = None
    target: float | None = None
    burn: float | None = None
    clocks: int = 0
    met: int = 0
    late: int = 0
    absent: int = 0
    running: int = 0
    paused: int = 0
    cancelled: int = 0
    attainment: float | None = None
    money_late: tuple[Money, ...] = ()
    money_absent: tuple[Money, ...] = ()


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    stage: str = ""
    title: str | None = None
    reached: int = 0
    waiting: int = 0
    on_track: int = 0
    at_risk: int = 0
    breached: int = 0
    sla: str | None = None
    p90_hours: float | None = None
    limit_hours: float | None = None


class HealthDay(msgspec.Struct, frozen=True, kw_only=True):
    date: str = ""
    met: int = 0
    late: int = 0
    absent: int = 0
    attainment: float | None = None
    moving_attainment: float | None = None
    burn: float | None = None


class MoneyAtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """Three figures that are never added, one amount a currency."""

    blocked: tuple[Money, ...] = ()
    delayed_cash: tuple[Money, ...] = ()
    exposure: tuple[Money, ...] = ()


class ExceptionMoney(msgspec.Struct, frozen=True, kw_only=True):
    blocked: Money | None = None
    delayed_cash: Money | None = None
    exposure: Money | None = None

    @property
    def first(self) -> Money | None:
        return self.blocked or self.exposure or self.delayed_cash


class SlaUse(msgspec.Struct, frozen=True, kw_only=True):
    """One promise: `state` is on_track, at_risk, breached, met…"""

    sla: str | None = None
    title: str | None = None
    due_at: datetime | None = None
    used_percent: float | None = None
    state: str | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    label: str = ""
    value: str = ""
    fact_type: str = ""
    fact_id: str = ""
    field: str = ""
    event: str | None = None


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime | None = None
    actor: str = ""
    action: str = ""
    note: str | None = None


class ProcessException(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    rule: str = ""
    rule_version: str = ""
    ruleset: str = ""
    title: str = ""
    reason: str = ""
    severity: str = ""
    state: str = ""
    owner: str | None = None
    assignee: str | None = None
    process: str = ""
    instance: str = ""
    case: str = ""
    case_title: str = ""
    stage: str | None = None
    money: ExceptionMoney = ExceptionMoney()
    process_sla: SlaUse | None = None
    handling_sla: SlaUse | None = None
    opened_at: datetime | None = None
    age_seconds: float | None = None
    promised_at: datetime | None = None
    waived_until: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    history: tuple[HistoryEntry, ...] = ()

    @property
    def sla(self) -> SlaUse:
        """The promise shown first: the process's own; without one, that of working it."""
        return self.process_sla or self.handling_sla or SlaUse()

    @property
    def standing(self) -> bool:
        return self.state in ("open", "acknowledged")


class ExceptionPage(Page, frozen=True, kw_only=True):
    items: tuple[ProcessException, ...] = ()
    money: MoneyAtRisk = MoneyAtRisk()
    breached: int | None = None
    at_risk: int | None = None


class ExceptionDay(msgspec.Struct, frozen=True, kw_only=True):
    date: str = ""
    opened: int = 0
    closed: int = 0
    median_to_resolve_seconds: float | None = None
    blocked: tuple[Money, ...] = ()


class HeldMoney(msgspec.Struct, frozen=True, kw_only=True):
    """What open exceptions of one rule hold up in one stage."""

    stage: str | None = None
    rule: str = ""
    title: str = ""
    count: int = 0
    blocked: tuple[Money, ...] = ()
    breached_share: float = 0.0


class ExceptionHealth(msgspec.Struct, frozen=True, kw_only=True):
    open: int = 0
    breached: int = 0
    at_risk: int = 0
    closed: int = 0
    median_to_resolve_seconds: float | None = None
    trend: tuple[ExceptionDay, ...] = ()
    by_stage_rule: tuple[HeldMoney, ...] = ()
    first: tuple[ProcessException, ...] = ()


class Health(msgspec.Struct, frozen=True, kw_only=True):
    as_of: datetime | None = None
    cases: int = 0
    events: int = 0
    duration: Duration = Duration()
    slas: tuple[SlaHealth, ...] = ()
    attainment: float | None = None
    target: float | None = None
    burn: float | None = None
    money_in_progress: tuple[Money, ...] = ()
    stages: tuple[Stage, ...] = ()
    trend: tuple[HealthDay, ...] = ()
    money_at_risk: MoneyAtRisk = MoneyAtRisk()
    exceptions: ExceptionHealth = ExceptionHealth()


# Cases ----------------------------------------------------------------------------------


class Clock(msgspec.Struct, frozen=True, kw_only=True, rename={"begins": "from", "ends": "to"}):
    """One objective on the case or on one object of it; `begins` and `ends` are activities."""

    sla: str = ""
    title: str | None = None
    object_type: str | None = None
    object: str | None = None
    promised: str | None = None
    state: str = ""
    at_risk: bool = False
    used_percent: float | None = None
    started_at: datetime | None = None
    due_at: datetime | None = None
    target_at: datetime | None = None
    cancelled_at: datetime | None = None
    amount: Money | None = None
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = ""
    activity: str | None = None
    detail: str | None = None

    @property
    def words(self) -> str:
        return self.detail or " ".join(part for part in (self.activity, self.kind) if part)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the money chain: a sum a currency."""

    name: str = ""
    amounts: tuple[Money, ...] = ()


class CaseException(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    title: str = ""
    state: str = ""
    reason: str = ""
    resolved_at: datetime | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    process: str = ""
    process_title: str | None = None
    case: str = ""
    title: str = ""
    state: str = ""
    stage: str | None = None
    stage_title: str | None = None
    owner: str | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    ended_at: datetime | None = None
    as_of: datetime | None = None
    duration_seconds: float | None = None
    events: int | None = None
    amount: Money | None = None
    money: dict[str, tuple[Money, ...]] | tuple[Figure, ...] = ()
    clocks: tuple[Clock, ...] = ()
    departures: tuple[Departure, ...] = ()
    exceptions: tuple[CaseException, ...] = ()

    @property
    def chain(self) -> tuple[Figure, ...]:
        """The money figures in the order of the model."""
        if isinstance(self.money, dict):
            return tuple(Figure(name=name, amounts=sums) for name, sums in self.money.items())
        return self.money


class Cases(Page, frozen=True, kw_only=True):
    items: tuple[Case, ...] = ()


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a case's timeline; `kind` is event, clock, decision or exception."""

    kind: str = ""
    at: datetime | None = None
    title: str | None = None
    activity: str | None = None
    stage: str | None = None
    type: str | None = None
    source: str | None = None
    service: str | None = None
    id: str | None = None
    amount: Money | None = None
    trace_id: str | None = None
    span_id: str | None = None
    state: str | None = None


class Timeline(Page, frozen=True, kw_only=True):
    items: tuple[Happening, ...] = ()


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    rule: str = ""
    rule_version: str = ""
    title: str = ""
    severity: str = ""
    outcome: str = ""
    reason: str = ""


class NotFired(msgspec.Struct, frozen=True, kw_only=True):
    rule: str = ""
    because: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    at: datetime | None = None
    ruleset: str = ""
    version: str = ""
    outcome: str = ""
    firings: tuple[Firing, ...] = ()
    not_fired: tuple[NotFired, ...] = ()
    not_evaluated: tuple[NotFired, ...] = ()


class Decisions(Page, frozen=True, kw_only=True):
    items: tuple[Decision, ...] = ()


# Contracts ------------------------------------------------------------------------------


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    system: str = ""
    versions: str = ""
    contact: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    rule: str = ""
    level: str = ""
    message: str = ""
    pointer: str = ""
    line: int | None = None


class ContractVersion(msgspec.Struct, frozen=True, kw_only=True):
    version: str = ""
    lifecycle: str = ""
    media_type: str = ""
    digest: str = ""
    created_at: datetime | None = None
    created_by: str = ""
    published_at: datetime | None = None
    sunset_at: datetime | None = None
    findings: tuple[Finding, ...] = ()


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    subject: str = ""
    title: str | None = None
    kind: str = ""
    format: str = ""
    domain: str = ""
    owner: str = ""
    system: str = ""
    classification: str = ""
    compatibility: str = ""
    criticality: str = ""


class CataloguedContract(Contract, frozen=True, kw_only=True):
    """A line of the catalogue: the version to know of, where it stands, and how many there are."""

    version: str | None = None
    status: str | None = None
    version_count: int = 0
    consumer_count: int = 0


class WholeContract(Contract, frozen=True, kw_only=True):
    """One contract with its versions, the highest first, and its declared consumers."""

    versions: tuple[ContractVersion, ...] = ()
    consumers: tuple[Consumer, ...] = ()


class Team(msgspec.Struct, frozen=True, kw_only=True):
    team: str = ""
    name: str = ""
    members: tuple[str, ...] = ()


class Teams(Page, frozen=True, kw_only=True):
    items: tuple[Team, ...] = ()


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who the API takes the reader for."""

    actor: str = ""
    roles: tuple[str, ...] = ()


class Contracts(Page, frozen=True, kw_only=True):
    items: tuple[CataloguedContract, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457, as the API tells why it refused."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: tuple[dict[str, Any], ...] = ()
