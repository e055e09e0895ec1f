"""When people of the firm work: the London office's calendar, as the pack ships it."""

from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from controlplane.pack.shipped import shipped_folder
from rules.calendar import BusinessCalendar, read_calendar

PACK = "professional-services"
CALENDAR = "uk-office"
_NOON = time(12)


class Working:
    """Business time of the firm; every instant it gives is UTC."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        self._calendar = calendar
        self._zone = ZoneInfo(calendar.document.zone)

    def at(self, day: date, hour: float) -> datetime:
        """Return the local *hour* of *day*: 9.5 is half past nine."""
        minutes = timedelta(seconds=round(hour * 3600))
        local = datetime.combine(day, time(), tzinfo=self._zone) + minutes
        return local.astimezone(ZoneInfo("UTC"))

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def works(self, day: date) -> bool:
        return self._calendar.is_open(datetime.combine(day, _NOON, tzinfo=self._zone))

    def first_day(self, day: date) -> date:
        """Return the first working day on or after *day*."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def last_day(self, day: date) -> date:
        """Return the last working day on or before *day*."""
        while not self.works(day):
            day -= timedelta(days=1)
        return day

    def later(self, at: datetime, hours: float) -> datetime:
        """Return the instant when *hours* of business time have passed since *at*."""
        return self._calendar.due(at, timedelta(milliseconds=round(hours * 3_600_000)))

    def within(self, rng: Random, at: datetime, least: float, most: float) -> datetime:
        """Return an instant between *least* and *most* business hours after *at*."""
        return self.later(at, rng.uniform(least, most))

    def close_of(self, at: datetime, days: int) -> datetime:
        """Return the closing of the business day that is *days* after that of *at*."""
        return self._calendar.due_days(at, days)


def first_monday(working: Working, after: datetime) -> date:
    """Return the first Monday after the day of *after*."""
    day = working.day_of(after)
    return day + timedelta(days=7 - day.weekday())


@cache
def london() -> Working:
    folder = shipped_folder(PACK)
    if folder is None:
        raise FileNotFoundError(f"the pack {PACK} is not installed with the program")
    text = (folder / "calendars" / f"{CALENDAR}.yaml").read_bytes()
    return Working(BusinessCalendar(read_calendar(text)))
