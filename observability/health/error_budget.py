"""
The error budget of one objective: of the promises that fell due lately, how many were broken.

Few promises a day make burn rates of hours mere noise, so the windows are 5 and 20 business days,
and nothing is said of the burn where fewer than the objective's `minimum_volume` fell due. Burn is
the share broken ÷ the share that may be; at 1 the budget is used up.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from observability.health.promise import displayed
from observability.objective import Objective
from rules.calendar import BusinessCalendar
from rules.money import Money

WINDOWS = (5, 20)
_WEEK = 7
_FAST = 2
_DIGITS = 6
BROKEN = ("late", "absent")

Verdict = Literal["too_few", "within", "burning", "exhausted"]


class BudgetWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Promises due since `since`; `allowed` of them may be broken; `burn` None: too few."""

    business_days: int
    since: datetime
    ended: int
    broken: int
    allowed: float
    burn: float | None
    money_broken: list[Money]


class ErrorBudget(msgspec.Struct, frozen=True, kw_only=True):
    """
    `burning`: the last 5 business days use it up at twice the pace, and 20 have left none;
    `exhausted`: 20 have left none; `too_few`: nothing can be said.
    """

    sla: str
    target: float
    minimum_volume: int
    verdict: Verdict
    windows: list[BudgetWindow]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Promises of one state that fell due, and what waited on each that names an amount."""

    state: str
    clocks: int
    amounts: tuple[Money, ...] = ()


def error_budget(
    objective: Objective, windows: Iterable[tuple[int, datetime, Sequence[Due]]]
) -> ErrorBudget:
    """Return the budget of *objective* over *windows* (business days, since, what fell due)."""
    read = [_window(objective, days, since, those) for days, since, those in windows]
    return ErrorBudget(
        sla=objective.sla,
        target=float(objective.attainment),
        minimum_volume=objective.minimum_volume,
        verdict=_verdict(read),
        windows=read,
    )


def begins(days: int, calendar: BusinessCalendar | None, at: datetime) -> datetime:
    """Return when the window of so many business *days* up to *at* begins; weeks without one."""
    if calendar is None:
        return at - timedelta(days=days * _WEEK // 5)
    return calendar.begins(calendar.day_upto(calendar.date_of(at), days - 1))


def _window(objective: Objective, days: int, since: datetime, those: Sequence[Due]) -> BudgetWindow:
    ended = sum(one.clocks for one in those)
    lost = [one for one in those if one.state in BROKEN]
    broken = sum(one.clocks for one in lost)
    allowed = ended * (1 - objective.attainment)
    enough = ended >= objective.minimum_volume
    return BudgetWindow(
        business_days=days,
        since=since,
        ended=ended,
        broken=broken,
        allowed=round(float(allowed), _DIGITS),
        burn=round(float(broken / allowed), _DIGITS) if enough and allowed else None,
        money_broken=displayed(money for one in lost for money in one.amounts),
    )


def _verdict(windows: Sequence[BudgetWindow]) -> Verdict:
    longest = windows[-1].burn if windows else None
    if longest is None:
        return "too_few"
    if longest < 1:
        return "within"
    fast = windows[0].burn
    return "burning" if fast is not None and fast >= _FAST else "exhausted"
