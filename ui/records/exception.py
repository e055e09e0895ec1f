"""Exceptions and what they come to."""

from datetime import datetime

import msgspec

from ui.records.money import Money, MoneyAtRisk, Page


class ExceptionMoney(msgspec.Struct, frozen=True, kw_only=True):
    blocked: Money | None = None
    delayed_cash: Money | None = None
    delayed: Money | None = None
    exposure: Money | None = None

    @property
    def first(self) -> Money | None:
        return self.blocked or self.exposure or self.delayed


class SlaUse(msgspec.Struct, frozen=True, kw_only=True):
    """One promise: `state` is on_track, at_risk, breached, met…"""

    sla: str | None = None
    title: str | None = None
    started_at: datetime | None = None
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


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver that is asked for and waits for a steward."""

    until: datetime | None = None
    reason: str = ""
    asked_by: str = ""


class IncidentName(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    title: str = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One cause, the cases that it hits, and their money counted once."""

    id: str = ""
    title: str = ""
    labels: dict[str, str] = {}
    cases: int = 0
    exceptions: int = 0
    waiting: int = 0
    handled_late: int = 0
    waivers_asked: int = 0
    priority: str = ""
    money: MoneyAtRisk = MoneyAtRisk()


class Incidents(Page, frozen=True, kw_only=True):
    items: tuple[Incident, ...] = ()


class Things(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""
    total: int = 0
    keys: tuple[str, ...] = ()


class SharedThing(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""
    key: str = ""
    cases: int = 0


class NextActivity(msgspec.Struct, frozen=True, kw_only=True):
    title: str = ""


class BlastRadius(msgspec.Struct, frozen=True, kw_only=True):
    """What else hangs on an exception."""

    things: tuple[Things, ...] = ()
    shared: tuple[SharedThing, ...] = ()
    cases: int = 0
    exceptions: int = 0
    money: MoneyAtRisk = MoneyAtRisk()
    downstream: tuple[NextActivity, ...] = ()


class ProcessException(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    rule: str = ""
    rule_version: str = ""
    ruleset: str = ""
    title: str = ""
    reason: str = ""
    severity: str = ""
    priority: str = ""
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
    waiver: Waiver | None = None
    incident: IncidentName | None = None
    escalated: int = 0
    next_step: str = ""
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


class HeldByStage(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage holds up in all: no sum of its rules, since two may speak of one line."""

    stage: str | None = None
    blocked: tuple[Money, ...] = ()


class EarlierExceptions(msgspec.Struct, frozen=True, kw_only=True):
    closed: int | None = None
    median_to_resolve_seconds: float | None = None
    blocked: tuple[Money, ...] = ()


class ExceptionHealth(msgspec.Struct, frozen=True, kw_only=True):
    open: int = 0
    breached: int = 0
    at_risk: int = 0
    closed: int = 0
    median_to_resolve_seconds: float | None = None
    trend: tuple[ExceptionDay, ...] = ()
    by_stage: tuple[HeldByStage, ...] = ()
    by_stage_rule: tuple[HeldMoney, ...] = ()
    earlier: EarlierExceptions | None = None
    first: tuple[ProcessException, ...] = ()
