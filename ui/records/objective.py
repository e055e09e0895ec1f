"""Objectives, what is left of their error budgets, and the calendars they are counted on."""

from datetime import datetime

import msgspec

from ui.records.money import Money, Page


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """Of these the one that is not null says how long it may take."""

    business_hours: str | None = None
    business_days: int | None = None
    hours: str | None = None
    minutes: str | None = None


class Band(msgspec.Struct, frozen=True, kw_only=True):
    currency: str = ""
    at_least: str | None = None
    below: str | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    target: Allowed = Allowed()
    where: dict[str, list[str]] = {}
    amount: Band | None = None


class Region(msgspec.Struct, frozen=True, kw_only=True):
    calendar: str = ""
    where: dict[str, list[str]] = {}


class SentBack(msgspec.Struct, frozen=True, kw_only=True):
    by: tuple[str, ...] = ()
    then: str = ""


class Objective(msgspec.Struct, frozen=True, kw_only=True, rename={"begins": "from", "ends": "to"}):
    sla: str = ""
    version: str = ""
    title: str = ""
    process: str = ""
    owner: str = ""
    severity: str = ""
    per: str = ""
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    promised: str = ""
    targets: tuple[Segment, ...] = ()
    calendar: str | None = None
    calendars: tuple[Region, ...] = ()
    rejection: SentBack | None = None
    warn: tuple[int, ...] = ()
    minimum_volume: int = 0


class Objectives(Page, frozen=True, kw_only=True):
    items: tuple[Objective, ...] = ()


class BudgetWindow(msgspec.Struct, frozen=True, kw_only=True):
    business_days: int = 0
    since: datetime | None = None
    ended: int = 0
    broken: int = 0
    allowed: float = 0.0
    burn: float | None = None
    money_broken: tuple[Money, ...] = ()


class ErrorBudget(msgspec.Struct, frozen=True, kw_only=True):
    target: float | None = None
    minimum_volume: int = 0
    verdict: str = "too_few"
    windows: tuple[BudgetWindow, ...] = ()


class Holidays(msgspec.Struct, frozen=True, kw_only=True):
    country: str = ""
    region: str | None = None


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    calendar: str = ""
    title: str = ""
    zone: str = ""
    hours: dict[str, list[str]] = {}
    holidays: Holidays | None = None


class Calendars(Page, frozen=True, kw_only=True):
    items: tuple[Calendar, ...] = ()
