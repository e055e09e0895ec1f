"""
How cases flow: which activity follows which, in which variants, and where cases depart.

An edge is one activity directly after another in the order of a case's events.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

import msgspec

from observability.instance.course import Occurrence

SAMPLE = 5


class Node(msgspec.Struct, frozen=True, kw_only=True):
    activity: str
    events: int


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """`median_seconds` by linear interpolation."""

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    count: int
    median_seconds: float


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes and edges, the most frequent first."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    variant: str
    activities: tuple[str, ...]
    cases: int


class Rework(msgspec.Struct, frozen=True, kw_only=True):
    cases: int
    repeated_events: int


class DepartureCount(msgspec.Struct, frozen=True, kw_only=True):
    """`instances` are a few of the cases that depart so, by their opaque ids."""

    kind: str
    activity: str
    cases: int
    occurrences: int
    instances: tuple[str, ...]


class Conformance(msgspec.Struct, frozen=True, kw_only=True):
    """`conforming` counts the cases without any departure."""

    cases: int
    conforming: int
    rework: Rework
    departures: tuple[DepartureCount, ...]


def flow(cases: Iterable[Sequence[Occurrence]]) -> Flow:
    """Return the flow of *cases*, each its events in order."""
    events: Counter[str] = Counter()
    gaps: dict[tuple[str, str], list[float]] = defaultdict(list)
    for case in cases:
        events.update(event.activity for event in case)
        for one, following in pairwise(case):
            gap = following.occurred_at - one.occurred_at
            gaps[one.activity, following.activity].append(gap.total_seconds())
    return in_rank(
        (Node(activity=name, events=count) for name, count in events.items()),
        (
            Edge(source=source, target=target, count=len(those), median_seconds=median(those))
            for (source, target), those in gaps.items()
        ),
    )


def in_rank(nodes: Iterable[Node], edges: Iterable[Edge]) -> Flow:
    return Flow(
        nodes=tuple(sorted(nodes, key=lambda one: (-one.events, one.activity))),
        edges=tuple(sorted(edges, key=lambda one: (-one.count, one.source, one.target))),
    )
