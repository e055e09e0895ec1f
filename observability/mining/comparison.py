"""
Two groups of cases side by side: what differs in how long they take, and where.

The mean duration of a case is the sum, over all ways, of what the way takes in a case; so the
difference of two means is told way by way, and nothing is left over.
"""

from collections.abc import Mapping

import msgspec

from observability.mining.picture import Activity, Picture, Way

ENOUGH = 30


class WayDifference(msgspec.Struct, frozen=True, kw_only=True):
    """
    `share` is the passages a case of either group, `median_seconds` what one takes;
    `adds_seconds` is what the way adds to the mean duration of the right group's cases.
    """

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    left_share: float
    right_share: float
    left_median_seconds: float | None
    right_median_seconds: float | None
    adds_seconds: float


class ActivityDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The share of cases that have the activity, and that have it more than once."""

    activity: str
    left_share: float
    right_share: float
    left_reworked: float
    right_reworked: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """
    `adds_seconds` is the right group's mean duration less the left's, None where one is empty;
    `enough` is whether both have enough cases for the difference to mean something.
    Ways are those first that change the duration most.
    """

    left: Picture
    right: Picture
    enough: bool
    adds_seconds: float | None
    ways: tuple[WayDifference, ...]
    activities: tuple[ActivityDifference, ...]


def compare(left: Picture, right: Picture) -> Comparison:
    """Return how *right* differs from *left*."""
    adds = None
    if left.duration and right.duration:
        adds = right.duration.mean_seconds - left.duration.mean_seconds
    return Comparison(
        left=left,
        right=right,
        enough=min(left.cases, right.cases) >= ENOUGH,
        adds_seconds=adds,
        ways=_ways(left, right),
        activities=_activities(left, right),
    )


def _ways(left: Picture, right: Picture) -> tuple[WayDifference, ...]:
    one, other = _by_ends(left), _by_ends(right)
    found = [_way(ends, one.get(ends), left, other.get(ends), right) for ends in {*one, *other}]
    return tuple(sorted(found, key=lambda one: (-abs(one.adds_seconds), one.source, one.target)))


def _way(
    ends: tuple[str, str], one: Way | None, left: Picture, other: Way | None, right: Picture
) -> WayDifference:
    return WayDifference(
        source=ends[0],
        target=ends[1],
        left_share=_a_case(one.took.count if one else 0, left),
        right_share=_a_case(other.took.count if other else 0, right),
        left_median_seconds=one.took.median_seconds if one else None,
        right_median_seconds=other.took.median_seconds if other else None,
        adds_seconds=_a_case(other.took.total_seconds if other else 0, right)
        - _a_case(one.took.total_seconds if one else 0, left),
    )


def _activities(left: Picture, right: Picture) -> tuple[ActivityDifference, ...]:
    one = {each.activity: each for each in left.activities}
    other = {each.activity: each for each in right.activities}
    found = [
        ActivityDifference(
            activity=name,
            left_share=_a_case(_cases(one, name), left),
            right_share=_a_case(_cases(other, name), right),
            left_reworked=_a_case(_reworked(one, name), left),
            right_reworked=_a_case(_reworked(other, name), right),
        )
        for name in {*one, *other}
    ]
    return tuple(
        sorted(found, key=lambda each: (-abs(each.right_share - each.left_share), each.activity))
    )


def _cases(known: Mapping[str, Activity], name: str) -> int:
    return known[name].cases if name in known else 0


def _reworked(known: Mapping[str, Activity], name: str) -> int:
    return known[name].reworked if name in known else 0


def _by_ends(group: Picture) -> dict[tuple[str, str], Way]:
    return {(one.source, one.target): one for one in group.ways}


def _a_case(count: float, group: Picture) -> float:
    return count / group.cases if group.cases else 0.0
