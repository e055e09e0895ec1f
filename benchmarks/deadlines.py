"""
Goal 14: due times on a business calendar, against the search in its table alone.

The limit is the loop of two bisections and the arithmetic between them, from instant to
instant, over the very intervals that the calendar has built.
"""

import time
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation
from rules.calendar import BusinessCalendar, read_calendar
from rules.instant import EPOCH, from_micros, to_micros

DUE_TIMES = 100_000
_MICROSECOND = timedelta(microseconds=1)
_HOUR = 3_600_000_000
_BEGIN = 1_767_225_600_000_000  # 2026-01-01
_YEAR = 365 * 24 * _HOUR
CALENDAR = (
    "calendar: berlin\nversion: 1.0.0\nzone: Europe/Berlin\nhours: {"
    + ", ".join(f'{day}: ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
    + "}\nholidays: {country: DE, region: BE}\n"
)


def measure(installation: Installation | None, runs: int) -> list[Figure]:  # noqa: ARG001 - none is needed
    return [
        compare(
            run,
            goal=14,
            name="100,000 due times on a business calendar",
            unit="s",
            against="s, bisection alone",
            runs=runs,
            wanted=2.0,
            sense="at most",
        )
    ]


def run() -> tuple[float, float]:
    calendar = BusinessCalendar(read_calendar(CALENDAR))
    random = Random(14)  # noqa: S311 - the same questions in every run
    asked = [
        (_BEGIN + random.randrange(_YEAR), random.randrange(1, 80 * _HOUR))
        for _ in range(DUE_TIMES)
    ]
    calendar.due(from_micros(_BEGIN), timedelta(hours=2000))  # the years are built
    calendar.due(from_micros(_BEGIN + _YEAR), timedelta(hours=80))
    instants = [(from_micros(at), timedelta(microseconds=amount)) for at, amount in asked]
    opens, closes = _intervals(calendar)
    begun = time.process_time()
    expected = _bisected(opens, closes, instants)
    alone = time.process_time() - begun
    begun = time.process_time()
    found = [calendar.due(at, amount) for at, amount in instants]
    ours = time.process_time() - begun
    if found != expected:
        raise AssertionError("the two do not agree")
    return ours, alone


def _intervals(calendar: BusinessCalendar) -> tuple[list[int], list[int]]:
    """Return the openings of three years, asked of the calendar itself."""
    opens: list[int] = []
    closes: list[int] = []
    at = calendar.begun(from_micros(_BEGIN), timedelta(hours=8))
    while to_micros(at) < _BEGIN + 2 * _YEAR:
        closing = calendar.due_days(at, 0)
        opens.append(to_micros(at))
        closes.append(to_micros(closing))
        at = calendar.due(closing, timedelta(microseconds=1)) - timedelta(microseconds=1)
    return opens, closes


def _bisected(
    opens: list[int], closes: list[int], asked: list[tuple[datetime, timedelta]]
) -> list[datetime]:
    through = list(accumulate(end - begin for begin, end in zip(opens, closes, strict=True)))
    found = []
    for start, duration in asked:
        at = (start - EPOCH) // _MICROSECOND
        index = bisect_right(opens, at) - 1
        used = through[index] - max(0, closes[index] - at) + duration // _MICROSECOND
        index = bisect_left(through, used)
        micros = closes[index] - (through[index] - used)
        found.append(EPOCH + timedelta(microseconds=micros))
    return found
