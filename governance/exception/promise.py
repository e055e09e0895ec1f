"""
How far a promise is used up: the share of the time from its start to its limit that has passed.

Two promises stand side by side and are never mixed: the process SLA (the clock that the
exception is about) and the handling SLA (to acknowledge it, then to resolve it).
"""

from datetime import datetime

import msgspec

from governance.exception.process_exception import OVER, ProcessException

AT_RISK_PERCENT = 75.0
_WHOLE = 100.0


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """
    `state`: on_track, at_risk, breached; met, cancelled, paused; waived.

    Working an exception that was found in back-filled history is promised from when it was
    first seen: `started_at` may be long after it opened.
    """

    sla: str
    started_at: datetime
    due_at: datetime
    used_percent: float
    state: str


def process_promise(exception: ProcessException, *, at: datetime) -> Promise | None:
    """Return where the process SLA stands *at*; None when no clock is involved."""
    sla = exception.process_sla
    if sla is None:
        return None
    used = _used(sla.started_at, sla.due_at, sla.target_at or at)
    state = sla.state if sla.state in {*OVER, "paused"} else _state(used)
    return Promise(
        sla=sla.sla,
        started_at=sla.started_at,
        due_at=sla.due_at,
        used_percent=used,
        state=state,
    )


def handling_promise(exception: ProcessException, *, at: datetime) -> Promise | None:
    """Return where the handling SLA stands: to acknowledge while open, to resolve from then on."""
    due = _handling_due(exception)
    if due is None:
        return None
    ended = exception.resolved_at
    used = _used(exception.handled_from, due, ended or at)
    state = _state(used)
    if exception.state == "waived":
        state = "waived"
    elif ended is not None:
        state = "met" if ended <= due else "breached"
    return Promise(
        sla="acknowledge" if _waits(exception) else "resolve",
        started_at=exception.handled_from,
        due_at=due,
        used_percent=used,
        state=state,
    )


def pressing_span(exception: ProcessException) -> tuple[datetime, datetime] | None:
    """Return start and limit of the promise that presses; None when there is none."""
    sla = exception.process_sla
    if sla is not None and sla.state not in OVER:
        return sla.started_at, sla.due_at
    due = _handling_due(exception)
    return None if due is None else (exception.handled_from, due)


def pressing(exception: ProcessException, *, at: datetime) -> Promise | None:
    """Return the promise that ranks an exception: the process's while it runs, else the other."""
    process = process_promise(exception, at=at)
    if process is not None and process.state not in OVER:
        return process
    return handling_promise(exception, at=at)


def _handling_due(exception: ProcessException) -> datetime | None:
    return exception.handling_due_at if _waits(exception) else exception.resolve_due_at


def _waits(exception: ProcessException) -> bool:
    """Whether nobody has taken it on."""
    return exception.state == "open" and exception.acknowledged_at is None


def _used(start: datetime, due: datetime, at: datetime) -> float:
    length = (due - start).total_seconds()
    passed = max((at - start).total_seconds(), 0.0)
    if length <= 0:
        return _WHOLE if at <= due else 2 * _WHOLE
    return round(passed / length * _WHOLE, 1) if at <= due else _over(passed / length)


def _over(share: float) -> float:
    """A promise that is broken shows more than 100 percent, however little more it is."""
    return max(round(share * _WHOLE, 1), _WHOLE + 0.1)


def _state(used: float) -> str:
    if used > _WHOLE:
        return "breached"
    return "at_risk" if used >= AT_RISK_PERCENT else "on_track"
