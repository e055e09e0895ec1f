"""
Money at risk is three figures that are never added.

Blocked: per engagement min(sum of its distinct blocked lines, what remains to bill); by one
exception alone min(its line, what remains to bill).
Delayed cash: what waiting has cost so far, amount * days * cost of capital / 365, of what is
billed and not paid, and of no more than is blocked: what remains to bill goes to the lines that
have waited longest.
Exposure: what should not have been billed; with it goes the part of the blocked lines
that no longer fits into the engagement, unless a rule of type BURN_OVER_CAP reports it. Of a
line that is the engagement itself, what does not remain was billed: that is no exposure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Context, Decimal

import msgspec

from governance.exception.share import (
    Engagement,
    Stake,
    Whole,
    engagement_of,
    share_of,
    within,
)
from rules.money import Money, add, multiply, total

NO_WHOLES: Mapping[str, Whole] = {}
COST_OF_CAPITAL = Decimal("0.08")
OVER_CAP = "BURN_OVER_CAP"
_DAYS_A_YEAR = 365
_EXACT = Context(prec=60)
Waits = tuple[Money, datetime]


class AtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """Each figure has one total a currency; currencies are never mixed."""

    blocked: list[Money] = []
    delayed_cash: list[Money] = []
    exposure: list[Money] = []


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What exceptions hold whatever the time; `waiting` is each late line at its most, and when."""

    blocked: list[Money] = []
    exposure: list[Money] = []
    waiting: list[Waits] = []


def at_risk(
    exceptions: Iterable[Stake],
    *,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
    wholes: Mapping[str, Whole] = NO_WHOLES,
) -> AtRisk:
    """Return the three figures over *exceptions* as of *at*; a line that many hold counts once."""
    found = held(exceptions, wholes)
    return AtRisk(
        blocked=found.blocked,
        delayed_cash=costs(amount_days(found.waiting, at), cost_of_capital),
        exposure=found.exposure,
    )


def held(exceptions: Iterable[Stake], wholes: Mapping[str, Whole] = NO_WHOLES) -> Held:
    """
    Return what *exceptions* hold; a line that many hold counts once.

    *wholes* leads from the part of a case to the case, by instance.
    """
    unpaid: list[Stake] = []
    engagements: dict[tuple[Engagement, str], list[Stake]] = defaultdict(list)
    exposed: dict[tuple[Engagement, str, str], Money] = {}
    reported: set[tuple[Engagement, str]] = set()
    for one in exceptions:
        if one.blocked is not None and one.blocked.amount > 0:
            engagements[engagement_of(one), one.blocked.currency].append(one)
        if one.exposure is not None and one.exposure.amount > 0:
            key = (engagement_of(one), one.line, one.exposure.currency)
            exposed[key] = max(exposed.get(key, one.exposure), one.exposure)
            if one.type == OVER_CAP:
                reported.add((engagement_of(one), one.exposure.currency))
        if one.delayed is not None:
            unpaid.append(one)
    waits = _billed(unpaid)
    billed: dict[Engagement, set[str]] = defaultdict(set)
    for engagement, line, _ in waits:
        billed[engagement].add(line)
    shares = [
        share_of(
            those,
            code,
            reported=(engagement, code) in reported,
            billed=billed.get(engagement, ()),
        )
        for (engagement, code), those in sorted(engagements.items())
    ]
    if wholes:
        shares = [*within(shares, wholes)]
    over = (one.over for one in shares if one.over.amount and not one.reported)
    return Held(
        blocked=total(one.blocked for one in shares),
        exposure=total([*exposed.values(), *over]),
        waiting=[*(pair for one in shares for pair in one.waiting), *waits.values()],
    )


def _billed(exceptions: Iterable[Stake]) -> dict[tuple[Engagement, str, str], Waits]:
    """Return of each line that is billed the most that any says is unpaid, and since when."""
    unpaid: dict[tuple[Engagement, str, str], Money] = {}
    since: dict[tuple[Engagement, str, str], datetime] = {}
    for one in exceptions:
        if one.delayed is not None and one.delayed.amount > 0:
            key = (engagement_of(one), one.line, one.delayed.currency)
            unpaid[key] = max(unpaid.get(key, one.delayed), one.delayed)
            if one.delayed_since is not None:
                since[key] = min(since.get(key, one.delayed_since), one.delayed_since)
    return {key: (unpaid[key], since[key]) for key in sorted(since)}


def blocked_by(one: Stake) -> Money | None:
    """Return what *one* holds up: of its line, no more than its engagement has left to bill."""
    if one.blocked is None or one.remaining is None:
        return one.blocked
    left = max(one.remaining.amount, Decimal(0))
    return Money(amount=min(one.blocked.amount, left), currency=one.blocked.currency)


def worth_of(one: Stake) -> Money | None:
    """Return what *one* is ranked by: what it holds up, else exposes, else keeps unpaid."""
    return blocked_by(one) or one.exposure or one.delayed


def delayed_cash(
    exception: Stake, *, at: datetime, cost_of_capital: Decimal = COST_OF_CAPITAL
) -> Money | None:
    """Return what waiting for what is unpaid or held up has cost, in whole days, to the cent."""
    holds = exception.blocked is not None and exception.blocked.amount > 0
    waits = exception.delayed or (blocked_by(exception) if holds else None)
    if waits is None or exception.delayed_since is None:
        return None
    until = min(at, exception.resolved_at or at)
    return costs(amount_days([(waits, exception.delayed_since)], until), cost_of_capital)[0]


def amount_days(waiting: Iterable[Waits], at: datetime) -> dict[str, Decimal]:
    """Return a currency what waits times the whole days that it has waited."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for held, since in waiting:
        waited = multiply(held.amount, max((at - since).days, 0))
        found[held.currency] = add(found[held.currency], waited)
    return found


def costs(amount_days: Mapping[str, Decimal], cost_of_capital: Decimal) -> list[Money]:
    """Return a currency what it costs to wait, displayed."""
    return [
        cost(waited, currency, cost_of_capital).displayed
        for currency, waited in sorted(amount_days.items())
    ]


def cost(amount_days: Decimal, currency: str, cost_of_capital: Decimal) -> Money:
    """Return what it costs to wait for an amount for days, given their product."""
    yearly = _EXACT.multiply(amount_days, cost_of_capital)
    return Money(amount=_EXACT.divide(yearly, Decimal(_DAYS_A_YEAR)), currency=currency)
