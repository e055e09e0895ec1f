"""
Late handling is seen and told: once when nobody took an exception on, once when it stands still.

An exception that was promised to be solved by a date is late from that date on.
"""

from datetime import datetime

from msgspec.structs import replace

from governance.exception.process_exception import SYSTEM, Change, Line, ProcessException
from rules.instant import render_instant

ACKNOWLEDGE, RESOLVE = 1, 2
ESCALATED = "escalated"
_WORDS = {
    ACKNOWLEDGE: "nobody has taken it on by {due}",
    RESOLVE: "it is not resolved by {due}",
}


def lateness(one: ProcessException, *, at: datetime) -> int:
    """Return how late the handling of *one* is: 0 in time, else `ACKNOWLEDGE` or `RESOLVE`."""
    if not one.standing:
        return 0
    due = resolve_due(one)
    if due is not None and due <= at:
        return RESOLVE
    waiting = one.state == "open" and one.acknowledged_at is None
    if waiting and one.handling_due_at is not None and one.handling_due_at <= at:
        return ACKNOWLEDGE
    return 0


def resolve_due(one: ProcessException) -> datetime | None:
    """Return by when it is to be resolved: a promised date may be earlier, it is never later."""
    dates = [due for due in (one.resolve_due_at, one.promised_at) if due is not None]
    return min(dates, default=None)


def next_escalation(one: ProcessException) -> datetime | None:
    """Return from when on *one* is later than was told of it; None when that will not be."""
    if not one.standing or one.escalated >= RESOLVE:
        return None
    dates = [resolve_due(one)]
    if one.escalated < ACKNOWLEDGE and one.state == "open" and one.acknowledged_at is None:
        dates.append(one.handling_due_at)
    return min((due for due in dates if due is not None), default=None)


def escalate(one: ProcessException, *, at: datetime) -> Change | None:
    """Return *one* escalated as far as it is late; None where that has been told."""
    late = lateness(one, at=at)
    if late <= one.escalated:
        return None
    due = resolve_due(one) if late == RESOLVE else one.handling_due_at
    told = _WORDS[late].format(due=render_instant(due) if due else "")
    line = Line(actor=SYSTEM, action=ESCALATED, at=at, note=told, detail={"step": late})
    return Change(exception=replace(one, escalated=late, changed_at=at), line=line)
