"""Ranges of numbers: put together, and asked for one number."""

from bisect import bisect_right
from collections.abc import Iterable

from governance.contract.protobuf.syntax import Range


class Numbers:
    """All that lies in *ranges*."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._ranges = joined(ranges)
        self._firsts = [one.first for one in self._ranges]

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._ranges[at].last


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Return *ranges* in order, those that touch made one."""
    joined: list[Range] = []
    for one in sorted(ranges, key=lambda found: (found.first, found.last)):
        if joined and one.first <= joined[-1].last + 1:
            last = max(joined[-1].last, one.last)
            joined[-1] = Range(first=joined[-1].first, last=last, line=joined[-1].line)
        else:
            joined.append(one)
    return joined
