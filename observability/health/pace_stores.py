"""How long the slowest tenth of the ended clocks took, in microseconds that count, by objective."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from observability.clock.clock import nominal_time
from observability.health.quantile import quantile
from observability.health.stage import SLOWEST, time_taken
from observability.objective import Objective
from observability.rollup import exact_stores, figure_stores
from observability.rollup.contribution import DAY_MICROS, bucket
from observability.rollup.figure_stores import Passed
from observability.rollup.measures import SPENT
from observability.rollup.quantile import quantile_of
from rules.calendar import BusinessCalendar

_NOON = DAY_MICROS // 2
_MICROSECOND = timedelta(microseconds=1)


def exactly(
    connection: Connection,
    objectives: Sequence[Objective],
    calendars: Mapping[str, BusinessCalendar],
    *,
    at: int,
    since: int | None,
) -> dict[str, float]:
    """Return it of the clocks themselves; one that is absent has taken the time until *at*."""
    found: dict[str, float] = {}
    for one in objectives:
        spans = exact_stores.spans(connection, one.process, one.sla, at=at, since=since)
        taken = time_taken(one, calendars.get(one.calendar or ""), spans)
        slowest = quantile(sorted(taken or ()), SLOWEST)
        if slowest is not None:
            found[one.sla] = slowest
    return found


def by_bucket(  # noqa: PLR0913 - likewise, and what is absent
    connection: Connection,
    process: str,
    objectives: Sequence[Objective],
    calendars: Mapping[str, BusinessCalendar],
    late: Passed,
    *,
    at: int,
    since: int | None,
) -> dict[str, float]:
    """
    Return it from buckets; a clock that is absent has taken what is promised, and the time from
    the noon of the day on which it was due.
    """
    begin = None if since is None else since // DAY_MICROS
    counts = figure_stores.histogram(connection, process, SPENT, since=begin)
    due: dict[str, Counter[int]] = defaultdict(Counter)
    for day in late.figures:
        if begin is None or day.day >= begin:
            due[day.of[0]][day.day] += day.n
    found: dict[str, float] = {}
    for one in objectives:
        calendar = calendars.get(one.calendar or "")
        taken = Counter(counts.get((one.sla,), {})) + _absent(one, calendar, due[one.sla], at)
        slowest = quantile_of(taken, SLOWEST)
        if slowest is not None:
            found[one.sla] = slowest
    return found


def _absent(
    objective: Objective, calendar: BusinessCalendar | None, due: Mapping[int, int], at: int
) -> Counter[int]:
    spans = [(day * DAY_MICROS + _NOON, at) for day in due]
    over = time_taken(objective, calendar, spans)
    limit = nominal_time(objective, calendar)
    taken: Counter[int] = Counter()
    if over is not None and limit is not None:
        promised = limit // _MICROSECOND
        for clocks, more in zip(due.values(), over, strict=True):
            taken[bucket(promised + max(more, 0))] += clocks
    return taken
