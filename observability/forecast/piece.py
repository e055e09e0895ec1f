"""
Forecasts are told from pieces that are made beforehand, and made anew when they are no longer true.

One piece of each objective is the history that running clocks are likened to; each other one
holds what was said in a week against what came. None is made anew so often that it takes more
than a thousandth of the time, unless so much was told since that it says little.
"""

from datetime import datetime

import msgspec

from observability.forecast.calibration import Tally
from rules.instant import to_micros

RUNNING = -1
"""The piece of running clocks, which is about no week."""
DAYS = 7
WEEKS = 26
"""So many weeks back is held against what came."""
_SELDOM = 1_000
_GROWN = 1.25


class Name(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """`week` is seven days, counted from the epoch, or `RUNNING`."""

    process: str
    sla: str
    week: int


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a piece was made from: what was known at `known_at` (microseconds), with the documents
    of digest `basis`, and so many clocks that were met, late and cancelled. Nothing of a piece
    that is `settled` is left to be decided.
    """

    known_at: int
    settled: bool
    basis: str
    heard: tuple[int, ...]
    made_at: int
    took_us: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A piece with its content: the `history` as it is written, or the `tallies` of its week."""

    name: Name
    kept: Kept
    history: bytes | None = None
    tallies: tuple[Tally, ...] = ()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A piece as it would be made now."""

    name: Name
    known_at: int
    basis: str
    heard: tuple[int, ...]


def is_due(wanted: Wanted, kept: Kept | None, *, at: datetime) -> bool:
    """Tell whether a piece is to be made (anew)."""
    if kept is None or kept.basis != wanted.basis:
        return True
    if kept.known_at < wanted.known_at and not kept.settled:
        return True
    if kept.heard == wanted.heard:
        return False
    grown = sum(wanted.heard) > _GROWN * sum(kept.heard)
    return grown or to_micros(at) - kept.made_at > _SELDOM * kept.took_us


def days_of(week: int) -> range:
    return range(week * DAYS, (week + 1) * DAYS)
