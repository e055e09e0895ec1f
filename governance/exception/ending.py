"""An exception ends without anybody's hand: its cause is gone, or nobody asks for it any more."""

from datetime import datetime

from msgspec.structs import replace

from governance.exception.process_exception import SYSTEM, Change, Line, ProcessException


def ended(
    before: ProcessException,
    because: str,
    *,
    at: datetime,
    decision: str | None = None,
    event: str | None = None,
) -> Change:
    """
    Return *before* resolved, with the reason in its history.

    *decision* is what found it so, *event* (`source/id`) what it was found by.
    """
    resolved = replace(
        before,
        state="resolved",
        resolved_at=max(at, before.opened_at),
        resolved_by=SYSTEM,
        resolution=because,
        resolved_event=event,
        waiver=None,
        decision=decision or before.decision,
        changed_at=at,
    )
    named = {"decision": decision, "event": event}
    detail = {name: value for name, value in named.items() if value}
    line = Line(actor=SYSTEM, action="resolved", at=at, note=because, detail=detail)
    return Change(exception=resolved, line=line)
