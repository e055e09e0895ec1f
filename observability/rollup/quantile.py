"""
A quantile of durations of which only the buckets are kept.

Within its bucket the values are taken to lie evenly: the answer is wrong by at most the width
of a bucket, a sixteenth of the duration.
"""

from collections.abc import Mapping

from observability.rollup.contribution import bounds


def quantile_of(counts: Mapping[int, int], share: float, *, width: int = 1) -> float | None:
    """
    Return the value (microseconds) at *share* of the durations counted by bucket, or by the first
    of *width* buckets.
    """
    whole = sum(counts.values())
    if not whole:
        return None
    place, before = share * (whole - 1), 0
    for one in sorted(counts):
        if place < before + counts[one]:
            low, high = bounds(one)[0], bounds(one + width - 1)[1]
            return low + (high - low) * (place - before + 0.5) / counts[one]
        before += counts[one]
    return float(bounds(max(counts) + width - 1)[1])
