"""
A business calendar says when time counts.

A deadline is the earliest instant at which the business time is used up: the closing of that
day, never the next opening. A start outside hours waits for the next opening. Business hours
and business days are different units. The years of the table are built when first asked for,
and what is answered never depends on which years were built before.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from importlib.metadata import version
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import msgspec
from holidays.registry import EntityLoader

from rules.decision import fingerprint
from rules.document import DocumentError, convert, read_yaml
from rules.instant import from_micros, to_micros
from rules.opening import Day, Openings, Shift, ShiftError, first_showing, read_shift

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_YEAR = 1900
LAST_YEAR = 2200
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_MICROSECOND = timedelta(microseconds=1)


class CalendarError(ValueError):
    """A deadline or an instant beyond the years 1900 to 2200."""


class WeeklyHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Spans of local hours a weekday, e.g. `["09:00-12:30", "13:00-17:00"]`; none: closed."""

    mon: tuple[str, ...] = ()
    tue: tuple[str, ...] = ()
    wed: tuple[str, ...] = ()
    thu: tuple[str, ...] = ()
    fri: tuple[str, ...] = ()
    sat: tuple[str, ...] = ()
    sun: tuple[str, ...] = ()


class PublicHolidays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ISO 3166 country, and the region as the `holidays` library names it."""

    country: str
    region: str | None = None


class Closure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    date: date
    title: str = ""


class HalfDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours that replace the week's on one date, even on a public holiday."""

    date: date
    hours: tuple[str, ...]
    title: str = ""


class CalendarDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    calendar: str
    version: str
    zone: str
    hours: WeeklyHours
    title: str = ""
    holidays: PublicHolidays | None = None
    closures: tuple[Closure, ...] = ()
    half_days: tuple[HalfDay, ...] = ()


class WorkingTime(Protocol):
    """Time that counts, however it is counted."""

    def due(self, start: datetime, duration: timedelta) -> datetime: ...

    def elapsed(self, start: datetime, end: datetime) -> timedelta: ...


class AllTime:
    """Every minute counts: for targets in plain hours or minutes."""

    def due(self, start: datetime, duration: timedelta) -> datetime:
        return start + duration

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, timedelta())


