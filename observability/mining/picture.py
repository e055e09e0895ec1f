"""
A picture says of a group of cases how they flow: steps, passages, rework, hand-overs, durations.

Every figure is a plain count, sum or quantile over the cases given, so two groups compare.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from observability.health.quantile import quantile

_MEDIAN, _P95 = 0.5, 0.95
_MICROS = 1_000_000


class Flowed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The beginning of a contribution: `quantity` is the time between, or how often."""

    of: tuple[str, ...]
    n: int
    quantity: int


class Walked(msgspec.Struct, frozen=True, gc=False):
    """How one case flowed: what it contributes to the measures of these names."""

    step: list[Flowed] = []
    lasted: list[Flowed] = []
    conformance: list[Flowed] = []
    handed: list[Flowed] = []
    timed: list[Flowed] = []
    repeated: list[Flowed] = []


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


def picture(cases: Iterable[Walked]) -> Picture:
    """Return what *cases* look like together."""
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
        self.reworked = self.repeats = 0
        self.reworks: Counter[str] = Counter()
        self.repeated: Counter[str] = Counter()
        self.steps: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        self.worked: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        self.handovers: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)

    def add(self, case: Walked) -> None:
        self.durations += [one.quantity for one in case.lasted]
        for told, kept in (
            (case.step, self.steps),
            (case.timed, self.worked),
            (case.handed, self.handovers),
        ):
            for one in told:
                kept[one.of].append(one.quantity)
        for one in case.conformance:
            self.reworked += one.quantity > 0
            self.repeats += one.quantity
        for one in case.repeated:
            self.reworks[one.of[0]] += 1
            self.repeated[one.of[0]] += one.quantity

    def finished(self) -> Picture:
        events: Counter[str] = Counter()
        for (_, activity), times in self.steps.items():
            events[activity] += len(times)
        return Picture(
            cases=len(self.durations),
            events=events.total(),
            duration=spread(self.durations) if self.durations else None,
            reworked=self.reworked,
            repeats=self.repeats,
            activities=tuple(self._activity(*one) for one in _ranked(events)),
            ways=tuple(
                sorted((self._way(*way) for way in self.steps if way[0]), key=_most),
            ),
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

    def _activity(self, name: str, events: int) -> Activity:
        return Activity(
            activity=name,
            events=events,
            cases=events - self.repeated[name],
            reworked=self.reworks[name],
            repeats=self.repeated[name],
            self_loops=len(self.steps.get((name, name), ())),
        )

    def _way(self, source: str, target: str) -> Way:
        working = self.worked.get((source, target), ())
        return Way(
            source=source,
            target=target,
            took=spread(self.steps[source, target]),
            timed=len(working),
            working_seconds=sum(working) / _MICROS,
        )


def _most(way: Way) -> tuple[int, str, str]:
    return (-way.took.count, way.source, way.target)


def _ranked(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
