"""
What one case adds to a figure.

A case's contributions are exact; a rollup keeps the day of their instant and the bucket of
their duration. Buckets are fixed, sixteen to each doubling of milliseconds: a duration is
told from one to within a sixteenth. A measure may keep four of them as one by day, and tells
a duration to within a quarter then.
"""

from typing import NamedTuple

from rules.money import Money

DAY_MICROS = 86_400_000_000
EVER = -1
"""The day of a figure of all time."""
COARSE = 4
UNTOLD = 0
"""The bucket of a contribution without a duration."""
_MILLI = 1_000
_BITS = 4
_PARTS = 1 << _BITS


class Contribution(NamedTuple):
    """
    `of` says of what: a stage, an edge, an objective and a state. `n` counts, `quantity` is a
    whole number that is summed. `at` (microseconds) is the instant whose day it belongs to,
    `value` (microseconds) a duration.
    """

    of: tuple[str, ...] = ()
    n: int = 1
    quantity: int = 0
    at: int | None = None
    value: int | None = None
    amount: Money | None = None


Kept = dict[str, list[Contribution]]
"""What a case contributes, by the name of the measure."""


def bucket(value: int | None) -> int:
    """Return the bucket of a duration in microseconds; `UNTOLD` for None."""
    if value is None:
        return UNTOLD
    millis = max(value, 0) // _MILLI
    if millis < _PARTS:
        return millis + 1
    doublings = millis.bit_length() - _BITS - 1
    return (doublings << _BITS) + (millis >> doublings) + 1


def coarse(place: int) -> int:
    """Return the first of the `COARSE` buckets of which *place* is one."""
    return place - (place - 1) % COARSE if place else UNTOLD


def bounds(place: int) -> tuple[int, int]:
    """Return the durations (microseconds) between which those of bucket *place* lie."""
    doublings, part = divmod(place - 1, _PARTS)
    if doublings:
        part += _PARTS
        doublings -= 1
    return (part << doublings) * _MILLI, ((part + 1) << doublings) * _MILLI
