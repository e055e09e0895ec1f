"""
Clock: what the objectives promise for each dirty case, reconciled with what stands.

A case's clocks are computed anew from its events; one that has acted for its next instant
is told apart only by `next_at`, so nothing fires twice and nothing is forgotten.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import Folded
from observability.clock import ClockEvent, next_at, run_clock
from observability.objective import PER_CASE, Objective, applies_to, clock_money
from observability.projection import clock_stores
from observability.projection.clock_stores import KeptClock


def clock(
    state: Connection, definitions: Definitions, cases: Mapping[str, Folded], *, at: datetime
) -> dict[str, list[KeptClock]]:
    """Store and return the clocks of *cases* as of *at*, by instance."""
    kept = {id_: sorted(clocks_of(definitions, one, at), key=_name) for id_, one in cases.items()}
    standing = clock_stores.clocks_of(state, cases)
    moved = {id_: those for id_, those in kept.items() if standing.get(id_, []) != those}
    clock_stores.replace_clocks(state, moved, [one for those in moved.values() for one in those])
    return kept


def _name(kept: KeptClock) -> str:
    return kept.clock.id


def clocks_of(definitions: Definitions, folded: Folded, at: datetime) -> Iterator[KeptClock]:
    """Yield what the objectives of its process promise for one case, as of *at*."""
    for objective in definitions.objectives.get(folded.case.process, ()):
        if applies_to(objective, folded.instance.attributes):
            yield from _of_objective(definitions, objective, folded, at)


def _of_objective(
    definitions: Definitions, objective: Objective, folded: Folded, at: datetime
) -> Iterator[KeptClock]:
    calendar = definitions.calendars.get(objective.calendar) if objective.calendar else None
    if objective.calendar and calendar is None:
        return  # the calendar is not registered: the objective cannot run yet
    states = {(one.type, one.key): one.state for one in folded.entities}
    for type_, key, events in _runs(objective, folded):
        ran = run_clock(
            objective,
            calendar,
            events,
            instance=folded.instance.id,
            object_type=type_,
            object_key=key,
        )
        if ran is not None:
            yield KeptClock(
                clock=ran,
                process=folded.case.process,
                next_at=next_at(ran, after=at),
                amount=clock_money(objective, folded.instance.amount, states.get((type_, key), {})),
                owner=objective.owner or folded.instance.owner,
            )


def _runs(objective: Objective, folded: Folded) -> Iterable[tuple[str, str, list[ClockEvent]]]:
    """Yield the case's own run of events, or one run for each object of the objective's type."""
    if objective.per == PER_CASE:
        yield "", "", [_event(e.activity, e.occurred_at) for e in folded.case.events]
        return
    runs: dict[str, list[ClockEvent]] = defaultdict(list)
    for event in folded.case.events:
        for type_, key in event.objects:
            if type_ == objective.per:
                runs[key].append(_event(event.activity, event.occurred_at))
    for key, events in sorted(runs.items()):
        yield objective.per, key, events


def _event(activity: str, occurred_at: datetime) -> ClockEvent:
    return ClockEvent(activity=activity, occurred_at=occurred_at)
