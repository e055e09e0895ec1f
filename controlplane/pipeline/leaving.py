"""Who still sends events of a version that was said to end."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from controlplane.pipeline.arrival import Arrival


def used(
    arrivals: Iterable[Arrival], leaving: Collection[str]
) -> Mapping[tuple[str, str, str], int]:
    """Return how often each source sent events of the versions *leaving* (`subject@version`)."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for one in arrivals:
        if one.event.contract in leaving:
            subject, _, version = one.event.contract.rpartition("@")
            seen[subject, version, one.event.source] += 1
    return seen
