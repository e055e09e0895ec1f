"""
The priority of an exception is money times SLA used, in four steps.

What is used counts as twice the promise at most, and no less than the severity presses from
the first moment on: a small amount that nobody asks for does not outgrow a large one with age.
Where there is no money, or no threshold for its currency, the severity alone decides.
"""

from datetime import datetime

from governance.exception.at_risk import worth_of
from governance.exception.process_exception import ProcessException
from governance.exception.promise import pressing_span
from governance.handling.policy import PRIORITIES, SEVERITIES, Policy, Priority
from rules.instant import to_micros

PRESSES_AT_LEAST = {"critical": 1.0, "high": 0.5, "medium": 0.25}
PRESSES_AT_MOST = 2.0


def priority(one: ProcessException, policy: Policy, *, at: datetime) -> Priority:
    held = worth_of(one)
    limits = next((t for t in policy.priorities if held and t.currency == held.currency), None)
    if held is None or limits is None:
        return PRIORITIES[SEVERITIES.index(one.severity)]
    worth = float(held.amount) * pressure(one, at=at)
    steps = zip(PRIORITIES, (limits.p1, limits.p2, limits.p3), strict=False)
    return next((step for step, limit in steps if worth >= float(limit)), "P4")


def pressure(one: ProcessException, *, at: datetime) -> float:
    """Return the share of the pressing promise that is used, within its bounds."""
    least = PRESSES_AT_LEAST.get(one.severity, 0.0)
    return min(max(_used(one, at), least), PRESSES_AT_MOST)


def _used(one: ProcessException, at: datetime) -> float:
    span = pressing_span(one)
    if span is None:
        return 0.0
    start, due = map(to_micros, span)
    return (to_micros(at) - start) / (due - start) if due != start else 0.0
