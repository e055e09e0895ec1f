"""
Whether forecasts came true: of those said 70%, about 70% are to break.

Each forecast is made from what was known then, and held against what became of the clock. The
Brier score is the mean square of what was said less what came (0 or 1); the base rate says of
every clock the share that had broken so far. Both are sums, so what was said on each day is
summed once.
"""

from collections.abc import Iterable

import msgspec

BINS = 10


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """
    A forecast, the base rate known then, and what came. `day` is that on which it was said,
    `due_day` that on which the clock was due, both in days since the epoch.
    """

    chance: float
    base: float
    broke: bool
    day: int = 0
    due_day: int = 0

    @property
    def bin(self) -> int:
        return min(int(self.chance * BINS), BINS - 1)


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """
    The forecasts of one day in one bin, of clocks that were due on one day: how many, the sum of
    what they said, of the squares of what they and the base rate said less what came, and how
    many broke.
    """

    day: int
    due_day: int
    bin: int
    forecasts: int
    said: float
    square: float
    base_square: float
    broke: int


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Forecasts from `low` on, below `high`: how many, what they said on average, what broke."""

    low: float
    high: float
    forecasts: int
    said: float
    broke: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """`error` is the mean distance of what was said from what broke, each bin by its size."""

    forecasts: int
    brier: float
    base_brier: float
    error: float
    bins: tuple[Bin, ...]

    @property
    def skill(self) -> float:
        """The share of the base rate's Brier score that the forecasts save."""
        return 1 - self.brier / self.base_brier if self.base_brier else 0.0


def tallied(said: Iterable[Said]) -> list[Tally]:
    """Return the sums of *said*, by day, day due and bin."""
    found: dict[tuple[int, int, int], list[Said]] = {}
    for one in said:
        found.setdefault((one.day, one.due_day, one.bin), []).append(one)
    return [
        Tally(
            day=day,
            due_day=due_day,
            bin=place,
            forecasts=len(those),
            said=sum(one.chance for one in those),
            square=sum((one.chance - one.broke) ** 2 for one in those),
            base_square=sum((one.base - one.broke) ** 2 for one in those),
            broke=sum(one.broke for one in those),
        )
        for (day, due_day, place), those in sorted(found.items())
    ]


def calibration(tallies: Iterable[Tally]) -> Calibration:
    """Return how what was said came true; of nothing, all figures are nought."""
    known = list(tallies)
    forecasts = sum(one.forecasts for one in known)
    count = forecasts or 1
    bins = tuple(_bins(known))
    return Calibration(
        forecasts=forecasts,
        brier=sum(one.square for one in known) / count,
        base_brier=sum(one.base_square for one in known) / count,
        error=sum(one.forecasts * abs(one.said - one.broke) for one in bins) / count,
        bins=bins,
    )


def _bins(tallies: Iterable[Tally]) -> list[Bin]:
    found: dict[int, list[Tally]] = {}
    for one in tallies:
        found.setdefault(one.bin, []).append(one)
    return [_bin(place, those) for place, those in sorted(found.items())]


def _bin(place: int, those: Iterable[Tally]) -> Bin:
    counted = [(one.forecasts, one.said, one.broke) for one in those]
    forecasts, said, broke = (sum(column) for column in zip(*counted, strict=True))
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        forecasts=int(forecasts),
        said=said / forecasts,
        broke=broke / forecasts,
    )
