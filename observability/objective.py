"""
An objective is the measurable part of a promise: from, to, by when, on which calendar.

It is a governed document; a clock is one objective running on one case or one object.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import msgspec

from rules.document import DocumentError, convert, read_yaml
from rules.money import Money, read_money

PER_CASE = "case"
MAX_HOURS = 24 * 366 * 5
MAX_DAYS = 366 * 5
_FULL = 100
_MONEY = re.compile(r"case\.amount|object\.[a-z][a-z0-9_]*")

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")

Scalar = str | int | bool


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly one is given: business time on the objective's calendar, or plain elapsed time."""

    business_hours: Decimal | None = None
    business_days: int | None = None
    hours: Decimal | None = None
    minutes: Decimal | None = None

    @property
    def duration(self) -> timedelta:
        """The allowed time in hours or minutes; none for days, whose length the start decides."""
        if self.minutes is not None:
            return _duration(self.minutes, 60)
        return _duration(self.business_hours or self.hours or Decimal(), 3600)

    @property
    def on_calendar(self) -> bool:
        return self.business_hours is not None or self.business_days is not None

    @property
    def label(self) -> str:
        """As a person says it: `5 business days`."""
        name, value = next((n, v) for n, v in msgspec.structs.asdict(self).items() if v is not None)
        words = name.replace("_", " ")
        return f"{value} {words[:-1] if value == 1 else words}"


class Objective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """
    One promise about a process.

    `per` is `case` or an entity type; `applies` narrows it by the case's attributes (any of
    the listed values); `warn` are percent of the allowed time; `attainment` is the share of
    clocks that are to be met, on which the budget burn rests.
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
    cancel: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    applies: dict[str, Scalar | tuple[Scalar, ...]] = {}
    calendar: str | None = None
    warn: tuple[int, ...] = ()
    money: str = "case.amount"
    attainment: Decimal = Decimal("0.95")

    @cached_property
    def activities(self) -> frozenset[str]:
        """Every activity that moves a clock of this objective."""
        return frozenset((*self.start, *self.to, *self.cancel, *self.pause, *self.resume))


def read_objective(text: str | bytes) -> Objective:
    """Return the objective of a YAML *text*; raise `DocumentError` naming what does not fit."""
    data, positions = read_yaml(text)
    objective = convert(data, Objective, positions)
    for pointer, message in _faults(objective):
        line, column = positions.get(pointer, (0, 0))
        raise DocumentError(message, line=line, column=column, pointer=pointer)
    return objective


def applies_to(objective: Objective, attributes: Mapping[str, Any]) -> bool:
    """Whether the case's *attributes* carry one of the listed values under every listed name."""
    return all(
        attributes.get(name) in (wanted if isinstance(wanted, tuple) else (wanted,))
        for name, wanted in objective.applies.items()
    )


def clock_money(
    objective: Objective, case_amount: Money | None, item: Mapping[str, Any]
) -> Money | None:
    """Return what waits on a clock: the case's amount, or the named field of the object *item*."""
    if objective.money == "case.amount":
        return case_amount
    return read_money(item.get(objective.money.removeprefix("object.")))


def _duration(value: Decimal, seconds: int) -> timedelta:
    return timedelta(microseconds=int(value * seconds * 1_000_000))


def _faults(objective: Objective) -> list[tuple[str, str]]:
    return [
        *_head_faults(objective),
        *_target_faults(objective),
        *_activity_faults(objective),
        *_warning_faults(objective),
        *_money_faults(objective),
    ]


def _head_faults(objective: Objective) -> list[tuple[str, str]]:
    faults = [
        (f"/{field}", f"{name!r} is no kebab-case name such as time-to-invoice")
        for field, name in (("sla", objective.sla), ("owner", objective.owner))
        if not _KEBAB.fullmatch(name)
    ]
    if not _VERSION.fullmatch(objective.version):
        faults.append(("/version", f"{objective.version!r} is no version such as 1.0.0"))
    return faults


def _target_faults(objective: Objective) -> list[tuple[str, str]]:
    target = objective.target
    given = {k: v for k, v in msgspec.structs.asdict(target).items() if v is not None}
    if len(given) != 1:
        return [("/target", "give exactly one of business_hours, business_days, hours, minutes")]
    (unit, value) = next(iter(given.items()))
    limit = {"business_days": MAX_DAYS, "minutes": MAX_HOURS * 60}.get(unit, MAX_HOURS)
    if not Decimal(value).is_finite() or not Decimal("0.01") <= value <= limit:
        return [(f"/target/{unit}", f"{unit} is to be at least 0.01 and at most {limit}")]
    if target.on_calendar and objective.calendar is None:
        return [("/target", f"{unit} is counted on a calendar; name one")]
    return []


def _activity_faults(objective: Objective) -> list[tuple[str, str]]:
    faults = [
        (f"/{name}", f"{name!r} names no activity")
        for name, listed in (("from", objective.start), ("to", objective.to))
        if not listed
    ]
    if bool(objective.pause) != bool(objective.resume):
        faults.append(("/pause", "pause and resume are given together or not at all"))
    roles = (objective.start, objective.to, objective.cancel, objective.pause, objective.resume)
    seen: set[str] = set()
    for role in roles:
        twice = seen.intersection(role)
        faults += [
            ("", f"activity {one!r} has two roles in the objective") for one in sorted(twice)
        ]
        seen.update(role)
    return faults


def _warning_faults(objective: Objective) -> list[tuple[str, str]]:
    ascending = sorted(set(objective.warn)) == list(objective.warn)
    if not ascending or any(not 0 < percent < _FULL for percent in objective.warn):
        return [("/warn", "warnings are percentages between 1 and 99, ascending")]
    if not objective.attainment.is_finite() or not 0 < objective.attainment < 1:
        return [("/attainment", "attainment is a share between 0 and 1, such as 0.95")]
    return []


def _money_faults(objective: Objective) -> list[tuple[str, str]]:
    if not _MONEY.fullmatch(objective.money):
        return [("/money", "money is case.amount, or object. and the name of a field")]
    if objective.per == PER_CASE and objective.money.startswith("object."):
        return [("/money", "a clock per case has no object; use case.amount")]
    return []
