"""
An objective is the measurable part of a promise: from, to, by when, on which calendar.

It is a governed document; a clock is one objective running on one case or one object.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import msgspec

from observability.objective.condition import Condition, condition_of
from rules.money import Money, read_money

PER_CASE = "case"
Scalar = str | int | bool
Where = dict[str, Scalar | tuple[Scalar, ...]]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


class Cutoff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A deadline that comes round: a weekday, a day of the month, or a business day of the month.

    A `business_day` below nought counts from the month's end: -1 is its last. `at` is local time
    of the calendar; without it the day's closing. On a day that is closed it moves to the next
    business day.
    """

    weekday: Weekday | None = None
    month_day: int | None = None
    business_day: int | None = None
    at: str | None = None

    @property
    def label(self) -> str:
        if self.weekday is not None:
            day = _WEEKDAYS[self.weekday]
        elif self.month_day is not None:
            day = f"day {self.month_day} of the month"
        elif self.business_day is not None and self.business_day > 0:
            day = f"business day {self.business_day} of the month"
        else:
            day = f"{_ordinal(-(self.business_day or -1))} business day of the month"
        return f"{day} {self.at}" if self.at else f"close of {day}"


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Exactly one of the first four: business time on the objective's calendar, or plain time.

    `before` or `after` name a date of the object or the case from which the deadline is counted;
    `by` is a cut-off instead: the first at or after the start.
    """

    business_hours: Decimal | None = None
    business_days: int | None = None
    hours: Decimal | None = None
    minutes: Decimal | None = None
    before: str | None = None
    after: str | None = None
    by: Cutoff | None = None

    @property
    def duration(self) -> timedelta:
        """The allowed time in hours or minutes; none for days, whose length the start decides."""
        if self.minutes is not None:
            return _duration(self.minutes, 60)
        return _duration(self.business_hours or self.hours or Decimal(), 3600)

    @property
    def on_calendar(self) -> bool:
        return any(one is not None for one in (self.business_hours, self.business_days, self.by))

    @property
    def fixed(self) -> bool:
        """Whether a date sets the deadline: no pause moves it."""
        return bool(self.before or self.after or self.by)

    @property
    def anchor(self) -> str | None:
        """The field from which the deadline is counted."""
        return self.before or self.after

    @property
    def units(self) -> dict[str, Decimal]:
        """What is given of the first four."""
        named = ("business_hours", "business_days", "hours", "minutes")
        given = ((name, getattr(self, name)) for name in named)
        return {name: Decimal(value) for name, value in given if value is not None}

    @property
    def label(self) -> str:
        """As a person says it: `5 business days`, `1 business day before start on`."""
        if self.by is not None:
            return f"by {self.by.label}"
        name, value = next(iter(self.units.items()))
        words = name.replace("_", " ")
        amount = f"{value} {words[:-1] if value == 1 else words}"
        field = (self.anchor or "").rpartition(".")[2].replace("_", " ")
        if not field:
            return amount
        if not value:
            return f"by the close of {field}"
        return f"{amount} {'before' if self.before else 'after'} {field}"


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Amounts of one currency, from `at_least` up to and without `below`."""

    currency: str
    at_least: Decimal | None = None
    below: Decimal | None = None

    def holds(self, amount: Money | None) -> bool:
        if amount is None or amount.currency != self.currency:
            return False
        low = self.at_least is None or amount.amount >= self.at_least
        return low and (self.below is None or amount.amount < self.below)


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another target for clocks that `where` and `amount` describe."""

    target: Target
    where: Where = {}
    amount: Band | None = None


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another calendar for clocks that `where` describes."""

    calendar: str
    where: Where


class Rejection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What sends the work back. `restart`: the next start begins the promise anew; `pause`: no time
    is used until the next start.
    """

    by: tuple[str, ...]
    then: Literal["restart", "pause"]


class Expectation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An `entity` that is expected for each period that a cut-off closes.

    It is one whose field `by` says the same as the object's, and whose date `period` lies in the
    period. `since` and `until` are dates of the object; without `since` it stands from the start.
    """

    entity: str
    by: str
    period: str
    since: str | None = None
    until: str | None = None


class Objective(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    dict=True,
):
    """
    One promise about a process.

    What moves a clock is the name of an activity, or a state such as `object.status is posted`.
    `per` is `case` or an entity type; `applies` narrows it by what is seen of the case; `targets`
    and `calendars` differ by segment, the first that fits counts; `expects` lets it run anew for
    each period of a cut-off; `needs: all` is met when each
    of `to` has come; `warn` are percent of the allowed time; `attainment` is the share of clocks
    that are to be met, on which the budget burn rests where `minimum_volume` fell due.
    """

    sla: str
    version: str
    process: str
    owner: str
    start: tuple[str, ...] = msgspec.field(name="from")
    to: tuple[str, ...]
    target: Target
    title: str = ""
    severity: Literal["critical", "high", "medium", "low"] = "medium"
    per: str = PER_CASE
    needs: Literal["any", "all"] = "any"
    cancel: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    rejection: Rejection | None = None
    expects: Expectation | None = None
    applies: Where = {}
    targets: tuple[Segment, ...] = ()
    calendar: str | None = None
    calendars: tuple[Region, ...] = ()
    warn: tuple[int, ...] = ()
    money: str = "case.amount"
    attainment: Decimal = Decimal("0.95")
    minimum_volume: int = 20

    @cached_property
    def movers(self) -> frozenset[str]:
        """Everything that moves a clock of this objective, in its own words."""
        back = self.rejection.by if self.rejection else ()
        return frozenset((*self.start, *self.to, *self.cancel, *self.pause, *self.resume, *back))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The states among the movers."""
        found = (condition_of(one) for one in sorted(self.movers))
        return tuple(one for one in found if one is not None)

    @cached_property
    def activities(self) -> frozenset[str]:
        """The activities among the movers."""
        return self.movers - {one.text for one in self.conditions}

    @cached_property
    def every_target(self) -> tuple[Target, ...]:
        return (self.target, *(one.target for one in self.targets))

    @cached_property
    def every_calendar(self) -> tuple[str, ...]:
        """The names of all calendars on which its clocks may run, each once."""
        named = [self.calendar, *(one.calendar for one in self.calendars)]
        return tuple(dict.fromkeys(one for one in named if one is not None))

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path that segments, calendars and `applies` look at."""
        return frozenset(self._paths())

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of entities that `paths` look at, `object` and `case` among them."""
        return frozenset(path.rpartition(".")[0] for path in self.paths)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Every path on whose value its clocks depend."""
        anchors = (one.anchor for one in self.every_target if one.anchor)
        states = (f"{one.subject}.{one.field}" for one in self.conditions)
        return frozenset((*self.paths, *anchors, *states))

    def _paths(self) -> Iterator[str]:
        yield from self.applies
        for segment in self.targets:
            yield from segment.where
        for region in self.calendars:
            yield from region.where


def clock_money(
    objective: Objective, case_amount: Money | None, item: Mapping[str, Any]
) -> Money | None:
    """Return what waits on a clock: the case's amount, or the named field of the object *item*."""
    if objective.money == "case.amount":
        return case_amount
    return read_money(item.get(objective.money.removeprefix("object.")))


def _duration(value: Decimal, seconds: int) -> timedelta:
    return timedelta(microseconds=int(value * seconds * 1_000_000))


def _ordinal(count: int) -> str:
    return "last" if count == 1 else f"{count}. last"
