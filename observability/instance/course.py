"""
When each activity of a case first and last came, in the case and in each of its objects.

A step at the same instant as another counts as before it and after it: clocks of two systems
cannot tell.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from observability.instance.expectation import Clause


class Occurrence(Protocol):
    """An activity of the case at its time, and the objects that it was about."""

    @property
    def activity(self) -> str: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def objects(self) -> tuple[tuple[str, str], ...]: ...


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """`times` has, by activity, when it came, in order."""

    times: dict[str, list[datetime]] = {}

    def __contains__(self, activity: object) -> bool:
        return activity in self.times

    def first(self, activity: str) -> datetime | None:
        those = self.times.get(activity)
        return those[0] if those else None

    def last(self, activity: str) -> datetime | None:
        those = self.times.get(activity)
        return those[-1] if those else None

    def came_by(self, activity: str, at: datetime) -> bool:
        first = self.first(activity)
        return first is not None and first <= at

    def holds(self, clause: Clause, at: datetime | None = None) -> bool:
        """Whether an activity of *clause* has come, by *at* when it is given."""
        if at is None:
            return not clause.isdisjoint(self.times)
        return any(self.came_by(one, at) for one in clause)

    def met_at(self, clauses: Iterable[Clause]) -> datetime | None:
        """Return when the last of *clauses* came to hold; None while one does not."""
        met: list[datetime] = []
        for clause in clauses:
            firsts = [self.times[one][0] for one in clause if one in self.times]
            if not firsts:
                return None
            met.append(min(firsts))
        return max(met, default=None)


def course(events: Iterable[Occurrence]) -> Course:
    """Return the course of *events*, which stand in order."""
    times: dict[str, list[datetime]] = {}
    for event in events:
        times.setdefault(event.activity, []).append(event.occurred_at)
    return Course(times=times)


def courses(
    events: Iterable[Occurrence], types: Iterable[str]
) -> Mapping[str, Mapping[str, Course]]:
    """Return the course of every object of *types*, by type and key."""
    found: dict[str, dict[str, Course]] = {type_: {} for type_ in types}
    for event in events:
        for type_, key in event.objects:
            if type_ in found:
                one = found[type_].setdefault(key, Course(times={}))
                one.times.setdefault(event.activity, []).append(event.occurred_at)
    return found
