"""Day by day: how the clocks that ended on it ended, and the attainment of seven days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    """How the clocks of some days ended, and how many of them may be broken."""

    met: int = 0
    late: int = 0
    absent: int = 0
    allowed: Decimal = Decimal()

    @property
    def counts(self) -> dict[str, int]:
        return {"met": self.met, "late": self.late, "absent": self.absent}


_NONE = _Day()


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
    days = {day: _day(those, objectives) for day, those in by_day.items()}
    begin = first or min(days, default=last + timedelta(days=1))
    end = last if first else max(days, default=last)
    return [
        _trend_day(begin + timedelta(days=passed), days) for passed in range((end - begin).days + 1)
    ]


def _day(tallies: Sequence[Tally], objectives: Mapping[str, Objective]) -> _Day:
    counts = counted(tallies)
    return _Day(
        met=counts.get("met", 0),
        late=counts.get("late", 0),
        absent=counts.get("absent", 0),
        allowed=budget(tallies, objectives),
    )


def _trend_day(day: date, days: Mapping[date, _Day]) -> TrendDay:
    week = [days.get(day - timedelta(days=back), _NONE) for back in range(DAYS)]
    own = week[0]
    moving = _Day(
        met=sum(one.met for one in week),
        late=sum(one.late for one in week),
        absent=sum(one.absent for one in week),
        allowed=sum((one.allowed for one in week), Decimal()),
    )
    return TrendDay(
        date=day,
        met=own.met,
        late=own.late,
        absent=own.absent,
        attainment=attainment(own.counts),
        moving_attainment=attainment(moving.counts),
        burn=burn(moving.counts, moving.allowed),
    )
