"""Reconciliations, their runs and what these found."""

from datetime import datetime

import msgspec

from ui.records.money import Money, Page


class SideTotal(msgspec.Struct, frozen=True, kw_only=True):
    lines: int = 0
    numbers: dict[str, str] = {}
    money: dict[str, tuple[Money, ...]] = {}


class SideFound(msgspec.Struct, frozen=True, kw_only=True):
    side: str = ""
    watermark: datetime | None = None
    total: SideTotal = msgspec.field(default_factory=SideTotal)
    unchecked: str | None = None


class SideCounts(msgspec.Struct, frozen=True, kw_only=True):
    matched: int = 0
    missing: int = 0
    value: int = 0
    duplicate: int = 0
    timing: int = 0


class RunFinding(msgspec.Struct, frozen=True, kw_only=True):
    sides: tuple[SideFound, ...] = ()
    counts: dict[str, SideCounts] = {}
    groups: int = 0
    unequal_groups: int = 0


class ReconciliationRun(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    version: str = ""
    trigger: str = ""
    asked_by: str = ""
    asked_at: datetime | None = None
    status: str = ""
    verdict: str | None = None
    because: str = ""
    broken: int = 0
    on_the_way: int = 0
    opened: int = 0
    closed: int = 0
    money: tuple[Money, ...] = ()
    finding: RunFinding | None = None


class ReconciliationRuns(Page, frozen=True, kw_only=True):
    items: tuple[ReconciliationRun, ...] = ()


class ReconciliationSide(msgspec.Struct, frozen=True, kw_only=True):
    side: str = ""
    title: str = ""
    source: str = ""


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    reconciliation: str = ""
    version: str = ""
    title: str = ""
    description: str = ""
    owner: str = ""
    sides: tuple[ReconciliationSide, ...] = ()
    every: str | None = None
    grace: str | None = None
    state: str = "never_run"
    next_at: datetime | None = None
    running: str | None = None
    last_run: ReconciliationRun | None = None


class Reconciliations(Page, frozen=True, kw_only=True):
    items: tuple[Reconciliation, ...] = ()


class FieldDifference(msgspec.Struct, frozen=True, kw_only=True):
    field: str = ""
    book: str | None = None
    other: str | None = None


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """`refs` lead to the lines of each side; what is `timing` is on its way `until` then."""

    id: str = ""
    kind: str = ""
    of: str | None = None
    side: str = ""
    key: str = ""
    differences: tuple[FieldDifference, ...] = ()
    money: tuple[Money, ...] = ()
    case: str | None = None
    instance: str | None = None
    refs: dict[str, tuple[str, ...]] = {}
    since: datetime | None = None
    until: datetime | None = None
    exception: str | None = None
    exception_state: str | None = None


class Breaks(Page, frozen=True, kw_only=True):
    items: tuple[Break, ...] = ()
