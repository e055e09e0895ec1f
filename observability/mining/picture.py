"""
A picture says of a group of cases how they flow: steps, passages, rework, hand-overs, durations.

Every figure is a plain count, sum or quantile over the cases given, so two groups compare.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from observability.health.quantile import quantile
from observability.mining.step import Step

_MEDIAN, _P95 = 0.5, 0.95
TEAM, SYSTEM = "team", "system"
_MICROS = 1_000_000


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


def spread(times: Iterable[int]) -> Spread:
    """Return the spread of at least one time, each in microseconds."""
    ascending = [one / _MICROS for one in sorted(times)]
    return Spread(
        count=len(ascending),
        total_seconds=sum(ascending),
        median_seconds=quantile(ascending, _MEDIAN) or 0.0,
        p95_seconds=quantile(ascending, _P95) or 0.0,
    )


class _Drawing:
    """What has been counted of the cases so far; times are microseconds."""

    def __init__(self) -> None:
        self.durations: list[int] = []
        self.events: Counter[str] = Counter()
        self.having: Counter[str] = Counter()
        self.reworked: Counter[str] = Counter()
        self.reworked_cases = 0
        self.ways: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self.worked: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self.handovers: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)

    def add(self, case: Sequence[Step]) -> None:
        if not case:
            return
        names = [one.activity for one in case]
        self.events.update(names)
        self.having.update(set(names))
        if len(names) > len(set(names)):
            again = [activity for activity, count in Counter(names).items() if count > 1]
            self.reworked.update(again)
            self.reworked_cases += 1
        self.durations.append(case[-1].at - case[0].at)
        for source, target in pairwise(case):
            self._passed(source, target)

    def _passed(self, source: Step, target: Step) -> None:
        activity, began, team, system, _ = source
        following, at, next_team, next_system, worked = target
        took = at - began
        self.ways[activity, following].append(took)
        if worked is not None:
            self.worked[activity, following].append(min(max(worked, 0), took))
        if team != next_team and team and next_team:
            self.handovers[TEAM, team, next_team].append(took)
        if system != next_system:
            self.handovers[SYSTEM, system, next_system].append(took)

    def finished(self) -> Picture:
        events = self.events.total()
        return Picture(
            cases=len(self.durations),
            events=events,
            duration=spread(self.durations) if self.durations else None,
            reworked=self.reworked_cases,
            repeats=events - self.having.total(),
            activities=tuple(self._activity(name) for name, _ in _ranked(self.events)),
            ways=tuple(sorted((self._way(*way) for way in self.ways), key=_most)),
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
            self_loops=len(self.ways.get((name, name), ())),
        )

    def _way(self, source: str, target: str) -> Way:
        working = self.worked.get((source, target), ())
        return Way(
            source=source,
            target=target,
            took=spread(self.ways[source, target]),
            timed=len(working),
            working_seconds=sum(working) / _MICROS,
        )


def _most(way: Way) -> tuple[int, str, str]:
    return (-way.took.count, way.source, way.target)


def _ranked(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
