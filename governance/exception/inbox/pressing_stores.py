"""
How hard an exception presses, as the database works it out.

`governance.handling.priority` says the same of one exception at hand.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, or_

from governance.exception.promise import AT_RISK_PERCENT
from governance.exception.standing_stores import STANDS
from governance.handling.policy import PRIORITIES, SEVERITIES, Policy
from governance.handling.priority import PRESSES_AT_LEAST, PRESSES_AT_MOST
from governance.tables import process_exception
from rules.instant import to_micros

_KEPT = process_exception.c
_ACKNOWLEDGED = or_(_KEPT.state != "open", _KEPT.acknowledged_at.is_not(None))


def _handling_due() -> ColumnElement[int]:
    return case((_ACKNOWLEDGED, _KEPT.resolve_due_at), else_=_KEPT.handling_due_at)


def handled_late(at: datetime) -> ColumnElement[bool]:
    """Whether the promise to work it is broken now, whatever the process's own says."""
    return and_(STANDS, _handling_due() < to_micros(at))


def used(at: datetime) -> ColumnElement[float]:
    """The share of the pressing promise's time that has passed; 1 at its limit."""
    length = func.nullif(_KEPT.pressed_until - _KEPT.pressed_from, 0)
    passed = to_micros(at) - _KEPT.pressed_from
    return func.coalesce(cast(passed, Float) / cast(length, Float), 0.0)


def pressure(at: datetime) -> ColumnElement[float]:
    """The share used, within its bounds: of the severity below, of twice the promise above."""
    least = case(PRESSES_AT_LEAST, value=_KEPT.severity, else_=0.0)
    return case(
        (used(at) > PRESSES_AT_MOST, PRESSES_AT_MOST),
        (used(at) < least, least),
        else_=used(at),
    )


def breached(at: datetime) -> ColumnElement[bool]:
    """Whether the promise is broken now: what is closed breaks nothing any more."""
    return and_(STANDS, _KEPT.pressed_until < to_micros(at))


def nearly(at: datetime) -> ColumnElement[bool]:
    late = _KEPT.pressed_until < to_micros(at)
    return and_(STANDS, ~late, used(at) >= AT_RISK_PERCENT / 100)


def band(at: datetime, policy: Policy) -> ColumnElement[str]:
    """The priority, P1 to P4."""
    worth = pressing_worth(at)
    steps: list[tuple[ColumnElement[bool], str]] = []
    for one in policy.priorities:
        here = _KEPT.worth_currency == one.currency
        limits = zip(PRIORITIES, (one.p1, one.p2, one.p3), strict=False)
        steps += [(and_(here, worth >= float(limit)), step) for step, limit in limits]
        steps.append((here, PRIORITIES[-1]))
    steps += [
        (_KEPT.severity == severity, step)
        for severity, step in zip(SEVERITIES, PRIORITIES, strict=True)
    ]
    return case(*steps, else_=PRIORITIES[-1])


def by_priority(at: datetime) -> tuple[ColumnElement[Any], ...]:
    """What presses most first: money times pressure, a currency at a time."""
    return (*ranked(pressing_worth(at)), pressure(at).desc(), _KEPT.id)


def pressing_worth(at: datetime) -> ColumnElement[float]:
    """Money times pressure: it ranks within its currency."""
    return _KEPT.worth * pressure(at)


def ranked(worth: ColumnElement[float]) -> tuple[ColumnElement[Any], ...]:
    """
    Rank each currency by itself and interleave the ranks: amounts are never compared across.

    What stands no more comes after all that does.
    """
    currency, closed = _KEPT.worth_currency, case((STANDS, 0), else_=1)
    apart = (closed, currency)
    rank = func.rank().over(partition_by=apart, order_by=(worth.desc(), _KEPT.id))
    return (closed, case((currency == "", 1), else_=0), rank, currency)


def amount_text() -> ColumnElement[str]:
    return func.coalesce(_KEPT.worth_exactly, "0")
