"""
Money at risk is three figures that are never added.

Blocked: per engagement min(sum of its distinct blocked lines, what remains to bill).
Delayed cash: what waiting has cost so far, amount * days * cost of capital / 365.
Exposure: what should not have been billed; with it goes the part of the blocked lines
that no longer fits into the engagement, unless a rule of type BURN_OVER_CAP reports it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Context, Decimal
from typing import Protocol

import msgspec

from rules.money import Money, total

COST_OF_CAPITAL = Decimal("0.08")
OVER_CAP = "BURN_OVER_CAP"
_DAYS_A_YEAR = 365
_EXACT = Context(prec=60)


class Stake(Protocol):
    """What is at stake in one exception: a process exception, or the few columns that say it."""

    @property
    def id(self) -> str: ...
    @property
    def instance(self) -> str: ...
    @property
    def engagement(self) -> str | None: ...
    @property
    def line(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def blocked(self) -> Money | None: ...
    @property
    def exposure(self) -> Money | None: ...
    @property
    def remaining(self) -> Money | None: ...
    @property
    def delayed_since(self) -> datetime | None: ...
    @property
    def resolved_at(self) -> datetime | None: ...
    @property
    def changed_at(self) -> datetime: ...


class AtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """Each figure has one total a currency; currencies are never mixed."""

    blocked: list[Money] = []
    delayed_cash: list[Money] = []
    exposure: list[Money] = []


def at_risk(
    exceptions: Iterable[Stake],
    *,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
) -> AtRisk:
    """Return the three figures over *exceptions* as of *at*; a line that many hold counts once."""
    engagements: dict[tuple[str, str], list[Stake]] = defaultdict(list)
    exposed: dict[tuple[str, str, str], Money] = {}
    reported: set[tuple[str, str]] = set()
    for one in exceptions:
        if one.blocked is not None and one.blocked.amount > 0:
            engagements[_engagement(one), one.blocked.currency].append(one)
        if one.exposure is not None and one.exposure.amount > 0:
            key = (_engagement(one), one.line, one.exposure.currency)
            exposed[key] = max(exposed.get(key, one.exposure), one.exposure)
            if one.type == OVER_CAP:
                reported.add((_engagement(one), one.exposure.currency))
    blocked: list[Money] = []
    excess: list[Money] = []
    delayed: list[Money] = []
    for (engagement, currency), held in sorted(engagements.items()):
        lines = _lines(held)
        capped, over = _cap(lines.values(), _remaining(held), currency)
        blocked.append(capped)
        if over.amount and (engagement, currency) not in reported:
            excess.append(over)
        delayed.extend(_delays(held, lines, at, cost_of_capital))
    return AtRisk(
        blocked=total(blocked),
        delayed_cash=[one.displayed for one in total(delayed)],
        exposure=total([*exposed.values(), *excess]),
    )


def delayed_cash(
    exception: Stake, *, at: datetime, cost_of_capital: Decimal = COST_OF_CAPITAL
) -> Money | None:
    """Return what waiting for the blocked amount has cost, in whole days of 24 h, to the cent."""
    if exception.blocked is None or exception.delayed_since is None:
        return None
    if exception.blocked.amount <= 0:
        return None
    until = min(at, exception.resolved_at or at)
    return _cost(exception.blocked, exception.delayed_since, until, cost_of_capital).displayed


def _engagement(one: Stake) -> str:
    return one.engagement or one.instance


def _lines(held: list[Stake]) -> dict[str, Money]:
    """Return each distinct line at the largest amount that a rule holds up of it."""
    lines: dict[str, Money] = {}
    for one in held:
        if one.blocked is not None:
            lines[one.line] = max(lines.get(one.line, one.blocked), one.blocked)
    return lines


def _remaining(held: list[Stake]) -> Money | None:
    """Return what the engagement still has to bill, as the latest of *held* knows it."""
    known = [(one.changed_at, one.id, one.remaining) for one in held if one.remaining is not None]
    return max(known)[2] if known else None


def _cap(lines: Iterable[Money], remaining: Money | None, currency: str) -> tuple[Money, Money]:
    held = next((one.amount for one in total(lines)), Decimal(0))
    room = held if remaining is None else max(remaining.amount, Decimal(0))
    fits = min(held, room)
    return Money(amount=fits, currency=currency), Money(
        amount=_EXACT.subtract(held, fits), currency=currency
    )


def _delays(
    held: list[Stake], lines: dict[str, Money], at: datetime, cost_of_capital: Decimal
) -> list[Money]:
    since: dict[str, datetime] = {}
    for one in held:
        if one.delayed_since is not None:
            since[one.line] = min(since.get(one.line, one.delayed_since), one.delayed_since)
    return [_cost(lines[line], begun, at, cost_of_capital) for line, begun in since.items()]


def _cost(held: Money, since: datetime, until: datetime, cost_of_capital: Decimal) -> Money:
    days = max((until - since).days, 0)
    yearly = _EXACT.multiply(_EXACT.multiply(held.amount, Decimal(days)), cost_of_capital)
    return Money(amount=_EXACT.divide(yearly, Decimal(_DAYS_A_YEAR)), currency=held.currency)
