"""What is in force: process models, objectives on their calendars, rule sets on fact types."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from governance.handling.due import Handling
from governance.handling.policy import BUILT_IN, Policy
from governance.routing import RoutingTree
from governance.team import Team
from observability.correlation.correlation import placements
from observability.event import ProcessEvent
from observability.mastery.document import Mastery
from observability.model.model import ProcessModel
from observability.objective import Objective
from observability.system.document import System
from observability.system.hearing import Hearing
from rules.calendar import BusinessCalendar
from rules.context import turns
from rules.decision import Fact
from rules.fact import FactType
from rules.rule import RuleSet


class RulesInForce(msgspec.Struct, frozen=True, kw_only=True):
    """One active rule set, its text as registered, the types of facts, and those it looks at."""

    key: str
    ruleset: RuleSet
    text: str
    fact_types: dict[str, FactType]
    uses: frozenset[str]

    def shown(
        self, told: Sequence[Fact], known: Iterable[Fact], given: Sequence[Fact] = ()
    ) -> list[Fact]:
        """
        Return what the rules are shown: the context that they are *told*, and what they look at.

        Of one name counts what was *given*, not what is *known* of the case.
        """
        found = [*told, *(one for one in known if one.type in self.uses)]
        if not given:
            return found
        looked_at = (*found, *(one for one in given if one.type in self.uses))
        return list({(one.type, one.id): one for one in looked_at}.values())


class MasteredEntity(msgspec.Struct, frozen=True, kw_only=True):
    """Who may tell what of a type of entity, and since when anybody said so."""

    mastery: Mastery
    since: datetime


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a process model, and since when it was in force."""

    since: datetime
    model: ProcessModel


class Definitions(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """
    Everything that judges events, by process.

    `pinned` are the versions before a model that leaves running cases with theirs, the last
    first. `shadows` are the rule sets in shadow, which are asked and change nothing. `unread` are
    the stamps of each type of entity that neither a rule nor an objective reads; `watched` are
    the fields of each type that move clocks, `records` who may tell what of each type. `told_by`
    has the systems that a source is one of, `hearings` what is known, by process and objective,
    of the systems that tell of its target.
    """

    models: Mapping[str, ProcessModel] = {}
    pinned: Mapping[str, tuple[Edition, ...]] = {}
    objectives: Mapping[str, tuple[Objective, ...]] = {}
    calendars: Mapping[str, BusinessCalendar] = {}
    rules: Mapping[str, tuple[RulesInForce, ...]] = {}
    shadows: Mapping[str, tuple[RulesInForce, ...]] = {}
    unread: Mapping[str, frozenset[str]] = {}
    watched: Mapping[str, frozenset[str]] = {}
    systems: Mapping[str, System] = {}
    told_by: Mapping[str, tuple[str, ...]] = {}
    hearings: Mapping[tuple[str, str], Hearing] = {}
    routing: RoutingTree | None = None
    policy: Policy = BUILT_IN
    teams: tuple[Team, ...] = ()
    leaving: frozenset[str] = frozenset()
    records: Mapping[str, MasteredEntity] = {}

    def handling(self, process: str) -> Handling:
        """Return how exceptions of *process* are worked: on the calendars of those who own them."""
        return self._handling.get(process) or self._handled(None)

    @cached_property
    def _handling(self) -> dict[str, Handling]:
        named = {*self.models, *self.objectives, *self.rules}
        return {process: self._handled(self._calendar(process)) for process in named}

    def _handled(self, otherwise: BusinessCalendar | None) -> Handling:
        named = {one.team: self.calendars.get(one.calendar or "") for one in self.teams}
        calendars = {team: calendar for team, calendar in named.items() if calendar}
        return Handling(policy=self.policy, calendars=calendars, otherwise=otherwise)

    def _calendar(self, process: str) -> BusinessCalendar | None:
        """Return the calendar that the process's first objective with one runs on."""
        those = sorted(self.objectives.get(process, ()), key=lambda one: one.sla)
        named = (self.calendars.get(one.calendar) for one in those if one.calendar)
        return next((one for one in named if one is not None), None)

    def model_of(self, process: str, *, begun: datetime) -> ProcessModel | None:
        """
        Return the model that judges a case that has *begun* then: the one in force, unless that
        one leaves the cases before it with theirs.
        """
        for one in self.pinned.get(process, ()):
            if one.model.running == "migrate" or begun >= one.since:
                return one.model
        before = self.pinned.get(process)
        return before[-1].model if before else self.models.get(process)

    def objective(self, process: str, sla: str) -> Objective:
        """Return the objective *sla* in force; raise `KeyError` when it is none of *process*."""
        for one in self.objectives.get(process, ()):
            if one.sla == sla:
                return one
        raise KeyError(sla)

    def hearing(self, objective: Objective) -> Hearing | None:
        return self.hearings.get((objective.process, objective.sla))

    def slas_of(self, system: str) -> list[tuple[str, str]]:
        """Return (process, objective) of every target that *system* tells."""
        return [
            name
            for name, one in sorted(self.hearings.items())
            if any(known.system == system for known in one.systems)
        ]

    def ruleset_owner(self, process: str, ruleset: str) -> str | None:
        """Return who answers for the rule set *ruleset* in force."""
        those = (one.ruleset for one in self.rules.get(process, ()))
        return next((one.owner for one in those if one.ruleset == ruleset), None)

    def rules_of(self, ruleset: str) -> RulesInForce | None:
        """Return the rule set *ruleset* as it is in force."""
        those = (one for rules in self.rules.values() for one in rules)
        return next((one for one in those if one.ruleset.ruleset == ruleset), None)

    def shadow_of(self, ruleset: str) -> RulesInForce | None:
        """Return the rule set *ruleset* as it stands in shadow."""
        those = (one for rules in self.shadows.values() for one in rules)
        return next((one for one in those if one.ruleset.ruleset == ruleset), None)

    def next_turn(self, process: str, *, after: datetime) -> datetime | None:
        """Return when a rule of *process* next comes into effect or goes out of it."""
        those = [turns(one.ruleset, self.calendars) for one in self.rules.get(process, ())]
        return min((at for found in those for at in found if at > after), default=None)

    def reported(self, event: ProcessEvent) -> Iterator[tuple[str, str | None]]:
        """Yield every process that has a model and to which *event* says something."""
        seen = set()
        for placement in placements(event, self.models.values()):
            if placement.process in self.models and placement.process not in seen:
                seen.add(placement.process)
                yield placement.process, placement.activity
        for process, model in sorted(self.models.items()):
            if process not in seen and event.type in model.touching:
                yield process, None
