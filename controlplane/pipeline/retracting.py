"""
Retract: an event stays in the log and counts no more.

Its effect leaves entities, cases and all that is judged of them. A retraction may come before
its event, which then never counts.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.correlating import Correlated
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.regrouping import regroup
from observability.intake.retraction import BY, RETRACTED
from observability.log import stores as log
from observability.projection import case_stores, entity_stores, retraction_stores
from observability.projection.retraction_stores import Retraction


def retract(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    those: Sequence[Retraction],
) -> tuple[list[Retraction], Correlated]:
    """Take back what the events of *those* did; return what is new, and the cases it touched."""
    fresh = retraction_stores.retract(state, those)
    offsets = log.offsets_of(log_connection, [one.name for one in fresh])
    before = case_stores.take_back(state, offsets)
    found = Correlated(touched=entity_stores.take_back(state, offsets))
    regroup(state, log_connection, definitions, before, found)
    return fresh, found


def told_by(arrival: Arrival) -> Retraction | None:
    """Return the retraction that an event is: of an event of the same source."""
    event = arrival.event
    if event.type != RETRACTED:
        return None
    return Retraction(
        name=(event.source, str(event.data.get("id"))),
        reason=str(event.data.get("reason")),
        actor=str(event.data.get(BY) or event.source),
        at=arrival.at,
    )


def counting(state: Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return those of *arrivals* that nobody has retracted."""
    gone = retraction_stores.retracted(state, (_name(one) for one in arrivals))
    return [one for one in arrivals if _name(one) not in gone] if gone else list(arrivals)


def _name(one: Arrival) -> tuple[str, str]:
    return one.event.source, one.event.id
