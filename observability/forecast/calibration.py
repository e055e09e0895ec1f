"""
Whether forecasts came true: of those said 70%, about 70% are to break.

Each forecast is made from what was known then, and held against what became of the clock. The
Brier score is the mean square of what was said less what came (0 or 1); the base rate says of
every clock the share that had broken so far.
"""

from collections.abc import Sequence

import msgspec

BINS = 10


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast, the base rate known then, and what came."""

    chance: float
    base: float
    broke: bool


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


def calibration(said: Sequence[Said]) -> Calibration:
    """Return how *said* came true; of none, all figures are nought."""
    count = len(said) or 1
    bins = tuple(_bins(said))
    return Calibration(
        forecasts=len(said),
        brier=sum((one.chance - one.broke) ** 2 for one in said) / count,
        base_brier=sum((one.base - one.broke) ** 2 for one in said) / count,
        error=sum(one.forecasts * abs(one.said - one.broke) for one in bins) / count,
        bins=bins,
    )


def _bins(said: Sequence[Said]) -> list[Bin]:
    found: dict[int, list[Said]] = {}
    for one in said:
        found.setdefault(min(int(one.chance * BINS), BINS - 1), []).append(one)
    return [
        Bin(
            low=place / BINS,
            high=(place + 1) / BINS,
            forecasts=len(those),
            said=sum(one.chance for one in those) / len(those),
            broke=sum(one.broke for one in those) / len(those),
        )
        for place, those in sorted(found.items())
    ]
