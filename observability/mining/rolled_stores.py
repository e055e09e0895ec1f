"""The picture of a whole process, read from its rollups: no case is looked at."""

from collections.abc import Mapping

from sqlalchemy import Connection

from observability.mining.picture import Activity, HandOver, Picture, Spread, Way
from observability.rollup import figure_stores
from observability.rollup.figure_stores import Figure
from observability.rollup.measures import CONFORMANCE, HANDED, LASTED, REPEATED, STEP, TIMED
from observability.rollup.quantile import quantile_of

_MICROS = 1_000_000
_Counts = Mapping[int, int]


def whole_picture(connection: Connection, process: str) -> Picture:
    """
    Return how all cases of *process* flow; sums are exact, medians and 95th percentiles are told
    from buckets (`observability.rollup`).
    """
    steps = figure_stores.histogram(connection, process, STEP)
    kept = figure_stores.ever(connection, process, CONFORMANCE)
    repeated = _by_name(figure_stores.ever(connection, process, REPEATED))
    return Picture(
        cases=sum(one.n for one in kept),
        events=sum(sum(counts.values()) for counts in steps.values()),
        duration=_duration(connection, process),
        reworked=sum(one.n for one in kept if one.of[1]),
        repeats=sum(one.quantity for one in kept),
        activities=_activities(steps, repeated),
        ways=_ways(connection, process, steps),
        handovers=_handovers(connection, process),
    )


def _activities(
    steps: Mapping[tuple[str, ...], _Counts], repeated: Mapping[tuple[str, ...], Figure]
) -> tuple[Activity, ...]:
    events: dict[str, int] = {}
    for (_, target), counts in steps.items():
        events[target] = events.get(target, 0) + sum(counts.values())
    found = []
    for name, count in events.items():
        again = repeated.get((name,))
        repeats = again.quantity if again else 0
        found.append(
            Activity(
                activity=name,
                events=count,
                cases=count - repeats,
                reworked=again.n if again else 0,
                repeats=repeats,
                self_loops=sum(steps.get((name, name), {}).values()),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.events, one.activity)))


def _ways(
    connection: Connection, process: str, steps: Mapping[tuple[str, ...], _Counts]
) -> tuple[Way, ...]:
    sums = _by_name(figure_stores.ever(connection, process, STEP))
    worked = _by_name(figure_stores.ever(connection, process, TIMED))
    found = [
        Way(
            source=of[0],
            target=of[1],
            took=_spread(counts, sums[of].quantity),
            timed=worked[of].n if of in worked else 0,
            working_seconds=worked[of].quantity / _MICROS if of in worked else 0.0,
        )
        for of, counts in steps.items()
        if of[0]
    ]
    return tuple(sorted(found, key=lambda one: (-one.took.count, one.source, one.target)))


def _handovers(connection: Connection, process: str) -> tuple[HandOver, ...]:
    sums = _by_name(figure_stores.ever(connection, process, HANDED))
    found = [
        HandOver(kind=of[0], source=of[1], target=of[2], took=_spread(counts, sums[of].quantity))
        for of, counts in figure_stores.histogram(connection, process, HANDED).items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.took.count, one.kind, one.source, one.target)))


def _duration(connection: Connection, process: str) -> Spread | None:
    counts = figure_stores.histogram(connection, process, LASTED).get(())
    whole = _by_name(figure_stores.ever(connection, process, LASTED)).get(())
    return _spread(counts, whole.quantity) if counts and whole else None


def _spread(counts: _Counts, total: int) -> Spread:
    return Spread(
        count=sum(counts.values()),
        total_seconds=total / _MICROS,
        median_seconds=(quantile_of(counts, 0.5) or 0.0) / _MICROS,
        p95_seconds=(quantile_of(counts, 0.95) or 0.0) / _MICROS,
    )


def _by_name(figures: list[Figure]) -> dict[tuple[str, ...], Figure]:
    """Return one figure a name: those of several buckets are added up."""
    found: dict[tuple[str, ...], Figure] = {}
    for one in figures:
        known = found.get(one.of)
        found[one.of] = Figure(
            of=one.of,
            day=one.day,
            n=one.n + (known.n if known else 0),
            quantity=one.quantity + (known.quantity if known else 0),
        )
    return found
