"""Sums that run on from day to day, so that every window is told without adding up again."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from rules.money import add, subtract

_NOTHING = Decimal()


class Running(NamedTuple):
    """`upto` is, at each of `days`, all that came on it and before."""

    days: list[int]
    upto: Sequence[Decimal]

    def within(self, first: int | None, last: int) -> Decimal:
        """Return what came from the day *first* (None: ever) to the day *last*."""
        begin = 0 if first is None else bisect_left(self.days, first)
        end = bisect_right(self.days, last)
        if begin >= end:
            return _NOTHING
        return subtract(self.upto[end - 1], self.upto[begin - 1] if begin else _NOTHING)


NEVER = Running([], [])


def counted(told: Iterable[tuple[int, int]]) -> Running:
    """Return the running sums of whole numbers by their day."""
    by_day: dict[int, int] = defaultdict(int)
    for day, amount in told:
        by_day[day] += amount
    days = sorted(by_day)
    return Running(days, [Decimal(one) for one in accumulate(by_day[day] for day in days)])


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
