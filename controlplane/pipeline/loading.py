"""What is in force is read from governance's documents: anew when a command has changed one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from sqlalchemy import Connection

from controlplane.facttypes import fact_types
from controlplane.pipeline.definitions import (
    Definitions,
    Edition,
    MasteredEntity,
    RulesInForce,
)
from controlplane.registered import calendars, model_of, objective_of, ruleset_of
from governance.contract.published import PublishedContracts
from governance.contract.stores import published
from governance.document import GovernedDocument
from governance.document import stores as documents
from governance.handling.policy import BUILT_IN, Policy, read_handling
from governance.routing import RoutingTree, read_routing
from governance.team.stores import list_teams
from observability.entity import stamp
from observability.mastery.document import KIND as MASTERY
from observability.mastery.document import read_mastery
from observability.model.model import ProcessModel
from observability.objective import Objective
from observability.objective.moves import subject_type
from observability.system.document import System, read_system
from observability.system.hearing import Hearing, Silence
from observability.system.stores import silences
from rules.fact import FactType
from rules.uses import fields_named, uses

_system = lru_cache(maxsize=256)(read_system)
_mastery = lru_cache(maxsize=256)(read_mastery)
_routing = lru_cache(maxsize=16)(read_routing)
_policy = lru_cache(maxsize=16)(read_handling)


@lru_cache(maxsize=256)
def _fields_named(text: str) -> frozenset[str]:
    return fields_named(ruleset_of(text))


@lru_cache(maxsize=256)
def _uses(text: str) -> frozenset[str]:
    return uses(ruleset_of(text))


def load_definitions(connection: Connection) -> Definitions:
    """Return what is in force in the state that *connection* sees."""
    models = {one.name: model_of(one.body) for one in documents.list_active(connection, "process")}
    objectives: dict[str, list[Objective]] = defaultdict(list)
    for one in documents.list_active(connection, "sla"):
        objective = objective_of(one.body)
        objectives[objective.process].append(objective)
    promised = [one for those in objectives.values() for one in those]
    contracts = published(connection)
    types = _types(models, contracts)
    rules = _rules(documents.list_active(connection, "ruleset"), types)
    shadows = _rules(documents.list_standing(connection, "ruleset", "shadow"), types)
    asked = [one for those in (*rules.values(), *shadows.values()) for one in those]
    systems = {one.name: _system(one.body) for one in documents.list_active(connection, "system")}
    quiet = silences(connection) if systems else {}
    return Definitions(
        models=models,
        pinned=_pinned(connection, models),
        calendars=calendars(connection),
        objectives={process: tuple(those) for process, those in objectives.items()},
        rules=rules,
        shadows=shadows,
        unread=_unread(models.values(), asked, promised),
        watched=_watched(models, promised),
        systems=systems,
        told_by=_told_by(systems.values()),
        hearings=_hearings(models, promised, systems, quiet),
        routing=load_routing(connection),
        policy=load_policy(connection),
        teams=tuple(list_teams(connection)),
        leaving=frozenset(one.reference for one in contracts.leaving),
        records=_records(connection),
    )


def _records(connection: Connection) -> dict[str, MasteredEntity]:
    found = {}
    for one in documents.list_active(connection, MASTERY):
        first = documents.list_editions(connection, MASTERY, one.name)[-1]
        since = first.in_force_at or first.changed_at
        found[one.name] = MasteredEntity(mastery=_mastery(one.body), since=since)
    return found


def _pinned(
    connection: Connection, models: Mapping[str, ProcessModel]
) -> dict[str, tuple[Edition, ...]]:
    return {
        process: tuple(
            Edition(since=one.in_force_at or one.changed_at, model=model_of(one.body))
            for one in documents.list_editions(connection, "process", process)
        )
        for process, model in models.items()
        if model.running == "pin"
    }


def load_routing(connection: Connection) -> RoutingTree | None:
    """Return the routing in force; None while nobody has said who is to be told."""
    active = documents.list_active(connection, "routing")
    return _routing(active[0].body).owned_by(list_teams(connection)) if active else None


def load_policy(connection: Connection) -> Policy:
    """Return the handling policy in force; the built-in one where nobody has written another."""
    active = documents.list_active(connection, "handling")
    return _policy(active[0].body) if active else BUILT_IN


def _unread(
    models: Iterable[ProcessModel],
    rules: Iterable[RulesInForce],
    objectives: Iterable[Objective],
) -> dict[str, frozenset[str]]:
    """Return, of every type that is neither a case nor counted, the stamps that nobody reads."""
    read = {name for one in rules for name in _fields_named(one.text)}
    read |= {path.rpartition(".")[2] for one in objectives for path in one.reads}
    stamps: dict[str, set[str]] = defaultdict(set)
    looked_at: set[str | None] = set()
    for model in models:
        looked_at |= {model.case, *(figure.entity for figure in model.money.figures)}
        looked_at.add(model.money.amount.entity if model.money.amount else None)
        for type_ in model.entities:
            stamps[type_] |= {stamp(one.activity) for one in model.activities}
            stamps[type_] -= model.references.keys()
    return {
        type_: frozenset(those - read) for type_, those in stamps.items() if type_ not in looked_at
    }


def _watched(
    models: Mapping[str, ProcessModel], objectives: Iterable[Objective]
) -> dict[str, frozenset[str]]:
    """Return the fields of each type of entity on whose values clocks begin, stand still or end."""
    found: dict[str, set[str]] = defaultdict(set)
    for objective in objectives:
        model = models.get(objective.process)
        for one in objective.conditions:
            type_ = subject_type(objective, one, model)
            if type_ is not None:
                found[type_].add(one.field)
    return {type_: frozenset(fields) for type_, fields in found.items()}


def _told_by(systems: Iterable[System]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in systems:
        for source in one.sources:
            found[source] = (*found.get(source, ()), one.system)
    return found


def _hearings(
    models: Mapping[str, ProcessModel],
    objectives: Iterable[Objective],
    systems: Mapping[str, System],
    quiet: Mapping[str, tuple[Silence, ...]],
) -> dict[tuple[str, str], Hearing]:
    """Return what is known of the systems that tell of each objective's target."""
    found: dict[tuple[str, str], Hearing] = {}
    for one in objectives:
        model = models.get(one.process)
        told = [model.by_activity.get(name) for name in one.to] if model else []
        known = {activity.system or "" for activity in told if activity is not None}
        names = sorted(known & set(systems))
        if names:
            found[one.process, one.sla] = Hearing(
                systems=tuple(systems[name] for name in names),
                silences=tuple(silence for name in names for silence in quiet.get(name, ())),
            )
    return found


def _types(
    models: Mapping[str, ProcessModel], contracts: PublishedContracts
) -> dict[str, dict[str, FactType]]:
    return {process: fact_types(model, contracts) for process, model in models.items()}


def _rules(
    standing: Iterable[GovernedDocument], types: Mapping[str, dict[str, FactType]]
) -> dict[str, tuple[RulesInForce, ...]]:
    found: dict[str, list[RulesInForce]] = defaultdict(list)
    for one in standing:
        ruleset = ruleset_of(one.body)
        process = ruleset.process
        if process in types:
            found[process].append(
                RulesInForce(
                    key=f"{one.name}@{one.version}:{one.digest[:12]}",
                    ruleset=ruleset,
                    text=one.body,
                    fact_types=types[process],
                    uses=_uses(one.body),
                )
            )
    return {process: tuple(those) for process, those in found.items()}
