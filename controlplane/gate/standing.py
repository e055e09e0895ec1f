"""
What stands now, read in one snapshot: the definitions in force, and the facts of one case.

A case is read as the worker left it; where that does not tell all, it is worked out as the
worker does it, and nothing is stored.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.clocking import clocks_of
from controlplane.pipeline.deciding import facts_of
from controlplane.pipeline.definitions import Definitions, RulesInForce
from controlplane.pipeline.folding import FARTHEST_LINK, load_cases, read_cases
from controlplane.pipeline.loading import load_definitions
from controlplane.registry_stores import Revision, revision
from governance.decision import stores as decisions
from governance.ledger.stores import last_number
from observability.projection import clock_stores
from observability.projection.case_state_stores import entities_in_sight, find_case
from rules.decision import Decision, Fact
from rules.fact import CLOCK
from rules.packing import canonical, digest
from rules.reach import reach

_JUDGING = ("calendar", "process", "ruleset", "sla")


class InForce:
    """What judges, read anew when the ledger has grown by a change of it. One thread reads."""

    def __init__(self) -> None:
        self._number = -1
        self._revision: Revision | None = None
        self._definitions = Definitions()

    def read(self, state: Connection) -> Definitions:
        """Return what is in force in the snapshot of *state*: no change of it is unrecorded."""
        number = last_number(state)
        if number != self._number:
            found = revision(state, _JUDGING)
            if found != self._revision:
                self._definitions, self._revision = load_definitions(state), found
            self._number = number
        return self._definitions


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`settled` unless the worker is still to judge the case by what is in force."""

    instance: str
    facts: list[Fact]
    settled: bool


def case_facts(
    state: Connection, definitions: Definitions, rules: RulesInForce, case: str, *, at: datetime
) -> CaseFacts | None:
    """Return what is known of the case of the key *case* that *rules* may ask, clocks read *at*."""
    found = find_case(state, rules.ruleset.process, case)
    if found is None:
        return None
    if found.state is None:
        return _worked_out(state, definitions, rules, found.id, at=at)
    entities = entities_in_sight(state, found.id, rules.uses, farthest=FARTHEST_LINK)
    timed = CLOCK.name in rules.uses
    clocks = clock_stores.clocks_of(state, [found.id]).get(found.id, []) if timed else []
    facts = facts_of(definitions, [rules], found.state, entities, clocks, at=at)
    return CaseFacts(instance=found.id, facts=facts, settled=True)


def _worked_out(
    state: Connection, definitions: Definitions, rules: RulesInForce, instance: str, *, at: datetime
) -> CaseFacts | None:
    """Fold the case from its events, as the worker does; nothing is stored."""
    folded = read_cases(state, definitions, load_cases(state, [instance])).get(instance)
    if folded is None:
        return None
    clocks = list(clocks_of(definitions, folded, at)) if CLOCK.name in rules.uses else []
    facts = facts_of(definitions, [rules], folded.instance, folded.entities, clocks, at=at)
    return CaseFacts(instance=instance, facts=facts, settled=False)


def standing_decision(
    state: Connection, rules: RulesInForce, instance: str, facts: Sequence[Fact]
) -> Decision | None:
    """Return what the worker decided by *rules* on the very same *facts*, every rule asked."""
    last = decisions.latest_by(state, instance, rules.ruleset.ruleset)
    if last is None or last.version != rules.ruleset.version:
        return None
    if last.not_evaluated or last.by_reference or last.facts_digest != digest(canonical(facts)):
        return None
    came = reach(rules.ruleset.rules, last.firings, last.not_fired)  # the ledger does without it
    return msgspec.structs.replace(last, reach=came)
