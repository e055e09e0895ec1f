"""
Clock: what the objectives promise for each dirty case, reconciled with what stands.

A case's clocks are computed anew from its events; one that has acted for its next instant
is told apart only by `next_at`, so nothing fires twice and nothing is forgotten.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from sys import intern
from typing import Any

from sqlalchemy import Connection

from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.folding import Folded
from observability.clock.clock import Clock, next_at, period_clock, run_clock
from observability.correlation.correlation import keys_of
from observability.entity import Entity
from observability.instance.instance import CaseEvent
from observability.model.model import ProcessModel
from observability.objective import PER_CASE, Objective, clock_money
from observability.objective.condition import Condition, History
from observability.objective.document import Expectation
from observability.objective.moves import is_standing, moves, standing_history, subject_type
from observability.objective.recurring import Evidence, kept_at, periods, standing
from observability.objective.terms import Seen, Terms, applies_to, terms_of
from observability.projection import clock_stores
from observability.projection.clock_stores import KeptClock
from rules.memory import Memory

_known: Memory[tuple[Clock | None]] = Memory(20_000)


def clock(
    state: Connection, definitions: Definitions, cases: Mapping[str, Folded], *, at: datetime
) -> tuple[dict[str, list[KeptClock]], dict[str, list[KeptClock]]]:
    """Store the clocks of *cases* as of *at*; return them by instance, and those before."""
    kept = {id_: sorted(clocks_of(definitions, one, at), key=_name) for id_, one in cases.items()}
    now = [one for those in kept.values() for one in those]
    return kept, clock_stores.replace_clocks(state, cases, now)


def _name(kept: KeptClock) -> str:
    return kept.clock.id


def clocks_of(definitions: Definitions, folded: Folded, at: datetime) -> Iterator[KeptClock]:
    """Yield what the objectives of its process promise for one case, as of *at*."""
    case = _Case(definitions, folded)
    for objective in definitions.objectives.get(folded.case.process, ()):
        for type_, key, events in _runs(objective, folded):
            item = case.states.get((type_, key), {})
            amount = clock_money(objective, folded.instance.amount, item)
            seen = Seen(
                case=folded.instance.attributes,
                item=item,
                entities=case.fields(objective.types, item),
                amount=amount,
            )
            if not applies_to(objective, seen):
                continue
            terms = terms_of(objective, seen, definitions.calendars, definitions.hearing(objective))
            if terms is None:
                continue
            for ran, waits in case.runs(objective, terms, events, (type_, key), at):
                yield KeptClock(
                    clock=ran,
                    process=folded.case.process,
                    next_at=waits,
                    amount=amount,
                    owner=objective.owner or folded.instance.owner,
                )


class _Case:
    """One case as its clocks see it."""

    def __init__(self, definitions: Definitions, folded: Folded) -> None:
        self.folded = folded
        self.model: ProcessModel | None = definitions.models.get(folded.case.process)

    @cached_property
    def states(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {one.name: one.state for one in self.folded.entities}

    @cached_property
    def by_type(self) -> dict[str, list[Entity]]:
        found: dict[str, list[Entity]] = defaultdict(list)
        for one in self.folded.entities:
            found[one.type].append(one)
        return dict(found)

    def seen_by(self, type_: str, item: Mapping[str, Any]) -> list[Entity]:
        """Return the entities of a type: those that *item* refers to, or all of the case."""
        those = self.by_type.get(type_, [])
        references = self.model.references.items() if self.model else ()
        named = {key for field, to in references if to == type_ for key in keys_of(item.get(field))}
        return [one for one in those if one.key in named] if named else those

    def fields(
        self, types: Collection[str], item: Mapping[str, Any]
    ) -> dict[str, list[Mapping[str, Any]]]:
        return {type_: [one.state for one in self.seen_by(type_, item)] for type_ in types}

    def runs(
        self,
        objective: Objective,
        terms: Terms,
        events: Sequence[CaseEvent],
        whose: tuple[str, str],
        at: datetime,
    ) -> Iterator[tuple[Clock, datetime | None]]:
        """Yield each clock with the instant that it waits for next."""
        if objective.expects is not None:
            yield from self._periods(objective, objective.expects, terms, events, whose, at)
            return
        ran = self.run(objective, terms, events, whose)
        if ran is not None:
            yield ran, next_at(ran, after=at)

    def _periods(  # noqa: PLR0913, PLR0917 - what is expected of whom, on which terms
        self,
        objective: Objective,
        expected: Expectation,
        terms: Terms,
        events: Sequence[CaseEvent],
        whose: tuple[str, str],
        at: datetime,
    ) -> Iterator[tuple[Clock, datetime | None]]:
        """Yield a clock for each period up to the one that runs; its end wakes the case."""
        item = self.states.get(whose, {})
        begun = next((e.occurred_at for e in events if e.activity in objective.start), None)
        if begun is None or terms.calendar is None or terms.target.by is None:
            return
        everything = self.folded.case.events
        ends = (e for e in everything if e.activity in objective.cancel)
        ended = next((e.occurred_at for e in ends if _concerns(e, whose)), None)
        since, until = standing(expected, item, begun, ended, terms.calendar)
        came = self._came(objective, expected)
        names = (self.folded.instance.id, *whose)
        for period in periods(terms.target.by, terms.calendar, since=since, until=until, at=at):
            kept = kept_at(expected, item, period, came)
            ran = period_clock(objective, terms, period, kept, names)
            if ran is not None:
                opens = period.opens_at
                yield ran, opens if opens > at else next_at(ran, after=at)

    def _came(self, objective: Objective, expected: Expectation) -> list[Evidence]:
        return [
            Evidence(occurred_at=event.occurred_at, fields=self.states.get(named, {}))
            for event in self.folded.case.events
            if event.activity in objective.to
            for named in event.objects
            if named[0] == expected.entity
        ]

    def run(
        self,
        objective: Objective,
        terms: Terms,
        events: Sequence[CaseEvent],
        whose: tuple[str, str],
    ) -> Clock | None:
        """Return the clock that *events* and states run; the same ran the same before."""
        subjects: list[object] = []
        for one, those in self._asked(objective, whose):
            subjects += [one, *(entity.history for entity in those)]
        names = (intern(self.folded.instance.id), intern(whose[0]), intern(whose[1]))
        anchor = None if terms.anchor is None else intern(terms.anchor)
        standing = any(map(is_standing, objective.conditions))
        whole = self.folded.case.events if standing else ()
        of = (objective, terms.target, terms.calendar, terms.hearing, anchor, *names, *subjects)
        told = (self.model, self.folded.instance.attributes) if standing else ()
        because = (*of, *told, *whole, None, *events)
        known = _known.recall(*because)
        if known is None:
            ran = run_clock(
                objective,
                terms,
                moves(objective, events, self._histories(objective, whose)),
                instance=names[0],
                object_type=names[1],
                object_key=names[2],
            )
            known = _known.keep((ran,), *because)
        return known[0]

    def _asked(
        self, objective: Objective, whose: tuple[str, str]
    ) -> Iterator[tuple[Condition, list[Entity]]]:
        """Yield each condition that an entity tells, with the entities that it asks."""
        for one in objective.conditions:
            type_ = subject_type(objective, one, self.model)
            if type_ is not None:
                yield one, self._entities(one, type_, whose)

    def _entities(self, condition: Condition, type_: str, whose: tuple[str, str]) -> list[Entity]:
        match condition.subject:
            case "object":
                return [one for one in self.folded.entities if one.name == whose]
            case "case":
                keys = self.folded.case.keys
                return [
                    one for one in self.folded.entities if one.type == type_ and one.key in keys
                ]
            case _:
                return self.seen_by(type_, self.states.get(whose, self.folded.instance.attributes))

    def _histories(self, objective: Objective, whose: tuple[str, str]) -> dict[str, list[History]]:
        found: dict[str, list[History]] = {
            one.text: [entity.history.get(one.field, []) for entity in those]
            for one, those in self._asked(objective, whose)
        }
        for one in objective.conditions:
            if is_standing(one):
                events, seen = self.folded.case.events, self.folded.instance.attributes
                found[one.text] = [standing_history(events, self.model, seen, one.field)]
        return found


def _concerns(event: CaseEvent, whose: tuple[str, str]) -> bool:
    """Whether *event* is of that object, or of none of its type but of the case."""
    return whose in event.objects or all(type_ != whose[0] for type_, _ in event.objects)


def _runs(objective: Objective, folded: Folded) -> Iterable[tuple[str, str, list[CaseEvent]]]:
    """
    Yield the case's own run of events, or one run for each object of the objective's type.

    Events of other activities move no clock and are left out; an object whose states move its
    clock has a run whatever happened to it.
    """
    telling = [one for one in folded.case.events if one.activity in objective.activities]
    if not telling and not objective.conditions:
        return
    if objective.per == PER_CASE:
        yield "", "", telling
        return
    runs: dict[str, list[CaseEvent]] = defaultdict(list)
    for event in folded.case.events if objective.conditions else telling:
        for type_, key in event.objects:
            if type_ == objective.per:
                runs[key] += [event] if event.activity in objective.activities else []
    for key, events in sorted(runs.items()):
        yield objective.per, key, events
