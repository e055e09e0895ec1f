"""
The facts of a decision, gathered anew: those of its case at that time, or those that were given.

They are believed only when their digest is the decision's: cases are joined, and models and
objectives replaced, after a decision was taken.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from controlplane.explanation.past import past
from controlplane.explanation.provenance import Provenance
from controlplane.facttypes import fact_types
from controlplane.gate.given import read_given
from controlplane.gate.taken import GATE_SOURCE, Taken, taken_of
from controlplane.pipeline.clocking import clocks_of
from controlplane.pipeline.deciding import facts_of
from controlplane.pipeline.definitions import Definitions, RulesInForce
from governance.contract.stores import published
from governance.decision.stores import KeptDecision
from governance.document import stores as documents
from observability.event import ProcessEvent
from observability.log import stores as log
from observability.projection.progress_stores import clocks_read_at
from rules.context import context
from rules.decision import Fact
from rules.explanation.explained import UNSOURCED, Sources
from rules.language import read_ruleset
from rules.packing import canonical, digest
from rules.refusal import Refusal
from rules.uses import uses


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """Facts, who knows where they come from, and the events by name."""

    facts: Sequence[Fact]
    sources: Sources = UNSOURCED
    events: Mapping[str, ProcessEvent] = {}


def rules_of(
    state: Connection, definitions: Definitions, kept: KeptDecision
) -> RulesInForce | None:
    """Return the version of the rule set that decided, with the types of facts as they are."""
    name, version = kept.decision.ruleset, kept.decision.version
    current = definitions.rules_of(name)
    if current is not None and current.ruleset.version == version:
        return current
    found = documents.get_document(state, "ruleset", name, version)
    model = definitions.models.get(kept.process)
    if found is None or model is None:
        return None
    ruleset = read_ruleset(found.body)
    return RulesInForce(
        key=found.digest,
        ruleset=ruleset,
        text=found.body,
        fact_types=fact_types(model, published(state)),
        uses=uses(ruleset),
    )


def gather(
    state: Connection,
    log_connection: Connection,
    definitions: Definitions,
    rules: RulesInForce,
    kept: KeptDecision,
) -> Gathered | None:
    """Return the facts that *kept* was decided on; None when they cannot be had any more."""
    entry = log.find(log_connection, GATE_SOURCE, kept.id) if kept.asked_by else None
    taken = None if entry is None else taken_of(entry)
    at = _read_at(state, taken, kept)
    told = context(rules.ruleset, definitions.calendars, at=at)
    given = _given(taken, rules)
    found = Gathered(facts=rules.shown(told, (), given))
    if kept.instance:
        before = past(state, log_connection, definitions, kept.instance, until=kept.offset)
        if before is None:
            return None
        folded = before.folded
        clocks = list(clocks_of(definitions, folded, at))
        known = facts_of(definitions, [rules], folded.instance, folded.entities, clocks, at=at)
        found = Gathered(
            facts=rules.shown(told, known, given),
            sources=Provenance(before, definitions, clocks, rules.fact_types),
            events=before.events,
        )
    return found if digest(canonical(found.facts)) == kept.decision.facts_digest else None


def _read_at(state: Connection, taken: Taken | None, kept: KeptDecision) -> datetime:
    if taken is not None:
        return taken.asked.at or taken.at
    return clocks_read_at(state, kept.offset) or kept.at


def _given(taken: Taken | None, rules: RulesInForce) -> list[Fact]:
    given = [] if taken is None else read_given(taken.asked.facts, rules.fact_types)
    return [] if isinstance(given, Refusal) else given
