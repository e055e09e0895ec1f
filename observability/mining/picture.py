"""
A picture says of a group of cases how they flow: steps, passages, rework, hand-overs, durations.

Every figure is a plain count, sum or quantile over the cases given, so two groups compare.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from observability.health.quantile import quantile
from observability.mining.step import Passage, Step, passages

_MEDIAN, _P95 = 0.5, 0.95
TEAM, SYSTEM = "team", "system"


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Of *count* times, in seconds: their sum, median and 95th percentile (interpolated)."""

    count: int
    total_seconds: float
    median_seconds: float
    p95_seconds: float

    @property
    def mean_seconds(self) -> float:
        return self.total_seconds / self.count


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """
    `cases` have the activity, `reworked` of them more than once; `repeats` are those further
    times, `self_loops` of them directly after the one before.
    """

    activity: str
    events: int
    cases: int
    reworked: int
    repeats: int
    self_loops: int


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """
    One activity directly after another. `working_seconds` is what the later steps say they
    lasted, of the `timed` passages whose step said so.
    """

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    took: Spread
    timed: int
    working_seconds: float


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """Work that went from one team to another, or from one system to another (`kind`)."""

    kind: str
    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    took: Spread


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Activities, ways and hand-overs are those of most events first."""

    cases: int
    events: int
    duration: Spread | None
    reworked: int
    repeats: int
    activities: tuple[Activity, ...]
    ways: tuple[Way, ...]
    handovers: tuple[HandOver, ...]


def picture(cases: Iterable[Sequence[Step]]) -> Picture:
    """Return what *cases*, each its steps in order, look like together."""
    drawing = _Drawing()
    for case in cases:
        drawing.add(case)
    return drawing.finished()


def spread(times: Iterable[timedelta]) -> Spread:
    """Return the spread of at least one time."""
    ascending = sorted(one.total_seconds() for one in times)
    return Spread(
        count=len(ascending),
        total_seconds=sum(ascending),
        median_seconds=quantile(ascending, _MEDIAN) or 0.0,
        p95_seconds=quantile(ascending, _P95) or 0.0,
    )


class _Drawing:
    """What has been counted of the cases so far."""

    def __init__(self) -> None:
        self.durations: list[timedelta] = []
        self.events: Counter[str] = Counter()
        self.having: Counter[str] = Counter()
        self.reworked: Counter[str] = Counter()
        self.self_loops: Counter[str] = Counter()
        self.reworked_cases = 0
        self.ways: defaultdict[tuple[str, str], list[Passage]] = defaultdict(list)
        self.handovers: defaultdict[tuple[str, str, str], list[timedelta]] = defaultdict(list)

    def add(self, case: Sequence[Step]) -> None:
        if not case:
            return
        counted = Counter(one.activity for one in case)
        again = [activity for activity, count in counted.items() if count > 1]
        self.events.update(counted)
        self.having.update(counted.keys())
        self.reworked.update(again)
        self.reworked_cases += bool(again)
        self.durations.append(case[-1].at - case[0].at)
        for one in passages(case):
            self._passed(one)

    def _passed(self, one: Passage) -> None:
        source, target = one.source, one.target
        self.ways[source.activity, target.activity].append(one)
        self.self_loops[target.activity] += source.activity == target.activity
        if source.team and target.team and source.team != target.team:
            self.handovers[TEAM, source.team, target.team].append(one.took)
        if source.system != target.system:
            self.handovers[SYSTEM, source.system, target.system].append(one.took)

    def finished(self) -> Picture:
        events = self.events.total()
        return Picture(
            cases=len(self.durations),
            events=events,
            duration=spread(self.durations) if self.durations else None,
            reworked=self.reworked_cases,
            repeats=events - self.having.total(),
            activities=tuple(self._activity(name) for name, _ in _ranked(self.events)),
            ways=tuple(sorted(map(_way, self.ways.values()), key=_most)),
            handovers=tuple(
                sorted(
                    (
                        HandOver(kind=kind, source=source, target=target, took=spread(times))
                        for (kind, source, target), times in self.handovers.items()
                    ),
                    key=lambda one: (-one.took.count, one.kind, one.source, one.target),
                )
            ),
        )

    def _activity(self, name: str) -> Activity:
        return Activity(
            activity=name,
            events=self.events[name],
            cases=self.having[name],
            reworked=self.reworked[name],
            repeats=self.events[name] - self.having[name],
            self_loops=self.self_loops[name],
        )


def _way(passed: Sequence[Passage]) -> Way:
    working = [one.working for one in passed if one.working is not None]
    return Way(
        source=passed[0].source.activity,
        target=passed[0].target.activity,
        took=spread(one.took for one in passed),
        timed=len(working),
        working_seconds=sum(working, timedelta()).total_seconds(),
    )


def _most(way: Way) -> tuple[int, str, str]:
    return (-way.took.count, way.source, way.target)


def _ranked(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
