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
