"""Sums that run on from day to day, so that every window is told without adding up again."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from rules.money import add, subtract

_NOTHING = Decimal()


class Running(NamedTuple):
    """`upto` is, at each of `days`, all that came on it and before."""

    days: list[int]
    upto: list[Decimal]

    def within(self, first: int | None, last: int) -> Decimal:
        """Return what came from the day *first* (None: ever) to the day *last*."""
        begin = 0 if first is None else bisect_left(self.days, first)
        end = bisect_right(self.days, last)
        if begin >= end:
            return _NOTHING
        return subtract(self.upto[end - 1], self.upto[begin - 1] if begin else _NOTHING)


NEVER = Running([], [])


def running(told: Iterable[tuple[int, Decimal]]) -> Running:
    """Return the running sums of amounts by their day."""
    by_day: dict[int, Decimal] = defaultdict(Decimal)
    for day, amount in told:
        by_day[day] = add(by_day[day], amount)
    days, upto, whole = sorted(by_day), [], _NOTHING
    for day in days:
        whole = add(whole, by_day[day])
        upto.append(whole)
    return Running(days, upto)
