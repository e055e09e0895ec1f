"""Forecasts as they would have been made day by day, and what came of the clocks."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from observability.forecast.calibration import Said
from observability.forecast.forecast import forecast
from observability.forecast.history import Walked
from observability.forecast.seen import MOST, Calendars, SeenClock, history, running
from observability.rollup.contribution import DAY_MICROS
from rules.instant import to_micros

EVERY = timedelta(days=1)


def past_forecasts(
    seen: Sequence[SeenClock],
    *,
    since: datetime,
    until: datetime,
    calendars: Calendars,
    known_at: datetime | None = None,
) -> Iterator[Said]:
    """
    Yield, day by day from *since* until *until*, what would have been said of every clock of one
    objective that ran then and was due by *known_at* (*until*), and what became of it; nothing
    of one that was not decided. Of those due later only the ones that were kept early could be
    counted.
    """
    end, at = to_micros(known_at or until), since
    begun = sorted(seen, key=lambda one: one.started_at)
    starts = [one.started_at for one in begun]
    open_: list[SeenClock] = []
    settled: dict[str, Walked] = {}
    place = 0
    while at < until:
        now = to_micros(at)
        come = bisect_left(starts, now)
        open_ = [one for one in (*open_, *begun[place:come]) if now < one.due_at]
        place = come
        first = bisect_left(starts, starts[max(place - MOST, 0)]) if starts else 0
        known = history(begun[first:place], at=now, calendars=calendars, settled=settled)
        base = known.base_rate
        for one in running(open_, at=now, calendars=calendars):
            said = forecast(one, known, at=at, calendars=calendars)
            broke = one.clock.broke(end) if one.clock.due_at < end else None
            if said is not None and base is not None and broke is not None:
                yield Said(
                    chance=said.chance,
                    base=base,
                    broke=broke,
                    day=now // DAY_MICROS,
                    due_day=one.clock.due_at // DAY_MICROS,
                )
        at += EVERY
