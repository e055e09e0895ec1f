"""Day by day: how the clocks that ended on it ended, and the attainment of seven days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from observability.health.promise import ENDED, Tally, attainment, burn, target_of
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

    def with_(self, other: "_Day", sign: int) -> "_Day":
        return _Day(
            self.met + sign * other.met,
            self.late + sign * other.late,
            self.absent + sign * other.absent,
            self.allowed + sign * other.allowed,
        )


_NONE = _Day()


def trend(
    tallies: Iterable[Tally], objectives: Mapping[str, Objective], *, first: date | None, last: date
) -> list[TrendDay]:
    """
    Return a day for each from *first* (None: the first on which a clock ended) to *last*.

    *tallies* may reach back before *first*: those days count in the moving figures.
    """
    days = _days(tallies, objectives)
    until = _number(last)
    begin = _number(first) if first else min(days, default=until + 1)
    end = until if first else max(days, default=until)
    week, found = _NONE, []
    for day in range(begin - DAYS + 1, end + 1):
        own = days.get(day, _NONE)
        week = week.with_(own, 1)
        if day >= begin:
            found.append(_trend_day(day, own, week))
            week = week.with_(days.get(day - DAYS + 1, _NONE), -1)
    return found


def _days(tallies: Iterable[Tally], objectives: Mapping[str, Objective]) -> dict[int, _Day]:
    shares: dict[str, Decimal] = {}
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ENDED, 0))
    allowed: dict[int, Decimal] = defaultdict(Decimal)
    for one in tallies:
        day = one.day
        if day is not None and one.state in ENDED:
            share = shares.get(one.sla)
            if share is None:
                share = shares[one.sla] = 1 - target_of(objectives.get(one.sla))
            counts[day][one.state] += one.clocks
            allowed[day] += one.clocks * share
    return {day: _Day(**told, allowed=allowed[day]) for day, told in counts.items()}


def _trend_day(day: int, own: _Day, week: _Day) -> TrendDay:
    return TrendDay(
        date=EPOCH.date() + timedelta(days=day),
        met=own.met,
        late=own.late,
        absent=own.absent,
        attainment=attainment(own.counts),
        moving_attainment=attainment(week.counts),
        burn=burn(week.counts, week.allowed),
    )


def _number(day: date) -> int:
    return (day - EPOCH.date()).days
