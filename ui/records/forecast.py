"""What is likely of promises that run."""

from datetime import datetime

import msgspec

from ui.records.money import Money


class Foretold(msgspec.Struct, frozen=True, kw_only=True):
    """`chance` of breach, told from `sample` promises that were alike by `like`."""

    chance: float = 0.0
    sample: int = 0
    like: str = ""
    expected_at: datetime | None = None
    late_at: datetime | None = None


class RunningClock(msgspec.Struct, frozen=True, kw_only=True):
    """`forecast` is None where too few like it are known."""

    id: str = ""
    sla: str = ""
    instance: str = ""
    case: str = ""
    title: str = ""
    object: str | None = None
    owner: str | None = None
    due_at: datetime | None = None
    promised: str = ""
    used: float = 0.0
    amount: Money | None = None
    forecast: Foretold | None = None


class Forecasts(msgspec.Struct, frozen=True, kw_only=True):
    """
    Of `clocks` due by `until`, `told` have enough history, as it was known at `known_at`; that
    of the objectives `awaited` is still being made.
    """

    as_of: datetime | None = None
    known_at: datetime | None = None
    awaited: tuple[str, ...] = ()
    until: datetime | None = None
    clocks: int = 0
    told: int = 0
    expected_breaches: float = 0.0
    money: tuple[Money, ...] = ()
    items: tuple[RunningClock, ...] = ()


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """`forecasts` said `said` on average; the share `broke` of those promises broke."""

    forecasts: int = 0
    said: float = 0.0
    broke: float = 0.0


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """`brier` is the mean square of what was said less what came, `base_brier` the base rate's."""

    forecasts: int = 0
    brier: float = 0.0
    base_brier: float = 0.0
    bins: tuple[CalibrationBin, ...] = ()


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """How forecasts of the days from `since` to `until` came true, without those of `awaited`."""

    since: datetime | None = None
    until: datetime | None = None
    awaited: tuple[str, ...] = ()
    skill: float = 0.0
    calibration: Calibration = Calibration()
