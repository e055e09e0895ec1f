"""
The calendar against an oracle that shares nothing with it but `zoneinfo`.

The oracle walks minute by minute. A shift opens at the first minute at which the wall clock has
reached its opening and closes at the first at which it has reached its closing.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import BusinessCalendar, CalendarDocument, Closure, WeeklyHours

MINUTE = timedelta(minutes=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PATTERNS = (
    ("09:00-17:00",),
    ("22:00-06:00",),
    ("00:00-24:00",),
    ("08:30-12:15", "13:00-16:45"),
    ("00:30-03:30",),
    ("01:30-02:30", "18:00-23:00"),
    (),
)
# A date shortly before a change of the clocks in each zone, both ways, and one without any.
CHANGES = (
    ("Europe/Amsterdam", date(2026, 3, 26)),
    ("Europe/Amsterdam", date(2026, 10, 22)),
    ("America/New_York", date(2026, 3, 5)),
    ("America/New_York", date(2026, 10, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 2)),
    ("Australia/Lord_Howe", date(2026, 10, 1)),
    ("America/Santiago", date(2026, 9, 3)),
    ("Asia/Kolkata", date(2026, 12, 29)),
)
LOOK_AHEAD = 9

weeks = st.lists(st.sampled_from(PATTERNS), min_size=7, max_size=7).filter(any)
places = st.sampled_from(CHANGES)
closures = st.sets(st.integers(0, LOOK_AHEAD), max_size=2)
starts = st.integers(0, 4 * 24 * 60)


class Wall:
    """Which minutes from *first* on are open, found by looking at the clock on the wall."""

    def __init__(self, week: list[tuple[str, ...]], zone: ZoneInfo, closed: set[date]) -> None:
        self.week, self.zone, self.closed = week, zone, closed

    def minutes(self, first: date, days: int) -> Iterator[tuple[datetime, bool]]:
        shifts = list(self._shifts(first, days))
        reached: set[datetime] = set()
        at = datetime.combine(first, time(), UTC) - timedelta(days=2)
        for _ in range((days + 4) * 24 * 60):
            wall = at.astimezone(self.zone).replace(tzinfo=None)
            reached.update(one for shift in shifts for one in shift if one <= wall)
            yield at, any(opens in reached and closes not in reached for opens, closes in shifts)
            at += MINUTE

    def _shifts(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        for passed in range(-3, days + 3):
            day = first + timedelta(days=passed)
            for text in () if day in self.closed else self.week[day.weekday()]:
                opens, closes = (self._wall(day, part) for part in text.split("-"))
                yield opens, closes if closes > opens else closes + timedelta(days=1)

    @staticmethod
    def _wall(day: date, text: str) -> datetime:
        hours, minutes = map(int, text.split(":"))
        return datetime.combine(day, time()) + timedelta(hours=hours, minutes=minutes)


def both(
    week: list[tuple[str, ...]], place: tuple[str, date], closed_days: set[int]
) -> tuple[BusinessCalendar, list[tuple[datetime, bool]]]:
    zone, first = place
    closed = {first + timedelta(days=passed) for passed in closed_days}
    document = CalendarDocument(
        calendar="any",
        version="1.0.0",
        zone=zone,
        hours=WeeklyHours(**dict(zip(DAYS, week, strict=True))),
        closures=tuple(Closure(date=one) for one in sorted(closed)),
    )
    wall = Wall(week, ZoneInfo(zone), closed)
    return BusinessCalendar(document), list(wall.minutes(first, LOOK_AHEAD))


def few(test: Callable[..., None]) -> Callable[..., None]:
    return settings(max_examples=12, deadline=None, derandomize=True)(test)


@few
@given(weeks, places, closures)
def test_every_minute_is_open_or_closed_as_the_wall_says(week, place, closed_days):
    calendar, minutes = both(week, place, closed_days)
    inner = minutes[24 * 60 : -24 * 60]
    assert [calendar.is_open(at) for at, _ in inner] == [is_open for _, is_open in inner]


@few
@given(weeks, places, closures, starts, st.integers(0, 60 * 60))
def test_elapsed_time_is_the_number_of_open_minutes(week, place, closed_days, start, length):
    calendar, minutes = both(week, place, closed_days)
    walked = minutes[24 * 60 + start : 24 * 60 + start + length + 1]
    counted = sum(is_open for _, is_open in walked[:-1])
    assert calendar.elapsed(walked[0][0], walked[-1][0]) == counted * MINUTE


@few
@given(weeks, places, closures, starts, st.integers(1, 20 * 60))
def test_a_deadline_is_the_end_of_the_last_minute_needed(week, place, closed_days, start, needed):
    calendar, minutes = both(week, place, closed_days)
    begin = 24 * 60 + start
    opened = [at for at, is_open in minutes[begin : -24 * 60] if is_open]
    due = calendar.due(minutes[begin][0], needed * MINUTE)
    if len(opened) >= needed:
        assert due == opened[needed - 1] + MINUTE
    else:
        assert due > minutes[-24 * 60][0]
