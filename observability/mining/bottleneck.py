"""
A bottleneck is where the cases of a group wait longest, all of them together.

Time between two steps is waiting unless the later step said how long it took.
"""

import msgspec

from observability.mining.picture import Picture, Way


class Bottleneck(msgspec.Struct, frozen=True, kw_only=True):
    """
    `share` is what these passages take of all passages' time; `waiting_seconds` is that time
    less the working that was reported, by `timed` of `passages`.
    """

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    passages: int
    share: float
    waiting_seconds: float
    working_seconds: float
    timed: int
    median_seconds: float
    p95_seconds: float


def bottlenecks(group: Picture) -> tuple[Bottleneck, ...]:
    """Return every way of *group*, that of the most waiting first."""
    total = sum(way.took.total_seconds for way in group.ways)
    found = [_bottleneck(way, total) for way in group.ways]
    return tuple(sorted(found, key=lambda one: (-one.waiting_seconds, one.source, one.target)))


def _bottleneck(way: Way, total: float) -> Bottleneck:
    took = way.took
    return Bottleneck(
        source=way.source,
        target=way.target,
        passages=took.count,
        share=took.total_seconds / total if total else 0.0,
        waiting_seconds=took.total_seconds - way.working_seconds,
        working_seconds=way.working_seconds,
        timed=way.timed,
        median_seconds=took.median_seconds,
        p95_seconds=took.p95_seconds,
    )
