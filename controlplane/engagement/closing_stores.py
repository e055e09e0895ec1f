"""How long the exceptions that were closed took: exactly where they are few, else by buckets."""

from collections import Counter, defaultdict
from statistics import median

import msgspec
from sqlalchemy import Connection

from controlplane.engagement.measures import CLOSED
from governance.exception.overview import stores as exceptions
from observability.rollup import figure_stores
from observability.rollup.contribution import DAY_MICROS
from observability.rollup.quantile import quantile_of

EXACTLY = 20_000
"""Of a process that has closed more, medians are told from buckets."""
_MICROS = 1_000_000
_NONE = Counter[int]()


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """What was closed by day: how long each took, in seconds, or how many by bucket."""

    taken: dict[int, list[float]] = {}
    counts: dict[int, Counter[int]] = {}

    def count(self, first: int, last: int) -> int:
        """Return how many were closed from the day *first* to the day *last*."""
        return sum(
            len(self.taken.get(day, ())) + sum(self.counts.get(day, _NONE).values())
            for day in range(first, last + 1)
        )

    def median_seconds(self, first: int, last: int) -> float | None:
        days = range(first, last + 1)
        taken = [one for day in days for one in self.taken.get(day, ())]
        if taken:
            return median(taken)
        counts = Counter[int]()
        for day in days:
            counts.update(self.counts.get(day, _NONE))
        told = quantile_of(counts, 0.5)
        return None if told is None else told / _MICROS


def closed_since(connection: Connection, process: str, since: int) -> Closed:
    """Return what was closed on the day *since* and later."""
    if figure_stores.counted(connection, process, CLOSED.name) <= EXACTLY:
        taken: dict[int, list[float]] = defaultdict(list)
        for at, spent in exceptions.resolved_since(connection, process, since * DAY_MICROS):
            taken[at // DAY_MICROS].append(spent / _MICROS)
        return Closed(taken=dict(taken))
    rows = figure_stores.daily_histogram(connection, process, CLOSED.name, since=since)
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for day, bucket, n in rows:
        counts[day][bucket] += n
    return Closed(counts=dict(counts))
