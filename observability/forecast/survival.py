"""
How long promises like one take: the Kaplan-Meier estimate, from a point that was reached.

Time is counted in shares of the time that was allowed: 1 is the deadline. A promise that still
runs says only that it took longer than it has run, and counts until there.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from operator import neg

import msgspec


class Lasted(msgspec.Struct, frozen=True, kw_only=True):
    """
    `used` is the share of the allowed time; `kept` is False while nobody knows the end. `due`:
    all of the allowed time has passed, whatever became of the promise.
    """

    used: float
    kept: bool
    due: bool = True


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """
    `left` is the share of the `sample` promises that still run after each of `times`; the time
    of `due` of them has passed.
    """

    sample: int
    due: int
    times: tuple[float, ...]
    left: tuple[float, ...]

    def at(self, used: float) -> float:
        """Return the chance that a promise runs longer than *used*."""
        place = bisect_right(self.times, used)
        return self.left[place - 1] if place else 1.0

    def when(self, share: float) -> float | None:
        """Return when at most *share* still run; None when that was not seen."""
        place = bisect_left(self.left, -share, key=neg)
        return self.times[place] if place < len(self.times) else None


def survival(past: Iterable[Lasted], *, since: float = 0.0) -> Curve:
    """Return how long those of *past* that had used *since* without an end went on."""
    running = [one for one in past if one.used > since]
    ends = Counter(one.used for one in running if one.kept)
    lost = Counter(one.used for one in running if not one.kept)
    at_risk, share = len(running), 1.0
    times: list[float] = []
    left: list[float] = []
    for at in sorted(ends.keys() | lost.keys()):
        if ends[at]:
            share *= 1 - ends[at] / at_risk
            times.append(at)
            left.append(share)
        at_risk -= ends[at] + lost[at]
    due = sum(one.due for one in running)
    return Curve(sample=len(running), due=due, times=tuple(times), left=tuple(left))
