"""
Who may tell of which source: a key that names sources speaks for these alone.

What takes an event back undoes what its source said. So a retraction wants a key that names the
source, or an operator; it is kept with the name of whoever sent it.
"""

from msgspec.structs import replace

from controlplane.identity.role import Actor, Role
from observability.event import ProcessEvent
from observability.intake.rejection import Flaw
from observability.intake.retraction import BY, RETRACTED
from rules.refusal import Problem


def spoken(by: Actor, event: ProcessEvent) -> ProcessEvent | Flaw:
    """Return *event* as *by* tells it, or why it may not."""
    if event.type != RETRACTED:
        if by.speaks_for(event.source):
            return event
        return _flaw("foreign-source", by, f"not for {event.source}.")
    if by.may(Role.OPERATOR) or (by.sources and by.speaks_for(event.source)):
        return replace(event, data={**event.data, BY: by.name})
    return _flaw(
        "retraction-not-allowed",
        by,
        f"and taking back what {event.source} sent takes a key that names it, or an operator.",
    )


def _flaw(reason: str, by: Actor, but: str) -> Flaw:
    problem = Problem(pointer="/source", detail="is not the caller's to speak for")
    return Flaw(
        reason=reason, detail=f"{by.name} speaks for {by.spoken_for}, {but}", errors=(problem,)
    )
