"""A decision explained: its facts with who reported them, and every rule in sentences."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec
from sqlalchemy import Connection

from controlplane.explanation.gathering import Gathered, gather, rules_of
from controlplane.explanation.naming import words_of
from controlplane.pipeline.definitions import RulesInForce
from controlplane.pipeline.loading import load_definitions
from governance.contract.stores import published
from governance.decision.stores import KeptDecision
from observability.event import ProcessEvent
from observability.model.model import ProcessModel
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.context import CONTEXT
from rules.decision import Fact
from rules.explanation.explained import Datum, ExplainedRule, explain
from rules.explanation.words import Words, spaced
from rules.fact import FactType
from rules.language import read_ruleset

_NOTHING = Gathered(facts=())


class SourceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The event that said a datum last; `trace_id` leads into the tracing tool."""

    source: str
    id: str
    type: str
    title: str
    at: datetime
    trace_id: str | None
    span_id: str | None


class ShownValue(msgspec.Struct, frozen=True, kw_only=True):
    """`event` names one of the answer's events."""

    field: str
    label: str
    value: str
    event: str | None


class ShownFact(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    id: str
    title: str
    values: tuple[ShownValue, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """
    `facts` is null where they are not known any more, because cases were joined or another
    model is in force: `rules` then tell what the ledger has kept.
    """

    facts: tuple[ShownFact, ...] | None
    events: dict[str, SourceEvent]
    rules: tuple[ExplainedRule, ...]


def explained(
    state: Connection,
    log_connection: Connection,
    kept: KeptDecision,
    *,
    occurrence: str | None = None,
) -> Explanation:
    """Return *kept* explained by what *state* and the log know; quiet rules of *occurrence*."""
    definitions = load_definitions(state)
    rules = rules_of(state, definitions, kept)
    if rules is None:
        return Explanation(facts=None, events={}, rules=())
    found = gather(state, log_connection, definitions, rules, kept)
    gathered = found or _NOTHING
    words = words_of(definitions, kept.process, published(state))
    told = explain(
        _compiled(rules),
        kept.decision,
        None if found is None else gathered.facts,
        words=words,
        sources=gathered.sources,
        occurrence=occurrence,
    )
    facts = tuple(_shown(one, words, gathered) for one in gathered.facts if one.type not in CONTEXT)
    named = {one.event for fact in facts for one in fact.values}
    named.update(event for rule in told for event in _events_of(rule))
    model = definitions.models.get(kept.process)
    events = sorted(gathered.events.items())
    return Explanation(
        facts=None if found is None else facts,
        events={name: _event(one, model) for name, one in events if name in named},
        rules=told,
    )


def _compiled(rules: RulesInForce) -> CompiledRuleSet:
    types = msgspec.json.encode(rules.fact_types, order="deterministic")
    return _compiled_of(rules.text, types)


@lru_cache(maxsize=64)
def _compiled_of(text: str, types: bytes) -> CompiledRuleSet:
    """Explaining asks no engine, so threads may share what is compiled."""
    return compile_ruleset(read_ruleset(text), msgspec.json.decode(types, type=dict[str, FactType]))


def _shown(fact: Fact, words: Words, gathered: Gathered) -> ShownFact:
    return ShownFact(
        type=fact.type,
        id=fact.id,
        title=words.thing(fact),
        values=tuple(
            ShownValue(
                field=field,
                label=words.label(fact.type, field),
                value=words.value(fact.type, field, value),
                event=gathered.sources.event(fact, field),
            )
            for field, value in sorted(fact.values.items())
        ),
    )


def _events_of(rule: ExplainedRule) -> Iterable[str | None]:
    for condition in rule.conditions:
        for datum in condition.data:
            yield from _under(datum)


def _under(datum: Datum) -> Iterable[str | None]:
    yield datum.event
    for one in datum.rests_on:
        yield from _under(one)


def _event(one: ProcessEvent, model: ProcessModel | None) -> SourceEvent:
    activity = one.activity or (model.activity_of(one.type) if model else None)
    return SourceEvent(
        source=one.source,
        id=one.id,
        type=one.type,
        title=model.title_of(activity) if model and activity else _title(one.type),
        at=one.occurred_at,
        trace_id=one.trace_id,
        span_id=one.span_id,
    )


def _title(type_: str) -> str:
    """`ps.customer.changed` is Customer changed."""
    return spaced(type_.partition(".")[2] or type_).replace(".", " ").capitalize()
