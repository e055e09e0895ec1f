"""
When a place is open: shifts on local dates become one table of UTC intervals.

A shift belongs to the local date on which it opens. Opening and closing fall at the first
instant at which the wall clock has reached them: a time that the spring change skips is
the moment of the change, a time that the autumn change repeats is its first showing.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.instant import to_micros

_SHIFT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_DAY_MINUTES = 24 * 60


class Shift(NamedTuple):
    """Minutes after local midnight; `closes` runs past 1440 when the shift ends on the next day."""

    opens: int
    closes: int


class Day(NamedTuple):
    """A business day: its local date and, in UTC microseconds, its last closing."""

    date: date
    closes: int


class ShiftError(ValueError):
    """Hours that do not read as `09:00-17:00`."""


def read_shift(text: str) -> Shift:
    """
    Return the shift of `09:00-17:00`, `22:00-06:00` (over midnight) or `00:00-24:00`.

    Raises `ShiftError` for anything else, and for a shift that closes as it opens.
    """
    match = _SHIFT.fullmatch(text)
    if match is None:
        raise ShiftError(f"{text!r} is not a span of hours such as 09:00-17:00")
    opens = int(match[1]) * 60 + int(match[2])
    closes = _DAY_MINUTES if match[3] is None else int(match[3]) * 60 + int(match[4])
    if opens == closes:
        raise ShiftError(f"{text!r} closes as it opens; a whole day is 00:00-24:00")
    return Shift(opens, closes if closes > opens else closes + _DAY_MINUTES)


def first_showing(day: date, minutes: int, zone: ZoneInfo) -> int:
    """Return in UTC microseconds when the wall clock first reaches *minutes* after midnight."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return to_micros(at)
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    skipped = int((at - early).total_seconds())
    seconds = bisect_left(
        range(skipped),
        1,
        key=lambda passed: _wall(early + timedelta(seconds=passed), zone) >= wall,
    )
    return to_micros(early + timedelta(seconds=seconds))


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


class Openings:
    """An immutable run of disjoint UTC intervals with the business time through each summed up."""

    def __init__(self, spans: Iterable[tuple[int, int]], days: Sequence[Day]) -> None:
        merged = _merge(spans)
        self._opens = [opens for opens, _ in merged]
        self._closes = [closes for _, closes in merged]
        self._through = list(accumulate(closes - opens for opens, closes in merged))
        self._days = days
        self._dates = [day.date for day in days]
        self._day_closes = list(accumulate((day.closes for day in days), max))

    def used(self, at: int) -> int:
        """Return the business microseconds before *at*."""
        index = bisect_right(self._opens, at) - 1
        if index < 0:
            return 0
        return self._through[index] - max(0, self._closes[index] - at)

    def when_used(self, amount: int) -> int | None:
        """Return the earliest instant with *amount* > 0 business microseconds before it."""
        index = bisect_left(self._through, amount)
        if index == len(self._through):
            return None
        return self._closes[index] - (self._through[index] - amount)

    def between(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Return the intervals that touch *begin* to *end*."""
        first, last = bisect_right(self._closes, begin), bisect_left(self._opens, end)
        return list(zip(self._opens[first:last], self._closes[first:last], strict=True))

    def is_open(self, at: int) -> bool:
        index = bisect_right(self._opens, at) - 1
        return index >= 0 and at < self._closes[index]

    def day_after(self, at: int, count: int) -> Day | None:
        """Return the business day *count* after the one that *at* falls in or waits for."""
        index = bisect_right(self._day_closes, at) + count
        if index >= len(self._days):
            return None
        return Day(self._days[index].date, self._day_closes[index])

    def days_between(self, start: date, end: date) -> int:
        """Return how many business days lie after *start* and not after *end*."""
        return bisect_right(self._dates, end) - bisect_right(self._dates, start)

    def when_left(self, amount: int) -> int | None:
        """Return the latest instant with *amount* business microseconds before it."""
        index = bisect_right(self._through, amount)
        if amount < 0 or index == len(self._through):
            return None
        before = self._through[index - 1] if index else 0
        return self._opens[index] + amount - before

    def day_from(self, day: date, count: int) -> date | None:
        """Return the business day *count* >= 0 after the first one not before *day*."""
        index = bisect_left(self._dates, day) + count
        return self._dates[index] if index < len(self._dates) else None

    def day_upto(self, day: date, count: int) -> date | None:
        """Return the business day *count* >= 0 before the last one not after *day*."""
        index = bisect_right(self._dates, day) - 1 - count
        return self._dates[index] if index >= 0 else None

    def closing(self, day: date) -> int | None:
        """Return when the business day *day* closes."""
        index = bisect_left(self._dates, day)
        known = index < len(self._dates) and self._dates[index] == day
        return self._day_closes[index] if known else None

    def day_following(self, day: date, count: int) -> date | None:
        """Return the business day *count* > 0 after *day*."""
        index = bisect_right(self._dates, day) + count - 1
        return self._dates[index] if index < len(self._dates) else None


def _merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for opens, closes in sorted(spans):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged
