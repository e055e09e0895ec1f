"""A quantile by linear interpolation between the two nearest of the sorted values."""

from collections.abc import Sequence


def quantile(ascending: Sequence[float], share: float) -> float | None:
    """Return the value at *share* (0 to 1) of *ascending*; None without values."""
    if not ascending:
        return None
    place = share * (len(ascending) - 1)
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (ascending[above] - ascending[below]) * (place - below)