class BusinessCalendar:
    """The arithmetic of one calendar. Safe to share: tables are replaced, never changed."""

    def __init__(self, document: CalendarDocument) -> None:
        self.document = document
        self._zone = ZoneInfo(document.zone)
        self._week = [
            [read_shift(text) for text in getattr(document.hours, day)] for day in WEEKDAYS
        ]
        self._closed = {closure.date for closure in document.closures}
        self._half = {
            half.date: [read_shift(text) for text in half.hours] for half in document.half_days
        }
        self._years: dict[int, tuple[list[tuple[int, int]], list[Day]]] = {}
        self._built = range(0)
        self._openings = Openings([], [])

    @property
    def digest(self) -> str:
        """Names what was computed with: the document and, where asked, the holiday library."""
        library = version("holidays") if self.document.holidays else ""
        return fingerprint(msgspec.json.encode(self.document).decode(), library)

    def due(self, start: datetime, duration: timedelta) -> datetime:
        """
        Return the earliest instant at which *duration* of business time since *start* is used up.

        No duration at all is used up at *start*, open or closed.
        """
        if duration <= timedelta():
            return start
        at, amount = to_micros(start), duration // _MICROSECOND
        openings = self._covering(start, start)
        while (found := openings.when_used(openings.used(at) + amount)) is None:
            openings = self._later()
        return from_micros(found)

    def due_days(self, start: datetime, days: int) -> datetime:
        """
        Return the closing of the business day that is *days* after the day of *start*.

        A business day is a local date on which a shift opens; it closes with its last shift, be
        that after midnight. The day of *start* does not count. A start outside hours belongs to
        the next business day: before opening to that same day, at or after closing, at a weekend
        or on a holiday to the day that opens next, which then does not count either. So 1 day
        from Friday 16:00 is Monday's closing, and from Saturday or from Friday 17:00 Tuesday's.
        """
        openings = self._covering(start, start)
        while (day := openings.day_after(to_micros(start), days)) is None:
            openings = self._later()
        return from_micros(day.closes)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the business time from *start* to *end*; none when *end* is not after *start*."""
        if end <= start:
            return timedelta()
        openings = self._covering(start, end)
        return (openings.used(to_micros(end)) - openings.used(to_micros(start))) * _MICROSECOND

    def spent(self, spans: Sequence[tuple[int, int]]) -> list[int]:
        """Return the business time of each of *spans*, all in UTC microseconds."""
        if not spans:
            return []
        first, last = min(begin for begin, _ in spans), max(end for _, end in spans)
        used = self._covering(from_micros(first), from_micros(max(first, last))).used
        return [used(end) - used(begin) if end > begin else 0 for begin, end in spans]

    @property
    def usual_day(self) -> timedelta:
        """The mean opening of the weekdays that open, holidays apart."""
        lengths = [sum(closes - opens for opens, closes in day) for day in self._week if day]
        return timedelta(minutes=sum(lengths) / len(lengths))

    def date_of(self, at: datetime) -> date:
        """Return the local date of *at*."""
        return at.astimezone(self._zone).date()

    def begins(self, day: date) -> datetime:
        """Return the first instant of the local date *day*."""
        return datetime.combine(day, time(), tzinfo=self._zone)

    def days_between(self, start: date, end: date) -> int:
        """Return the business days after *start* up to *end*; less than nought backwards."""
        if end < start:
            return -self.days_between(end, start)
        return self._covering(start, end).days_between(start, end)

    def day_after(self, day: date, count: int) -> date:
        """Return the business day *count* after *day*; none after it is *day* itself."""
        if count == 0:
            return day
        openings = self._covering(day, day)
        while (found := openings.day_following(day, count)) is None:
            openings = self._later()
        return found

    def day_from(self, day: date, count: int) -> date:
        """Return the business day *count* after the first one not before *day*."""
        openings = self._covering(day, day)
        while (found := openings.day_from(day, count)) is None:
            openings = self._later()
        return found

    def day_upto(self, day: date, count: int) -> date:
        """Return the business day *count* before the last one not after *day*."""
        openings = self._covering(day, day)
        while (found := openings.day_upto(day, count)) is None:
            openings = self._earlier()
        return found

    def closing(self, day: date) -> datetime:
        """Return when *day* closes; its end, where it is no business day."""
        closes = self._covering(day, day).closing(day)
        return self.begins(day + timedelta(days=1)) if closes is None else from_micros(closes)

    def wall(self, day: date, minutes: int) -> datetime:
        """Return when the wall clock first reaches *minutes* after midnight of the local *day*."""
        return from_micros(first_showing(day, minutes, self._zone))

    def begun(self, end: datetime, duration: timedelta) -> datetime:
        """Return the latest instant from which *duration* of business time is left until *end*."""
        if duration <= timedelta():
            return end
        openings, amount = self._covering(end, end), duration // _MICROSECOND
        while (found := openings.when_left(openings.used(to_micros(end)) - amount)) is None:
            openings = self._earlier()
        return from_micros(found)

    def between(self, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the spans of opening that touch *begin* to *end*."""
        spans = self._covering(begin, end).between(to_micros(begin), to_micros(end))
        return [(from_micros(opens), from_micros(closes)) for opens, closes in spans]

    def is_open(self, at: datetime) -> bool:
        return self._covering(at, at).is_open(to_micros(at))

    def _covering(self, start: date, end: date) -> Openings:
        """Let the neighbouring years be in, for shifts over midnight and zones off UTC."""
        first, last = start.year - 1, end.year + 1
        built = self._built
        if built and built[0] <= first and last <= built[-1]:
            return self._openings
        return self._build(min([first, *built[:1]]), max([last, *built[-1:]]))

    def _later(self) -> Openings:
        return self._build(self._built[0], self._built[-1] + 1)

    def _earlier(self) -> Openings:
        return self._build(self._built[0] - 1, self._built[-1])

    def _build(self, first: int, last: int) -> Openings:
        if first < FIRST_YEAR or last > LAST_YEAR:
            limit = FIRST_YEAR if first < FIRST_YEAR else LAST_YEAR
            raise CalendarError(f"calendar {self.document.calendar} ends in {limit}")
        years = range(first, last + 1)
        for year in years:
            if year not in self._years:
                self._years[year] = self._year(year)
        openings = Openings(
            (span for year in years for span in self._years[year][0]),
            [day for year in years for day in self._years[year][1]],
        )
        self._openings, self._built = openings, years
        return openings

    def _year(self, year: int) -> tuple[list[tuple[int, int]], list[Day]]:
        public = self._public(year)
        spans: list[tuple[int, int]] = []
        days: list[Day] = []
        for ordinal in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            opened = [
                (first_showing(day, opens, self._zone), first_showing(day, closes, self._zone))
                for opens, closes in self._shifts(day, public)
            ]
            opened = [span for span in opened if span[0] < span[1]]
            if opened:
                spans += opened
                days.append(Day(day, max(closes for _, closes in opened)))
        return spans, days

    def _shifts(self, day: date, public: set[date]) -> list[Shift]:
        if day in self._half:
            return self._half[day]
        if day in self._closed or day in public:
            return []
        return self._week[day.weekday()]

    def _public(self, year: int) -> set[date]:
        asked = self.document.holidays
        if asked is None:
            return set()
        return set(holidays.country_holidays(asked.country, subdiv=asked.region, years=year))


