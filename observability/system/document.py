"""
What is known of a system that tells events: by which sources, how late, when it rests.

It is a governed document. Clocks whose target it tells wait for its grace before they say
absent, stand still in its maintenance, and say nothing while it is silent.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import msgspec

from rules.calendar import BusinessCalendar, CalendarDocument, WeeklyHours
from rules.document import DocumentError, convert, read_yaml
from rules.opening import ShiftError, read_shift

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_MOST_HOURS = 24 * 90
_MICROSECOND = timedelta(microseconds=1)


class Lateness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours or minutes on the wall."""

    hours: Decimal = Decimal()
    minutes: Decimal = Decimal()

    @property
    def duration(self) -> timedelta:
        return int((self.hours * 60 + self.minutes) * 60_000_000) * _MICROSECOND


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One time at which the system rests."""

    begins: datetime = msgspec.field(name="from")
    ends: datetime = msgspec.field(name="until")
    title: str = ""


class Maintenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of each week in `zone`, and single windows."""

    zone: str = "UTC"
    weekly: WeeklyHours = WeeklyHours()
    windows: tuple[Window, ...] = ()

    def between(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the windows that touch *begin* to *end*, in no order; they may overlap."""
        yield from ((w.begins, w.ends) for w in self.windows if w.begins < end and begin < w.ends)
        if self.weekly != WeeklyHours():
            yield from _resting(self.zone, self.weekly).between(begin, end)


class System(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `sources` are those of its events, as they name themselves. `grace` is how late its events may
    come; after `silent_after` without any it is silent.
    """

    system: str
    version: str
    owner: str
    sources: tuple[str, ...]
    title: str = ""
    grace: Lateness = Lateness()
    silent_after: Lateness | None = None
    maintenance: Maintenance | None = None


def read_system(text: str | bytes) -> System:
    """Return the system of a YAML *text*; raise `DocumentError` naming what does not fit."""
    data, positions = read_yaml(text)
    system = convert(data, System, positions)
    for pointer, message in _faults(system):
        line, column = positions.get(pointer, (0, 0))
        raise DocumentError(message, line=line, column=column, pointer=pointer)
    return system


@lru_cache(maxsize=64)
def _resting(zone: str, weekly: WeeklyHours) -> BusinessCalendar:
    """The weekly maintenance as a calendar that is open while the system rests."""
    return BusinessCalendar(
        CalendarDocument(calendar="maintenance", version="1.0.0", zone=zone, hours=weekly)
    )


def _faults(system: System) -> Iterator[tuple[str, str]]:
    for field, name in (("system", system.system), ("owner", system.owner)):
        if not _KEBAB.fullmatch(name):
            yield f"/{field}", f"{name!r} is no kebab-case name such as erp"
    if not _VERSION.fullmatch(system.version):
        yield "/version", f"{system.version!r} is no version such as 1.0.0"
    if not all(system.sources) or not system.sources:
        yield "/sources", "name at least one source, as its events do"
    yield from _lateness("/grace", system.grace, least=0)
    if system.silent_after is not None:
        yield from _lateness("/silent_after", system.silent_after, least=1)
    if system.maintenance is not None:
        yield from _maintenance(system.maintenance)


def _lateness(at: str, given: Lateness, *, least: int) -> Iterator[tuple[str, str]]:
    values = (given.hours, given.minutes)
    fits = all(one.is_finite() and 0 <= one <= _MOST_HOURS * 60 for one in values)
    if not fits or not least * _MICROSECOND <= given.duration <= timedelta(hours=_MOST_HOURS):
        yield at, f"give hours or minutes, at most {_MOST_HOURS} hours"


def _maintenance(given: Maintenance) -> Iterator[tuple[str, str]]:
    for place, window in enumerate(given.windows):
        at = f"/maintenance/windows/{place}"
        if window.begins.tzinfo is None or window.ends.tzinfo is None:
            yield at, "a window names its zone: 2026-03-07T20:00:00Z"
        elif window.ends <= window.begins:
            yield at, "a window ends after it begins"
    try:
        for day in WeeklyHours.__struct_fields__:
            for text in getattr(given.weekly, day):
                read_shift(text)
        _resting(given.zone, WeeklyHours(mon=("00:00-24:00",)))
    except ShiftError as error:
        yield "/maintenance/weekly", str(error)
    except (ValueError, OSError, KeyError):
        yield "/maintenance/zone", f"{given.zone!r} is not an IANA time zone such as Europe/London"
