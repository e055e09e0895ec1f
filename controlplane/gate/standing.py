"""
What stands now, read in one snapshot: the definitions in force, and the facts of one case.

The facts are worked out as the worker does it, and nothing is stored.
"""

from datetime import datetime
from threading import Lock

import msgspec
from sqlalchemy import Connection

from controlplane.pipeline.clocking import clocks_of
from controlplane.pipeline.deciding import facts_of
from controlplane.pipeline.definitions import Definitions, RulesInForce, load_definitions
from controlplane.pipeline.folding import load_cases, read_cases
from controlplane.registry_stores import Revision, revision
from governance.ledger.stores import last_number
from observability.projection import case_stores
from rules.decision import Fact
from rules.fact import CLOCK

_JUDGING = ("calendar", "process", "ruleset", "sla")


class InForce:
    """What judges, read anew when the audit ledger has grown by a change of it; no routing."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._number = -1
        self._revision: Revision | None = None
        self._definitions = Definitions()

    def read(self, state: Connection) -> Definitions:
        """Return what is in force in the snapshot of *state*: no change of it is unrecorded."""
        number = last_number(state)
        with self._lock:
            if number != self._number:
                found = revision(state, _JUDGING)
                if found != self._revision:
                    self._definitions, self._revision = load_definitions(state), found
                self._number = number
            return self._definitions


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    instance: str
    facts: list[Fact]


def case_facts(
    state: Connection, definitions: Definitions, rules: RulesInForce, case: str, *, at: datetime
) -> CaseFacts | None:
    """Return what *rules* may look at of the case known by the key *case*, clocks read *at*."""
    process = rules.ruleset.process
    instance = case_stores.instances_by_key(state, [(process, case)]).get((process, case))
    if instance is None:
        return None
    folded = read_cases(state, definitions, load_cases(state, [instance])).get(instance)
    if folded is None:  # the key is known, and no event has come under it
        return None
    clocks = list(clocks_of(definitions, folded, at)) if CLOCK.name in rules.uses else []
    facts = facts_of(definitions, [rules], folded, clocks, at)
    return CaseFacts(instance=instance, facts=[one for one in facts if one.type in rules.uses])
