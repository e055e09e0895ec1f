"""
What a person may do to an exception.

Each act returns the exception as it is then and the line that stands in its history, or
the reason why it cannot be done.
"""

from datetime import datetime

from msgspec.structs import replace

from governance.exception.process_exception import Change, Line, ProcessException
from rules.instant import render_instant
from rules.refusal import Problem, Refusal

MAX_NOTE = 4_000


def acknowledge(
    exception: ProcessException,
    *,
    actor: str,
    at: datetime,
    promised_at: datetime | None = None,
    note: str = "",
) -> Change | Refusal:
    """Return the exception taken on by *actor*, who promises it is resolved by *promised_at*."""
    refusal = _settled(exception, "acknowledge") or _malformed(note)
    if refusal:
        return refusal
    if promised_at is not None and promised_at <= at:
        return _invalid("promised_at", "The promised time has passed; promise a later one.")
    taken = replace(
        exception,
        state="acknowledged",
        acknowledged_at=exception.acknowledged_at or at,
        promised_at=promised_at or exception.promised_at,
        assignee=exception.assignee or actor,
        changed_at=at,
    )
    detail = {"promised_at": render_instant(promised_at)} if promised_at else {}
    line = Line(actor=actor, action="acknowledged", at=at, note=note, detail=detail)
    return Change(exception=taken, line=line)


def assign(
    exception: ProcessException,
    *,
    actor: str,
    at: datetime,
    assignee: str | None,
    note: str = "",
) -> Change | Refusal:
    """Return the exception in the hands of *assignee*; None takes it out of anybody's."""
    refusal = _settled(exception, "assign") or _malformed(note)
    if refusal:
        return refusal
    given = replace(exception, assignee=assignee or None, changed_at=at)
    detail = {"from": exception.assignee, "to": given.assignee}
    line = Line(actor=actor, action="assigned", at=at, note=note, detail=detail)
    return Change(exception=given, line=line)


def comment(
    exception: ProcessException, *, actor: str, at: datetime, note: str
) -> Change | Refusal:
    """Return the exception with a word added to its history; its state does not move."""
    refusal = _malformed(note, required=True)
    if refusal:
        return refusal
    line = Line(actor=actor, action="commented", at=at, note=note)
    return Change(exception=replace(exception, changed_at=at), line=line)


def waive(  # noqa: PLR0913 - a waiver is owned, reasoned and dated: each of them is asked for
    exception: ProcessException,
    *,
    actor: str,
    at: datetime,
    until: datetime,
    reason: str,
    steward: bool,
) -> Change | Refusal:
    """Return the exception accepted as a risk until *until*; only a steward accepts risks."""
    if not steward:
        return Refusal(
            type="waiver-needs-a-steward",
            status=403,
            title="Only a steward may waive",
            detail="Ask a steward to waive the exception, or acknowledge it with a promised date.",
        )
    refusal = _settled(exception, "waive") or _malformed(reason, required=True, field="reason")
    if refusal:
        return refusal
    if until <= at:
        return _invalid("until", "A waiver ends in the future; give a later time.")
    waived = replace(exception, state="waived", waived_until=until, changed_at=at)
    line = Line(
        actor=actor, action="waived", at=at, note=reason, detail={"until": render_instant(until)}
    )
    return Change(exception=waived, line=line)


def resolve(
    exception: ProcessException, *, actor: str, at: datetime, reason: str
) -> Change | Refusal:
    """
    Return the exception as resolved by hand.

    It reopens under its own id when the rule fires again: a person's word does not outlast
    the facts.
    """
    if exception.state == "resolved":
        return _conflict(exception, "resolve")
    refusal = _malformed(reason, required=True, field="reason")
    if refusal:
        return refusal
    resolved = replace(
        exception,
        state="resolved",
        resolved_at=at,
        resolved_by=actor,
        resolution=reason,
        waived_until=None,
        changed_at=at,
    )
    line = Line(actor=actor, action="resolved", at=at, note=reason)
    return Change(exception=resolved, line=line)


def _settled(exception: ProcessException, act: str) -> Refusal | None:
    return None if exception.standing else _conflict(exception, act)


def _conflict(exception: ProcessException, act: str) -> Refusal:
    return Refusal(
        type="exception-not-standing",
        status=409,
        title=f"Cannot {act}",
        detail=f"{exception.id} is {exception.state}; nothing is left to {act}.",
        extra={"state": exception.state},
    )


def _malformed(note: str, *, required: bool = False, field: str = "note") -> Refusal | None:
    if required and not note.strip():
        return _invalid(field, "Say why, in a sentence; it stands in the history.")
    if len(note) > MAX_NOTE:
        return _invalid(field, f"Keep it under {MAX_NOTE:,} characters.")
    return None


def _invalid(field: str, detail: str) -> Refusal:
    return Refusal(
        type="invalid-request",
        status=422,
        title="The request does not fit",
        detail=detail,
        errors=(Problem(pointer=f"/{field}", detail=detail),),
    )
