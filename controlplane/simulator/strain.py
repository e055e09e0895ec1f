"""
A firm under strain: work waits longer with slow teams, at month ends, and for large sums.

Most of what waits is still in time. What is not is told in the truth, as a fault of its own.
The firm without strain draws the same numbers, and waits as it always did.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from controlplane.simulator.diary import Diary

_TURN = 3
"""Days around the end of a month."""
_TEAMS = {"strategy": 0.5, "technology": 1.6, "assurance": 1.0, "managed-services": 2.4}
"""How much likelier than elsewhere work is to wait with a team."""
_AT_MONTH_END = 2.2
_LARGE, _OF_LARGE = Decimal(20_000), 1.8
_MOST = 0.85


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """The share of work that waits, and for how long: business hours, of a payment days."""

    share: float
    least: float
    most: float
    fault: str
    sla: str
    rule: str


WAITS: Mapping[str, Wait] = {
    one.sla: one
    for one in (
        Wait(
            share=0.08,
            least=8,
            most=34,
            fault="approval-waited",
            sla="timesheet-submitted-to-approved",
            rule="submitted-time-not-approved",
        ),
        Wait(
            share=0.07,
            least=1.5,
            most=8,
            fault="posting-waited",
            sla="approved-time-to-posted",
            rule="approved-time-not-posted",
        ),
        Wait(
            share=0.09,
            least=20,
            most=64,
            fault="expense-waited",
            sla="expense-submitted-to-approved",
            rule="submitted-expense-not-approved",
        ),
        Wait(
            share=0.09,
            least=8,
            most=34,
            fault="expense-posting-waited",
            sla="approved-expense-to-posted",
            rule="approved-expense-not-posted",
        ),
        Wait(
            share=0.14,
            least=8,
            most=34,
            fault="milestone-bill-waited",
            sla="milestone-accepted-to-invoiced",
            rule="accepted-milestone-not-invoiced",
        ),
        Wait(
            share=0.07,
            least=20,
            most=42,
            fault="payment-waited",
            sla="invoice-issued-to-paid",
            rule="invoice-not-paid",
        ),
    )
}


def waited(diary: Diary, sla: str, key: str, at: datetime, drawn: float) -> float:
    """Return how long *key* waits from *at* on: *drawn*, or longer in a firm under strain."""
    one = diary.engagement
    if not diary.strained or one.fault is not None:
        return drawn
    wait = WAITS[sla]
    rng = Random(f"strain:{sla}:{key}")  # noqa: S311 - a story, not a secret
    if rng.random() >= min(wait.share * _weight(diary, at), _MOST):
        return drawn
    return max(drawn, rng.uniform(wait.least, wait.most))


def passed(diary: Diary, sla: str, key: str, due: datetime, done: datetime) -> None:
    """Tell the truth of a promise that was *due* and kept when it was *done*, if that is later."""
    if diary.strained and diary.engagement.fault is None and done > due:
        wait = WAITS[sla]
        absent = diary.exception(wait.rule, f"{sla}:{key}", due)
        diary.injects(done, [diary.late(sla, key, done)], [absent], fault=wait.fault)


def _weight(diary: Diary, at: datetime) -> float:
    one, day = diary.engagement, diary.working.day_of(at)
    turn = {(day + timedelta(days=days)).month for days in (-_TURN, _TURN)}
    weight = _TEAMS[one.service_line]
    weight *= _AT_MONTH_END if len(turn) > 1 else 1
    return weight * (_OF_LARGE if one.value > _LARGE * one.weeks else 1)
