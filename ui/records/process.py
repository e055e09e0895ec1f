"""Processes and their health."""

from datetime import datetime

import msgspec

from ui.records.exception import ExceptionHealth
from ui.records.money import Money, MoneyAtRisk, Page


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`worker_lag`: how many entries of the log wait to be read."""

    worker_lag: int | None = None


class StageName(msgspec.Struct, frozen=True, kw_only=True):
    stage: str = ""
    title: str = ""


class Process(msgspec.Struct, frozen=True, kw_only=True):
    process: str = ""
    title: str | None = None
    version: str | None = None
    owner: str | None = None
    part_of: str | None = None
    stages: tuple[StageName, ...] = ()


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


class EarlierPromises(msgspec.Struct, frozen=True, kw_only=True):
    attainment: float | None = None
    burn: float | None = None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    as_of: datetime | None = None
    cases: int = 0
    events: int = 0
    running_cases: int = 0
    at_risk_now: int = 0
    duration: Duration = Duration()
    slas: tuple[SlaHealth, ...] = ()
    attainment: float | None = None
    target: float | None = None
    burn: float | None = None
    earlier: EarlierPromises | None = None
    money_in_progress: tuple[Money, ...] = ()
    stages: tuple[Stage, ...] = ()
    trend: tuple[HealthDay, ...] = ()
    money: MoneyAtRisk = MoneyAtRisk()
    exceptions: ExceptionHealth = ExceptionHealth()
