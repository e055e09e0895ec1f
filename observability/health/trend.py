"""Day by day: how the clocks that ended on it ended, and the attainment of seven days."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from observability.health.promise import ENDED, Tally, attainment, budget, burn, counted
from observability.objective import Objective
from rules.instant import EPOCH

DAYS = 7


class TrendDay(msgspec.Struct, frozen=True, kw_only=True):
    """
    `date` is a UTC day; `attainment` is of the clocks that ended on it, None when none did.

    `moving_attainment` and `burn` are of the seven days up to it.
    """

    date: date
    met: int = 0
    late: int = 0
    absent: int = 0
    attainment: float | None = None
    moving_attainment: float | None = None
    burn: float | None = None


class _Day(NamedTuple):
    """How the clocks of one day ended, and how many of them may be broken."""

    counts: Counter[str]
    allowed: Decimal


def trend(
    tallies: Iterable[Tally], objectives: Mapping[str, Objective], *, first: date | None, last: date
) -> list[TrendDay]:
    """
    Return a day for each from *first* (None: the first on which a clock ended) to *last*.

    *tallies* may reach back before *first*: those days count in the moving figures.
    """
    by_day: dict[date, list[Tally]] = defaultdict(list)
    for tally in tallies:
        if tally.day is not None and tally.state in ENDED:
            by_day[EPOCH.date() + timedelta(days=tally.day)].append(tally)
    days = {
        day: _Day(Counter(counted(those)), budget(those, objectives))
        for day, those in by_day.items()
    }
    begin = first or min(days, default=last + timedelta(days=1))
    end = last if first else max(days, default=last)
    return [
        _trend_day(begin + timedelta(days=passed), days) for passed in range((end - begin).days + 1)
    ]


def _trend_day(day: date, days: Mapping[date, _Day]) -> TrendDay:
    own = days[day].counts if day in days else Counter()
    week = [days[one] for back in range(DAYS) if (one := day - timedelta(days=back)) in days]
    moving = sum((one.counts for one in week), Counter[str]())
    return TrendDay(
        date=day,
        met=own["met"],
        late=own["late"],
        absent=own["absent"],
        attainment=attainment(own),
        moving_attainment=attainment(moving),
        burn=burn(moving, sum((one.allowed for one in week), Decimal())),
    )
