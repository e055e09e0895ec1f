"""
An oracle for business calendars that shares nothing with them but `zoneinfo`.

It looks at the clock on the wall minute by minute. A shift opens at the first minute at which
the wall clock has reached its opening and closes at the first at which it has reached its
closing; business time is the number of open minutes.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from rules.calendar import BusinessCalendar, CalendarDocument, Closure, HalfDay, WeeklyHours

MINUTE = timedelta(minutes=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BEFORE, AHEAD = 4, 16  # days around the change of the clocks
_DAY = 24 * 60
_BEGIN = date(1970, 1, 1)
PATTERNS = (
    (),
    ("09:00-17:00",),
    ("22:00-06:00",),
    ("00:00-24:00",),
    ("08:30-12:15", "13:00-16:45"),
    ("00:30-03:30",),
    ("01:30-02:30", "18:00-23:00"),
    ("20:00-02:30",),
)
# Around a change of the clocks, both ways where there is one.
PLACES = tuple(
    (zone, date.fromisoformat(day))
    for zone, days in {
        "Europe/London": ("2026-03-26", "2026-10-22"),
        "Europe/Amsterdam": ("2026-03-27", "2026-10-23"),
        "America/New_York": ("2026-03-05", "2026-10-29"),
        "America/Los_Angeles": ("2026-03-06", "2026-10-30"),
        "America/Sao_Paulo": ("2018-11-01", "2019-02-14"),
        "America/Santiago": ("2026-09-03", "2026-04-02"),
        "America/St_Johns": ("2026-03-06", "2026-10-30"),
        "Australia/Lord_Howe": ("2026-10-01", "2026-04-02"),
        "Australia/Sydney": ("2026-10-01", "2026-04-03"),
        "Asia/Kolkata": ("2026-12-29", "2026-03-27"),
        "Asia/Tehran": ("2022-03-19", "2022-09-19"),
        "Africa/Cairo": ("2026-04-22", "2026-10-27"),
    }.items()
    for day in days
)


class Wall:
    """Which minutes of about three weeks are open, found by looking at the clock on the wall."""

    def __init__(self, document: CalendarDocument, first: date) -> None:
        self.begin = datetime.combine(first, time(), UTC) - timedelta(days=BEFORE)
        reached = _reached(document.zone, self.begin)
        self.open = bytearray(len(reached))
        self.days: list[tuple[date, int]] = []
        latest = 0
        for day, shifts in _shifts(document, first):
            spans = [tuple(bisect_left(reached, at) for at in shift) for shift in shifts]
            latest = max([latest, *(closes for _, closes in spans)])
            spans = [(opens, closes) for opens, closes in spans if opens < closes]
            for opens, closes in spans:
                self.open[opens:closes] = b"\1" * (closes - opens)
            if spans:
                self.days.append((day, latest))

    def at(self, minute: int) -> datetime:
        return self.begin + minute * MINUTE

    def elapsed(self, start: int, end: int) -> int:
        return sum(self.open[start:end])

    def due(self, start: int, minutes: int) -> int | None:
        """Return the end of the last open minute needed from *start* on."""
        return self._walk(range(start, len(self.open)), minutes, 1)

    def begun(self, end: int, minutes: int) -> int | None:
        """Return the beginning of the first open minute needed back from *end*."""
        return self._walk(range(end - 1, -1, -1), minutes, 0)

    def due_days(self, start: int, days: int) -> int | None:
        """Return the closing of the business day *days* behind the one that *start* waits for."""
        waits = next((i for i, (_, closes) in enumerate(self.days) if closes > start), None)
        if waits is None or waits + days >= len(self.days):
            return None
        closes = self.days[waits + days][1]
        return closes if closes < len(self.open) else None  # it may close after what was seen

    def _walk(self, minutes: Sequence[int], needed: int, end: int) -> int | None:
        for minute in minutes:
            needed -= self.open[minute]
            if not needed:
                return minute + end
        return None


@lru_cache(maxsize=64)
def _reached(zone: str, begin: datetime) -> list[int]:
    """Return, minute by minute, the latest that the wall clock has shown so far."""
    place = ZoneInfo(zone)
    shown = []
    for minute in range((BEFORE + AHEAD) * _DAY):
        wall = (begin + minute * MINUTE).astimezone(place).replace(tzinfo=None)
        shown.append(_minutes(wall.date(), wall.strftime("%H:%M")))
    return list(accumulate(shown, max))


def _shifts(
    document: CalendarDocument, first: date
) -> Iterator[tuple[date, list[tuple[int, int]]]]:
    closed = {one.date for one in document.closures}
    half = {one.date: one.hours for one in document.half_days}
    for passed in range(-BEFORE - 1, AHEAD + 1):
        day = first + timedelta(days=passed)
        week: tuple[str, ...] = getattr(document.hours, WEEKDAYS[day.weekday()])
        texts = half.get(day, () if day in closed else week)
        yield day, [_shift(day, text) for text in texts]


def _shift(day: date, text: str) -> tuple[int, int]:
    opens, closes = (_minutes(day, part) for part in text.split("-"))
    return opens, closes if closes > opens else closes + _DAY


def _minutes(day: date, text: str) -> int:
    return (day - _BEGIN).days * _DAY + int(text[:2]) * 60 + int(text[3:])


def random_calendar(random: Random) -> tuple[CalendarDocument, date]:
    zone, first = random.choice(PLACES)
    week = {day: random.choice(PATTERNS) for day in WEEKDAYS}
    if not any(week.values()):
        week["mon"] = PATTERNS[1]
    ahead = [first + timedelta(days=passed) for passed in range(AHEAD)]
    special = random.sample(ahead, 3)
    document = CalendarDocument(
        calendar="any",
        version="1.0.0",
        zone=zone,
        hours=WeeklyHours(**week),
        closures=tuple(Closure(date=day) for day in special[: random.randint(0, 2)]),
        half_days=tuple(HalfDay(date=day, hours=random.choice(PATTERNS[1:])) for day in special[2:])
        if random.random() < 0.5
        else (),
    )
    return document, first


def differences(random: Random, cases: int) -> Iterator[str]:
    """Yield what the calendar and the wall say differently in *cases* random cases."""
    for _ in range(cases):
        document, first = random_calendar(random)
        yield from _differences(random, document, Wall(document, first))


def _differences(random: Random, document: CalendarDocument, wall: Wall) -> Iterator[str]:
    calendar = BusinessCalendar(document)
    inner = (2 * _DAY, len(wall.open) - 2 * _DAY)  # shifts of days before reach into the first
    start, end = sorted(random.sample(range(*inner), 2))
    minutes, days = random.randint(1, 30 * 60), random.randint(0, 6)
    span = (wall.at(start), wall.at(end))
    said: Mapping[str, tuple[object, object]] = {
        "open": (calendar.is_open(span[0]), bool(wall.open[start])),
        "elapsed": (calendar.elapsed(*span), wall.elapsed(start, end) * MINUTE),
        "due": (calendar.due(span[0], minutes * MINUTE), wall.due(start, minutes)),
        "days": (calendar.due_days(span[0], days), wall.due_days(start, days)),
        "begun": (calendar.begun(span[1], minutes * MINUTE), wall.begun(end, minutes)),
    }
    for name, (ours, theirs) in said.items():
        told = wall.at(theirs) if isinstance(theirs, int) and name in _INSTANTS else theirs
        if theirs is not None and (name != "begun" or told >= wall.at(inner[0])) and ours != told:
            yield f"{name} from {span}, {minutes} min, {days} days: {ours} and {told} of {document}"


_INSTANTS = {"due", "days", "begun"}
