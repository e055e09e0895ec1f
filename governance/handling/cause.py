"""
What many exceptions have in common makes them one incident.

The cause is a function of what an exception says now: neither the order in which its
members came nor how often they were told has a part in it.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from governance.exception.incident import Incident, incident_id
from governance.exception.process_exception import ProcessException
from governance.handling.policy import Cause
from governance.routing import labels_of


def incident_of(exception: ProcessException, causes: Iterable[Cause]) -> Incident | None:
    """Return the incident that *exception* belongs to: of the first cause that fits it."""
    labels: dict[str, str] | None = None
    for one in causes:
        labels = labels if labels is not None else _labels(exception)
        shared = {name: labels[name] for name in one.by if labels.get(name)}
        if len(shared) == len(one.by) and all(m.matches(labels) for m in one.parsed):
            return Incident(
                id=incident_id(one.cause, shared),
                cause=one.cause,
                title=one.title,
                labels=shared,
                at_least=one.at_least,
            )
    return None


def _labels(exception: ProcessException) -> dict[str, str]:
    """Return the labels of a route, the promise's, and what the evidence names, first come."""
    labels: dict[str, str] = {}
    for one in exception.evidence:
        labels.setdefault(one.fact_type, one.fact_id)
        labels.setdefault(f"{one.fact_type}.{one.field}", one.value)
        if one.event:
            labels.setdefault("source", one.event.rpartition("/")[0])
    sla = exception.process_sla
    if sla is not None:
        labels |= {"sla": sla.sla, "due_on": sla.due_at.date().isoformat()}
    return {**labels, **labels_of(replace(exception, incident=None))}
