"""
The picture of a whole process, or of the cases that began on some days, read from its rollups: no
case is looked at.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection

from observability.mining.picture import Activity, HandOver, Picture, Spread, Way
from observability.mining.segment import Segment
from observability.rollup import figure_stores
from observability.rollup.contribution import COARSE, DAY_MICROS, coarse
from observability.rollup.figure_stores import Tally
from observability.rollup.measures import (
    BEGAN,
    CONFORMANCE,
    HANDED,
    LASTED,
    REPEATED,
    STEP,
    TIMED,
)
from observability.rollup.quantile import quantile_of
from rules.instant import to_micros

DAYS = 92
"""Of more days than these the figures are too many to be summed while somebody waits."""
_MICROS = 1_000_000
_Buckets = Mapping[int, tuple[int, int]]


class _Rolled(NamedTuple):
    """What is kept of some cases."""

    step: Tally
    lasted: Tally
    conformance: Tally
    handed: Tally
    timed: Tally
    repeated: Tally


class RolledPictures:
    """The pictures of one process, of which what several show is read once."""

    def __init__(self, connection: Connection, process: str) -> None:
        self.connection = connection
        self.process = process
        self._read = cache(self._of_days)

    def whole(self) -> Picture:
        """
        Return how all cases flow; sums are exact, medians and 95th percentiles are told from
        buckets (`observability.rollup`).
        """
        return _picture(self._read(None), 1)

    def of_days(self, segment: Segment) -> Picture | None:
        """
        Return how the cases of *segment* flow, told as the whole is, from fewer buckets; None
        unless it is some whole days (UTC), or all but some, on which cases began.
        """
        known = figure_stores.days_of(self.connection, self.process, BEGAN)
        days = _days(segment, known)
        if days is None:
            return None
        if len(days) <= DAYS:
            return _picture(self._read(days), COARSE)
        before, after = range(known.start, days.start), range(days.stop, known.stop)
        if len(before) + len(after) > DAYS:
            return None
        others = [self._read(one) for one in (before, after) if one]
        return _picture(_less(self._read(None), others), COARSE)

    def _of_days(self, days: range | None) -> _Rolled:
        """Return what is kept by day over *days*, of all time where None."""
        names = (STEP, LASTED if days is None else BEGAN, CONFORMANCE, HANDED, TIMED, REPEATED)
        return _Rolled(
            *(figure_stores.tally(self.connection, self.process, name, days) for name in names)
        )


def _days(segment: Segment, known: range) -> range | None:
    """Return which of the *known* days are meant; None unless they are whole days."""
    if segment != Segment(since=segment.since, until=segment.until):
        return None
    since = to_micros(segment.since) if segment.since else known.start * DAY_MICROS
    until = to_micros(segment.until) if segment.until else known.stop * DAY_MICROS
    if since % DAY_MICROS or until % DAY_MICROS:
        return None
    start = min(max(since // DAY_MICROS, known.start), known.stop)
    return range(start, max(min(until // DAY_MICROS, known.stop), start))


def _less(whole: _Rolled, others: Iterable[_Rolled]) -> _Rolled:
    """Return what is left of *whole* without *others*, which were kept by day."""
    left = []
    for place, told in enumerate(whole):
        counted: dict[tuple[tuple[str, ...], int], list[int]] = {}
        _count(counted, told, 1)
        for one in others:
            _count(counted, one[place], -1)
        kept: Tally = {}
        for (of, bucket), (n, quantity) in counted.items():
            if n:
                kept.setdefault(of, {})[bucket] = (n, quantity)
        left.append(kept)
    return _Rolled(*left)


def _count(counted: dict[tuple[tuple[str, ...], int], list[int]], told: Tally, sign: int) -> None:
    for of, buckets in told.items():
        for place, (n, quantity) in buckets.items():
            known = counted.setdefault((of, coarse(place)), [0, 0])
            known[0] += sign * n
            known[1] += sign * quantity


def _picture(rolled: _Rolled, width: int) -> Picture:
    """Draw what is kept by *width* buckets at once."""
    kept = {of: _sum(buckets) for of, buckets in rolled.conformance.items()}
    return Picture(
        cases=sum(n for n, _ in kept.values()),
        events=sum(_sum(buckets)[0] for buckets in rolled.step.values()),
        duration=next((_spread(one, width) for one in rolled.lasted.values()), None),
        reworked=sum(n for of, (n, _) in kept.items() if of[1]),
        repeats=sum(quantity for _, quantity in kept.values()),
        activities=_activities(rolled.step, rolled.repeated),
        ways=_ways(rolled, width),
        handovers=_handovers(rolled, width),
    )


def _activities(steps: Tally, repeated: Tally) -> tuple[Activity, ...]:
    events: dict[str, int] = {}
    for (_, target), buckets in steps.items():
        events[target] = events.get(target, 0) + _sum(buckets)[0]
    found = []
    for name, count in events.items():
        reworked, repeats = _sum(repeated.get((name,), {}))
        found.append(
            Activity(
                activity=name,
                events=count,
                cases=count - repeats,
                reworked=reworked,
                repeats=repeats,
                self_loops=_sum(steps.get((name, name), {}))[0],
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.events, one.activity)))


def _ways(rolled: _Rolled, width: int) -> tuple[Way, ...]:
    found = []
    for of, buckets in rolled.step.items():
        timed, worked = _sum(rolled.timed.get(of, {}))
        if of[0]:
            found.append(
                Way(
                    source=of[0],
                    target=of[1],
                    took=_spread(buckets, width),
                    timed=timed,
                    working_seconds=worked / _MICROS,
                )
            )
    return tuple(sorted(found, key=lambda one: (-one.took.count, one.source, one.target)))


def _handovers(rolled: _Rolled, width: int) -> tuple[HandOver, ...]:
    found = [
        HandOver(kind=of[0], source=of[1], target=of[2], took=_spread(buckets, width))
        for of, buckets in rolled.handed.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.took.count, one.kind, one.source, one.target)))


def _spread(buckets: _Buckets, width: int) -> Spread:
    counts = {place: n for place, (n, _) in buckets.items()}
    count, total = _sum(buckets)
    return Spread(
        count=count,
        total_seconds=total / _MICROS,
        median_seconds=(quantile_of(counts, 0.5, width=width) or 0.0) / _MICROS,
        p95_seconds=(quantile_of(counts, 0.95, width=width) or 0.0) / _MICROS,
    )


def _sum(buckets: _Buckets) -> tuple[int, int]:
    """Return (n, quantity) of all buckets together."""
    return sum(n for n, _ in buckets.values()), sum(one for _, one in buckets.values())
