"""
A source takes back an event that it sent: a CloudEvent of a type that no contract need name.

Its data names the event by `id`, and says why; the event is one of the same source. Whoever sent
the retraction stands in `by`.
"""

from msgspec.structs import replace

from observability.event import ProcessEvent
from observability.intake.cloudevent import MAX_NAME
from observability.intake.rejection import Flaw
from rules.refusal import Problem

RETRACTED = "controlplane.event.retracted"
BY = "by"
_CONTRACT = f"{RETRACTED}@1.0.0"
LONGEST = 1_000  # characters of a reason


def read_retraction(event: ProcessEvent) -> ProcessEvent | Flaw:
    """Return *event* as it is kept, or what is wrong with it."""
    for name, about, most in (
        ("id", "the id of the event", MAX_NAME),
        ("reason", "why it is taken back", LONGEST),
    ):
        value = event.data.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            detail = f"Say {about} in data.{name}: text of at most {most:,} characters."
            return Flaw(
                reason="schema-violation",
                detail=detail,
                errors=(Problem(pointer=f"/data/{name}", detail=detail),),
            )
    return replace(event, contract=_CONTRACT)
