"""
The terms of one clock: which target and which calendar, by what is seen of the case.

The case is seen as its events have left it, so that what comes late changes them as if it had
come in time.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from observability.objective.document import Objective, Scalar, Target, Where
from observability.system.hearing import Hearing
from rules.calendar import BusinessCalendar
from rules.money import Money


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the case, of the clock's object, and of the entities that it sees."""

    case: Mapping[str, Any] = {}
    item: Mapping[str, Any] = {}
    entities: Mapping[str, list[Mapping[str, Any]]] = {}
    amount: Money | None = None

    def values(self, path: str) -> list[Any]:
        """Return what stands under *path*: a field of the case, or `type.field`."""
        subject, _, field = path.rpartition(".")
        match subject:
            case "" | "case":
                return [self.case.get(field)]
            case "object":
                return [self.item.get(field)]
            case _:
                return [one.get(field) for one in self.entities.get(subject, ())]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """
    `anchor` is the date or instant, as it was sent, from which the deadline is counted; `hearing`
    what is known of the systems that would tell of the target.
    """

    target: Target
    calendar: BusinessCalendar | None = None
    anchor: str | None = None
    hearing: Hearing | None = None

    @property
    def calendar_name(self) -> str:
        """The calendar on which time is counted; none where every minute counts."""
        if self.calendar is None or not self.target.on_calendar:
            return ""
        return self.calendar.document.calendar


def applies_to(objective: Objective, seen: Seen) -> bool:
    """Whether what is *seen* has one of the listed values under every listed path."""
    return fits(objective.applies, seen)


def fits(where: Where, seen: Seen) -> bool:
    return all(
        _among(seen.values(path), wanted if isinstance(wanted, tuple) else (wanted,))
        for path, wanted in where.items()
    )


def terms_of(
    objective: Objective,
    seen: Seen,
    calendars: Mapping[str, BusinessCalendar],
    hearing: Hearing | None = None,
) -> Terms | None:
    """
    Return the terms of a clock; None while its calendar is not registered, or the date from
    which its deadline is counted is not known.
    """
    target = target_of(objective, seen)
    name = next(
        (one.calendar for one in objective.calendars if fits(one.where, seen)), objective.calendar
    )
    calendar = calendars.get(name) if name else None
    if name and calendar is None:
        return None
    if target.anchor is None:
        return Terms(target=target, calendar=calendar, hearing=hearing)
    [anchor] = seen.values(target.anchor)
    if not isinstance(anchor, str):
        return None
    return Terms(target=target, calendar=calendar, anchor=anchor, hearing=hearing)


def target_of(objective: Objective, seen: Seen) -> Target:
    """Return the target of the first segment that fits, or the objective's own."""
    for one in objective.targets:
        banded = one.amount is None or one.amount.holds(seen.amount)
        if banded and fits(one.where, seen):
            return one.target
    return objective.target


def _among(values: Iterable[Any], wanted: Iterable[Scalar]) -> bool:
    listed = list(wanted)
    return any(value in listed for value in values if not isinstance(value, list | dict))