def read_calendar(text: str | bytes) -> CalendarDocument:
    """Return the calendar of a YAML *text*; raise `DocumentError` naming what does not fit."""
    data, positions = read_yaml(text)
    document = convert(data, CalendarDocument, positions)
    for pointer, message in _faults(document):
        line, column = positions.get(pointer, (0, 0))
        raise DocumentError(message, line=line, column=column, pointer=pointer)
    return document


def _faults(document: CalendarDocument) -> list[tuple[str, str]]:
    return [
        *_head_faults(document),
        *_zone_faults(document),
        *_hour_faults(document),
        *_holiday_faults(document),
    ]


def _head_faults(document: CalendarDocument) -> list[tuple[str, str]]:
    faults = []
    if not _KEBAB.fullmatch(document.calendar):
        message = f"{document.calendar!r} is no kebab-case name such as uk-office"
        faults.append(("/calendar", message))
    if not _VERSION.fullmatch(document.version):
        faults.append(("/version", f"{document.version!r} is no version such as 1.0.0"))
    return faults


def _zone_faults(document: CalendarDocument) -> list[tuple[str, str]]:
    try:
        ZoneInfo(document.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [("/zone", f"{document.zone!r} is not an IANA time zone such as Europe/London")]
    return []


def _hour_faults(document: CalendarDocument) -> list[tuple[str, str]]:
    spans = [
        (f"/hours/{day}/{index}", text)
        for day in WEEKDAYS
        for index, text in enumerate(getattr(document.hours, day))
    ]
    if not spans:
        return [("/hours", "the calendar never opens; give at least one weekday its hours")]
    spans += [
        (f"/half_days/{row}/hours/{index}", text)
        for row, half in enumerate(document.half_days)
        for index, text in enumerate(half.hours)
    ]
    faults = []
    for pointer, text in spans:
        try:
            read_shift(text)
        except ShiftError as error:
            faults.append((pointer, str(error)))
    return faults


def _regions(country: str) -> Collection[str] | None:
    """Return the regions of a country that `holidays` knows; of all countries it alone is read."""
    if country not in EntityLoader.get_country_codes(include_aliases=True):
        return None
    return frozenset(getattr(holidays, country).subdivisions)


def _holiday_faults(document: CalendarDocument) -> list[tuple[str, str]]:
    faults = []
    closed = {closure.date for closure in document.closures}
    for row, half in enumerate(document.half_days):
        if half.date in closed:
            faults.append((f"/half_days/{row}/date", f"{half.date} is a closure as well; keep one"))
    if document.holidays is not None:
        asked = document.holidays
        regions = _regions(asked.country)
        if regions is None:
            faults.append(
                ("/holidays/country", f"no public holidays are known for {asked.country!r}")
            )
        elif asked.region is not None and asked.region not in regions:
            faults.append(
                (
                    "/holidays/region",
                    f"{asked.region!r} is no region of {asked.country} with holidays",
                )
            )
    return faults
