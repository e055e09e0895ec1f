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


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """What was closed by day: how long each took, in seconds, or how many by bucket."""

    taken: dict[int, list[float]] = {}
    counts: dict[int, Counter[int]] = {}

    def count(self, first: int, last: int) -> int:
        """Return how many were closed from the day *first* to the day *last*."""
        those = (day for day in self.taken | self.counts if first <= day <= last)
        return sum(
            len(self.taken.get(day, ())) + self.counts.get(day, Counter()).total() for day in those
        )

    def median_seconds(self, first: int, last: int) -> float | None:
        taken = [one for day, those in self.taken.items() if first <= day <= last for one in those]
        if taken:
            return median(taken)
        counts = Counter[int]()
        for day, those in self.counts.items():
            if first <= day <= last:
                counts += those
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
