"""
The health of a process over a window: one value from which every figure of the overview is drawn.

`as_of` reads the clocks and hides no event. What exceptions hold up is not told here.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from observability.health.promise import (
    DEFAULT_TARGET,
    SlaHealth,
    Tally,
    attainment,
    budget,
    burn,
    counted,
    displayed,
    ended,
    sla_health,
    target_of,
)
from observability.health.stage import (
    Pace,
    Pressed,
    StageHealth,
    StageLoad,
    pace,
    stages_health,
)
from observability.health.trend import TrendDay, trend
from observability.health.window import Window
from observability.model.model import ProcessModel
from observability.objective import Objective
from rules.calendar import BusinessCalendar
from rules.instant import EPOCH
from rules.money import Money

_DIGITS = 6


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """From a case's first event to its last, of every case of the window, finished or not."""

    median_seconds: float | None
    p95_seconds: float | None


class EarlierPromises(msgspec.Struct, frozen=True, kw_only=True):
    """How promises were kept in the window of the same length before this one."""

    attainment: float | None
    burn: float | None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """
    Counts of clocks and `attainment`, `target`, `burn` are over all objectives; `target` is the
    mean of theirs weighted by ended clocks. Whatever the window, `running_cases`,
    `money_in_progress` (their worth), `breached_now` and `at_risk_now` (clocks) are of today.
    `earlier` is None for all time.
    """

    process: str
    title: str
    window: str
    as_of: datetime
    since: datetime | None
    cases: int
    events: int
    running_cases: int
    duration: Durations
    clocks: int
    attainment: float | None
    target: float
    burn: float | None
    earlier: EarlierPromises | None
    breached_now: int
    at_risk_now: int
    money_in_progress: list[Money]
    slas: list[SlaHealth]
    stages: list[StageHealth]
    trend: list[TrendDay]


class CaseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`in_progress` is what the running cases are worth."""

    cases: int
    events: int
    durations: Durations
    in_progress: list[Money]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is known of a process in a window. `tallies` reach back to the window before, and six
    days at least, for the moving figures; `money` is of broken clocks, by (sla, state);
    `slowest` is how long the slowest tenth of the ended clocks took, from start to target
    (to now, where it is absent), in microseconds that count, by sla.
    """

    cases: CaseFigures
    loads: list[StageLoad]
    tallies: list[Tally]
    pressed: list[Pressed]
    money: Mapping[tuple[str, str], list[Money]]
    slowest: Mapping[str, float]


def overview(
    figures: Figures,
    model: ProcessModel,
    *,
    window: Window,
    objectives: Sequence[Objective],
    calendars: Mapping[str, BusinessCalendar],
) -> Health:
    """Return what *figures* say of the process of *model* against *objectives*."""
    since, cases, pressed = window.since, figures.cases, figures.pressed
    by_sla = {objective.sla: objective for objective in objectives}
    within = [tally for tally in figures.tallies if _within(tally, since)]
    counts = counted(within)
    allowed = budget(within, by_sla)
    return Health(
        process=model.process,
        title=model.title,
        window=window.text,
        as_of=window.as_of,
        since=since,
        cases=cases.cases,
        events=cases.events,
        running_cases=sum(load.running for load in figures.loads),
        duration=cases.durations,
        clocks=sum(counts.values()),
        attainment=attainment(counts),
        target=_target(counts, allowed, objectives),
        burn=burn(counts, allowed),
        earlier=_earlier(figures.tallies, window, by_sla),
        breached_now=sum(one.late for one in pressed),
        at_risk_now=sum(one.near - one.late for one in pressed),
        money_in_progress=displayed(cases.in_progress),
        slas=_slas(by_sla, within, pressed, figures.money),
        stages=stages_health(
            model, figures.loads, pressed, by_sla, _paces(by_sla, calendars, figures.slowest)
        ),
        trend=trend(
            figures.tallies, by_sla, first=since and since.date(), last=window.as_of.date()
        ),
    )


def _earlier(
    tallies: Sequence[Tally], window: Window, objectives: Mapping[str, Objective]
) -> EarlierPromises | None:
    if window.since is None or window.earlier is None:
        return None
    begin, end = ((one - EPOCH).days for one in (window.earlier, window.since))
    those = [one for one in tallies if one.day is not None and begin <= one.day < end]
    counts = counted(those)
    return EarlierPromises(
        attainment=attainment(counts), burn=burn(counts, budget(those, objectives))
    )


def _within(tally: Tally, since: datetime | None) -> bool:
    return since is None or tally.day is None or tally.day >= (since - EPOCH).days


def _target(counts: Mapping[str, int], allowed: Decimal, objectives: Sequence[Objective]) -> float:
    if whole := ended(counts):
        return round(float(1 - allowed / whole), _DIGITS)
    targets = [target_of(one) for one in objectives] or [DEFAULT_TARGET]
    return round(float(sum(targets) / len(targets)), _DIGITS)


def _slas(
    objectives: Mapping[str, Objective],
    tallies: Sequence[Tally],
    pressed: Sequence[Pressed],
    money: Mapping[tuple[str, str], list[Money]],
) -> list[SlaHealth]:
    """Return the objectives in force, and those no longer in force of which clocks stand."""
    by_sla: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        by_sla[tally.sla].append(tally)
    near: Counter[str] = Counter()
    for one in pressed:
        near[one.sla] += one.near - one.late
    return [
        sla_health(sla, objectives.get(sla), by_sla[sla], money, at_risk=near[sla])
        for sla in sorted({*objectives, *by_sla})
    ]


def _paces(
    objectives: Mapping[str, Objective],
    calendars: Mapping[str, BusinessCalendar],
    slowest: Mapping[str, float],
) -> dict[str, Pace]:
    found = {
        sla: pace(objectives[sla], calendars.get(objectives[sla].calendar or ""), taken)
        for sla, taken in slowest.items()
    }
    return {sla: one for sla, one in found.items() if one is not None}
