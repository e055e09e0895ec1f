"""
Money at risk is three figures that are never added.

Blocked: per engagement min(sum of its distinct blocked lines, what remains to bill); by one
exception alone min(its line, what remains to bill).
Delayed cash: what waiting has cost so far, amount * days * cost of capital / 365.
Exposure: what should not have been billed; with it goes the part of the blocked lines
that no longer fits into the engagement, unless a rule of type BURN_OVER_CAP reports it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
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


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What exceptions hold whatever the time; `waiting` is each late line at its most, and when."""

    blocked: list[Money] = []
    exposure: list[Money] = []
    waiting: list[tuple[Money, datetime]] = []


def at_risk(
    exceptions: Iterable[Stake],
    *,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
) -> AtRisk:
    """Return the three figures over *exceptions* as of *at*; a line that many hold counts once."""
    found = held(exceptions)
    delayed = (_cost(one, since, at, cost_of_capital) for one, since in found.waiting)
    return AtRisk(
        blocked=found.blocked,
        delayed_cash=[one.displayed for one in total(delayed)],
        exposure=found.exposure,
    )


def held(exceptions: Iterable[Stake]) -> Held:
    """Return what *exceptions* hold; a line that many hold counts once."""
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
    waiting: list[tuple[Money, datetime]] = []
    for (engagement, currency), those in sorted(engagements.items()):
        lines = _lines(those)
        capped, over = _cap(lines.values(), _remaining(those), currency)
        blocked.append(capped)
        if over.amount and (engagement, currency) not in reported:
            excess.append(over)
        waiting.extend(_waiting(those, lines))
    return Held(
        blocked=total(blocked), exposure=total([*exposed.values(), *excess]), waiting=waiting
    )


def blocked_by(one: Stake) -> Money | None:
    """Return what *one* holds up: of its line, no more than its engagement has left to bill."""
    if one.blocked is None or one.remaining is None:
        return one.blocked
    left = max(one.remaining.amount, Decimal(0))
    return Money(amount=min(one.blocked.amount, left), currency=one.blocked.currency)


def worth_of(one: Stake) -> Money | None:
    """Return the amount that *one* is ranked by: what it holds up, else what it exposes."""
    return blocked_by(one) or one.exposure


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


def _waiting(held: list[Stake], lines: dict[str, Money]) -> Iterator[tuple[Money, datetime]]:
    since: dict[str, datetime] = {}
    for one in held:
        if one.delayed_since is not None:
            since[one.line] = min(since.get(one.line, one.delayed_since), one.delayed_since)
    for line, begun in since.items():
        yield lines[line], begun


def _cost(held: Money, since: datetime, until: datetime, cost_of_capital: Decimal) -> Money:
    days = max((until - since).days, 0)
    return cost(_EXACT.multiply(held.amount, Decimal(days)), held.currency, cost_of_capital)


def cost(amount_days: Decimal, currency: str, cost_of_capital: Decimal) -> Money:
    """Return what it costs to wait for an amount for days, given their product."""
    yearly = _EXACT.multiply(amount_days, cost_of_capital)
    return Money(amount=_EXACT.divide(yearly, Decimal(_DAYS_A_YEAR)), currency=currency)
