"""A case that rule processes die over: its rule set's owner is told, while that is so."""

import msgspec
from msgspec.structs import replace

from controlplane.applying.applying import Applying
from controlplane.engagement import stores as engagements
from controlplane.pipeline.command import Outcome
from controlplane.pipeline.deciding import Decided
from controlplane.pipeline.folding import load_cases, read_cases
from controlplane.pipeline.settling import circumstances
from controlplane.ruleprocess import held_stores
from controlplane.ruleprocess.held_stores import HeldCase
from governance.decision.stores import latest_of_instance
from governance.exception import stores as exceptions
from governance.exception.held import RULE, held
from governance.exception.process_exception import Change
from governance.exception.reconcile import reconcile
from rules.decision import Decision
from rules.refusal import Refusal


def hold(applying: Applying) -> Outcome | Refusal:
    """Open the exception of the case in the body, unless it was decided on other facts since."""
    one = msgspec.convert(applying.command.body, HeldCase)
    held_stores.report(applying.state, one.id)
    changes = _changes(applying, one)
    engagements.save(applying.state, changes)
    applying.processing.tell(applying.state, changes, applying.moment)
    return Outcome(status=200, body={"exceptions": [change.exception.id for change in changes]})


def _changes(applying: Applying, one: HeldCase) -> list[Change]:
    state, at = applying.state, applying.moment.at
    definitions = applying.processing.definitions(state)
    folded = read_cases(state, definitions, load_cases(state, [one.instance])).get(one.instance)
    latest = (kept for kept in latest_of_instance(state, one.instance))
    kept = next((kept for kept in latest if kept.decision.ruleset == one.ruleset), None)
    if folded is None or kept is None or not _still(one, kept.decision):
        return []
    owner = definitions.ruleset_owner(one.process, one.ruleset)
    case_key = folded.instance.case_key
    firing = held(kept.decision, case_key=case_key, owner=owner, because=one.because)
    decision = replace(
        kept.decision, evaluated=(), firings=(firing,), not_fired=(), not_evaluated=()
    )
    decided = Decided(folded=folded, clocks=(), decision=decision)
    standing = exceptions.of_instances(state, [one.instance]).get(one.instance, [])
    return reconcile(
        [before for before in standing if before.rule == RULE],
        decision,
        circumstances(definitions, decided, kept.id, at=at),
        at=at,
        handling=definitions.handling(one.process),
    )


def _still(one: HeldCase, decision: Decision) -> bool:
    return (one.version, one.facts_digest) == (decision.version, decision.facts_digest)
