"""What a clock must know of the systems that would tell of its target."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from observability.system.document import System

Silence = tuple[datetime, datetime | None]
"""(since, until; None: it lasts)."""


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """The systems that tell of a target, and the silences of each."""

    systems: tuple[System, ...]
    silences: tuple[Silence, ...] = ()

    @property
    def grace(self) -> timedelta:
        return max((one.grace.duration for one in self.systems), default=timedelta())

    def believed_from(self, due_at: datetime) -> datetime | None:
        """
        Return from when on a target that was due *due_at* is missing; None while a system that
        would tell is silent. After a silence its grace begins anew.
        """
        at = due_at + self.grace
        for since, until in sorted(self.silences, key=lambda one: one[0]):
            if since <= at and until is None:
                return None
            if until is not None and since <= at < until:
                at = until + self.grace
        return at

    def resting(self, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return when one of the systems rests between *begin* and *end*, disjoint, in order."""
        found = [
            window
            for one in self.systems
            if one.maintenance is not None
            for window in one.maintenance.between(begin, end)
        ]
        return merged(found)


def merged(windows: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    whole: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(windows):
        if whole and begins <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], ends))
        else:
            whole.append((begins, ends))
    return whole


def without(
    begin: datetime, end: datetime, windows: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """Return what is left of *begin* to *end* outside the disjoint *windows*."""
    left = []
    for begins, ends in windows:
        if begin < begins:
            left.append((begin, min(begins, end)))
        begin = max(begin, ends)
    return [*left, (begin, end)] if begin < end else left
