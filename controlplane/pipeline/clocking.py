"""
Clock: what the objectives promise for each dirty case, reconciled with what stands.

A case's clocks are computed anew from its events; one that has acted for its next instant
is told apart only by `next_at`, so nothing fires twice and nothing is forgotten.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from sys import intern

from sqlalchemy import Connection

from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import Folded
from observability.clock import Clock, ClockEvent, next_at, run_clock
from observability.instance import CaseEvent
from observability.objective import PER_CASE, Objective, applies_to, clock_money
from observability.projection import clock_stores
from observability.projection.clock_stores import KeptClock
from rules.calendar import BusinessCalendar
from rules.memory import Memory

_known: Memory[tuple[Clock | None]] = Memory(20_000)


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
        ran = _run(objective, calendar, events, (folded.instance.id, type_, key))
        if ran is not None:
            yield KeptClock(
                clock=ran,
                process=folded.case.process,
                next_at=next_at(ran, after=at),
                amount=clock_money(objective, folded.instance.amount, states.get((type_, key), {})),
                owner=objective.owner or folded.instance.owner,
            )


def _run(
    objective: Objective,
    calendar: BusinessCalendar | None,
    events: Sequence[CaseEvent],
    whose: tuple[str, str, str],
) -> Clock | None:
    """Return the clock that *events* run; the same events ran the same before."""
    names = tuple(map(intern, whose))
    known = _known.recall(objective, calendar, *names, *events)
    if known is None:
        instance, type_, key = names
        ran = run_clock(
            objective,
            calendar,
            [ClockEvent(activity=e.activity, occurred_at=e.occurred_at) for e in events],
            instance=instance,
            object_type=type_,
            object_key=key,
        )
        known = _known.keep((ran,), objective, calendar, *names, *events)
    return known[0]


def _runs(objective: Objective, folded: Folded) -> Iterable[tuple[str, str, list[CaseEvent]]]:
    """
    Yield the case's own run of events, or one run for each object of the objective's type.

    Events of other activities move no clock and are left out.
    """
    telling = [one for one in folded.case.events if one.activity in objective.activities]
    if not telling:
        return
    if objective.per == PER_CASE:
        yield "", "", telling
        return
    runs: dict[str, list[CaseEvent]] = defaultdict(list)
    for event in telling:
        for type_, key in event.objects:
            if type_ == objective.per:
                runs[key].append(event)
    for key, events in sorted(runs.items()):
        yield objective.per, key, events
