"""Cases, their clocks and what happened in them."""

from datetime import datetime

import msgspec

from ui.records.lineage import NamedFigure
from ui.records.money import Money, Page
from ui.records.standing import CaseLinks, Compensation, Milestone, Partial, Wait


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


class CaseSla(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of one case: `state` is the worst of them, `due_at` the next limit."""

    state: str | None = None
    due_at: datetime | None = None


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the list of cases shows it."""

    id: str = ""
    process: str = ""
    process_title: str | None = None
    case: str = ""
    title: str = ""
    state: str = ""
    stage: str | None = None
    stage_title: str | None = None
    owner: str | None = None
    waits_for: str | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    ended_at: datetime | None = None
    events: int | None = None
    amount: Money | None = None
    sla: CaseSla | None = None


class Case(CaseLine, frozen=True, kw_only=True):
    """A case whole: its money chain, its clocks, where it left its model, what broke."""

    as_of: datetime | None = None
    duration_seconds: float | None = None
    money: dict[str, tuple[Money, ...]] | tuple[Figure, ...] = ()
    clocks: tuple[Clock, ...] = ()
    balances: tuple[NamedFigure, ...] = ()
    departures: tuple[Departure, ...] = ()
    waiting: tuple[Wait, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    partial: tuple[Partial, ...] = ()
    compensations: tuple[Compensation, ...] = ()
    links: tuple[CaseLinks, ...] = ()
    exceptions: tuple[CaseException, ...] = ()

    @property
    def chain(self) -> tuple[Figure, ...]:
        """The money figures in the order of the model."""
        if isinstance(self.money, dict):
            return tuple(Figure(name=name, amounts=sums) for name, sums in self.money.items())
        return self.money


class Cases(Page, frozen=True, kw_only=True):
    """
    A word was looked for in cases that started at `looked_since` or later; if None, in all.

    `total` counts those that the filters leave: all of them, or that many at least.
    """

    total_is: str = "exact"
    looked_since: datetime | None = None
    items: tuple[CaseLine, ...] = ()


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a case's timeline; `kind` is event, clock, decision, exception or correction."""

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
    actor: str | None = None
    note: str | None = None


class Timeline(Page, frozen=True, kw_only=True):
    items: tuple[Happening, ...] = ()
