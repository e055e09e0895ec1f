"""
A risk is accepted by two people: one asks, a steward who is somebody else approves.

Until then the exception stands as it stood. The waiver ends on its day, with the exception,
or when somebody resolves it.
"""

from datetime import datetime

from msgspec.structs import replace

from governance.exception.act import conflict, invalid, malformed, settled
from governance.exception.process_exception import Change, Line, ProcessException, Waiver
from rules.instant import render_instant
from rules.refusal import Refusal


def ask(
    exception: ProcessException, *, actor: str, at: datetime, until: datetime, reason: str
) -> Change | Refusal:
    """Return the exception with a waiver that waits for approval; asking anew replaces it."""
    refusal = settled(exception, "waive") or malformed(reason, required=True, field="reason")
    if refusal:
        return refusal
    if until <= at:
        return invalid("until", "A waiver ends in the future; give a later time.")
    waiver = Waiver(until=until, reason=reason, asked_by=actor, asked_at=at)
    line = Line(
        actor=actor,
        action="waiver-asked",
        at=at,
        note=reason,
        detail={"until": render_instant(until)},
    )
    return Change(exception=replace(exception, waiver=waiver, changed_at=at), line=line)


def approve(  # noqa: PLR0913 - who says so, in which role, and what the house demands
    exception: ProcessException,
    *,
    actor: str,
    at: datetime,
    steward: bool,
    sign_own: bool = False,
    note: str = "",
) -> Change | Refusal:
    """Return the exception accepted as a risk until the day that was asked for."""
    waiver = exception.waiver
    refusal = settled(exception, "waive") or malformed(note) or _not_a_steward(steward=steward)
    if refusal:
        return refusal
    if waiver is None:
        return _nothing_asked(exception)
    if waiver.asked_by == actor and not sign_own:
        return _own_work(exception, waiver)
    if waiver.until <= at:
        return invalid("until", "The day that was asked for has passed; ask for a later one.")
    waived = replace(
        exception, state="waived", waived_until=waiver.until, waiver=None, changed_at=at
    )
    detail = {"until": render_instant(waiver.until), "asked_by": waiver.asked_by}
    line = Line(actor=actor, action="waived", at=at, note=note or waiver.reason, detail=detail)
    return Change(exception=waived, line=line)


def refuse(
    exception: ProcessException, *, actor: str, at: datetime, steward: bool, reason: str
) -> Change | Refusal:
    """Return the exception without the waiver; who asked may take it back alone."""
    waiver = exception.waiver
    if waiver is None:
        return _nothing_asked(exception)
    refusal = malformed(reason, required=True, field="reason") or _not_a_steward(
        steward=steward or waiver.asked_by == actor
    )
    if refusal:
        return refusal
    line = Line(
        actor=actor,
        action="waiver-refused",
        at=at,
        note=reason,
        detail={"asked_by": waiver.asked_by},
    )
    return Change(exception=replace(exception, waiver=None, changed_at=at), line=line)


def _not_a_steward(*, steward: bool) -> Refusal | None:
    if steward:
        return None
    return Refusal(
        type="waiver-needs-a-steward",
        status=403,
        title="Only a steward accepts a risk",
        detail="Ask a steward to approve the waiver, or promise a date.",
    )


def _nothing_asked(exception: ProcessException) -> Refusal:
    if exception.state == "waived":
        return conflict(exception, "approve")
    return Refusal(
        type="no-waiver-asked",
        status=409,
        title="Nobody asks for a waiver",
        detail=f"Ask for one first: POST /v1/exceptions/{exception.id}/waive.",
    )


def _own_work(exception: ProcessException, waiver: Waiver) -> Refusal:
    return Refusal(
        type="own-work",
        status=409,
        title="Somebody else approves it",
        detail=f"{waiver.asked_by} asked to waive {exception.id} and may not approve it alone: let "
        "a steward who is somebody else do so. Where one person works alone, start the server "
        "with CONTROLPLANE_SIGN_OWN_WORK=true.",
        extra={"asked_by": waiver.asked_by},
    )
