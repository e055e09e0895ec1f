"""
What a person may do to an exception.

Each act returns the exception as it is then and the line that stands in its history, or
the reason why it cannot be done.
"""

from datetime import datetime

from msgspec.structs import replace

from governance.exception.process_exception import Change, Line, ProcessException
from governance.handling.due import HandlingDue
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
    refusal = settled(exception, "acknowledge") or malformed(note)
    if refusal:
        return refusal
    if promised_at is not None and promised_at <= at:
        return invalid("promised_at", "The promised time has passed; promise a later one.")
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
    refusal = settled(exception, "assign") or malformed(note)
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
    refusal = malformed(note, required=True)
    if refusal:
        return refusal
    line = Line(actor=actor, action="commented", at=at, note=note)
    return Change(exception=replace(exception, changed_at=at), line=line)


def resolve(
    exception: ProcessException, *, actor: str, at: datetime, reason: str
) -> Change | Refusal:
    """
    Return the exception as resolved by hand.

    It reopens under its own id when the rule fires again: a person's word does not outlast
    the facts.
    """
    if exception.state == "resolved":
        return conflict(exception, "resolve")
    refusal = malformed(reason, required=True, field="reason")
    if refusal:
        return refusal
    resolved = replace(
        exception,
        state="resolved",
        resolved_at=at,
        resolved_by=actor,
        resolution=reason,
        resolved_event=None,
        reopened_by=None,
        waiver=None,
        waived_until=None,
        changed_at=at,
    )
    line = Line(actor=actor, action="resolved", at=at, note=reason)
    return Change(exception=resolved, line=line)


def reopen(
    exception: ProcessException, *, actor: str, at: datetime, reason: str, due: HandlingDue
) -> Change | Refusal:
    """
    Return a resolved exception as open again, to be worked by *due*.

    It stands although its rule may be quiet: until that fires again, or a person resolves it.
    """
    if exception.state != "resolved":
        return conflict(exception, "reopen")
    refusal = malformed(reason, required=True, field="reason")
    if refusal:
        return refusal
    reopened = replace(
        exception,
        state="open",
        handled_from=at,
        handling_due_at=due.acknowledge_by,
        resolve_due_at=due.resolve_by,
        acknowledged_at=None,
        promised_at=None,
        resolved_at=None,
        resolved_by=None,
        resolution=None,
        resolved_event=None,
        reopened=exception.reopened + 1,
        reopened_by=actor,
        escalated=0,
        changed_at=at,
    )
    return Change(exception=reopened, line=Line(actor=actor, action="reopened", at=at, note=reason))


def settled(exception: ProcessException, act: str) -> Refusal | None:
    return None if exception.standing else conflict(exception, act)


def conflict(exception: ProcessException, act: str) -> Refusal:
    return Refusal(
        type="exception-not-standing",
        status=409,
        title=f"Cannot {act}",
        detail=f"{exception.id} is {exception.state}; there is nothing to {act}.",
        extra={"state": exception.state},
    )


def malformed(note: str, *, required: bool = False, field: str = "note") -> Refusal | None:
    if required and not note.strip():
        return invalid(field, "Say why, in a sentence; it stands in the history.")
    if len(note) > MAX_NOTE:
        return invalid(field, f"Keep it under {MAX_NOTE:,} characters.")
    return None


def invalid(field: str, detail: str) -> Refusal:
    return Refusal(
        type="invalid-request",
        status=422,
        title="The request does not fit",
        detail=detail,
        errors=(Problem(pointer=f"/{field}", detail=detail),),
    )
