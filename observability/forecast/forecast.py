"""What is likely of one clock: the chance that its promise breaks, and when it may be kept."""

from datetime import datetime, timedelta

import msgspec

from observability.forecast.history import History
from observability.forecast.seen import Calendars, Running
from rules.calendar import AllTime, WorkingTime


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """
    `chance` of breach, 0 to 1, told from `sample` clocks that were alike by `like`. Half of
    those were kept by `expected_at`; a tenth by `early_at`, nine tenths by `late_at`; None
    where fewer were.
    """

    chance: float
    sample: int
    like: str
    expected_at: datetime | None
    early_at: datetime | None
    late_at: datetime | None


def forecast(
    one: Running, history: History, *, at: datetime, calendars: Calendars
) -> Forecast | None:
    """Return what is likely of the clock at *at*; None without enough history."""
    used, calendar = one.used, one.clock.calendar
    if used >= 1:
        return None
    found = history.outlook(used=used, kind=one.clock.kind, step=one.step, weekday=one.weekday)
    if found is None:
        return None
    time: WorkingTime = calendars[calendar] if calendar else AllTime()

    def instant(share: float | None) -> datetime | None:
        if share is None:
            return None
        left = max(round((share - used) * one.allowed), 0)
        return time.due(at, timedelta(microseconds=left))

    return Forecast(
        chance=found.chance,
        sample=found.sample,
        like=found.like,
        expected_at=instant(found.half),
        early_at=instant(found.early),
        late_at=instant(found.late),
    )
