"""Decisions as they are shown: rules that held, rules that did not and why, rules not asked."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter
from msgspec.structs import asdict
from sqlalchemy import Connection

from controlplane.api.problem import not_found
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.explanation.explained import ShownFact, SourceEvent, explained
from controlplane.gate.taken import GATE_SOURCE, kept, taken_of
from controlplane.identity.role import Role
from governance.decision.stores import KeptDecision, get_decision
from observability.log import stores as log
from rules.decision import Firing, NotEvaluated, NotFired, ReferenceAlone
from rules.explanation.explained import ExplainedRule

_Occurrence = Annotated[
    str | None,
    QueryParameter(description="What rules that did not fire are to tell of, if they know it."),
]


class DecisionItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    `asked_by` is who asked at the gate; null where an event or a deadline made it.

    `evaluated` are the rules that were asked, `not_asked` those that do not apply, as `not_fired`
    says why. `by_reference` is null where the engine answered and the reference agreed.
    """

    decision_id: str
    at: datetime
    process: str
    instance: str | None
    ruleset: str
    ruleset_version: str
    outcome: str
    evaluated: tuple[str, ...]
    not_asked: tuple[str, ...]
    firings: tuple[Firing, ...]
    firing_count: int
    not_fired: tuple[NotFired, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    facts_digest: str
    by_reference: ReferenceAlone | None
    trace_id: str | None
    span_id: str | None
    asked_by: str | None


class ExplainedDecision(DecisionItem, frozen=True, kw_only=True):
    """
    A decision with its facts, who reported them, and why every rule held or did not.

    `facts` is null where they are not known any more, because cases were joined or another
    model is in force: `rules` then tell what the ledger has kept. `events` are named by data.
    """

    facts: tuple[ShownFact, ...] | None
    events: dict[str, SourceEvent]
    rules: tuple[ExplainedRule, ...]


@get(
    "/v1/decisions/{decision:str}",
    operation_id="get_decision",
    tags=["Rules"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def read_decision(
    runtime: Wired, decision: FromPath[str], occurrence: _Occurrence = None
) -> ExplainedDecision:
    """One entry of the decision ledger, with its facts and every rule explained."""
    with (
        reading(runtime.databases.state) as connection,
        reading(runtime.databases.log) as log_connection,
    ):
        found = get_decision(connection, decision)
        if found is None:  # the gate has answered, and the worker has not come to it yet
            found = _logged(log_connection, decision)
        if found is None:
            raise not_found("decision", decision)
        told = explained(connection, log_connection, found, occurrence=occurrence)
    return ExplainedDecision(
        **asdict(decision_item(found)), facts=told.facts, events=told.events, rules=told.rules
    )


def _logged(log_connection: Connection, decision: str) -> KeptDecision | None:
    entry = log.find(log_connection, GATE_SOURCE, decision)
    return None if entry is None else kept(taken_of(entry), offset=entry.offset)


def decision_item(one: KeptDecision) -> DecisionItem:
    taken = one.decision
    return DecisionItem(
        decision_id=one.id,
        at=one.at,
        process=one.process,
        instance=one.instance or None,
        ruleset=taken.ruleset,
        ruleset_version=taken.version,
        outcome=taken.outcome,
        evaluated=taken.asked,
        not_asked=taken.not_asked,
        firings=taken.firings,
        firing_count=len(taken.firings),
        not_fired=taken.not_fired,
        not_evaluated=taken.not_evaluated,
        facts_digest=taken.facts_digest,
        by_reference=taken.by_reference,
        trace_id=one.trace_id,
        span_id=one.span_id,
        asked_by=one.asked_by,
    )


HANDLERS = [read_decision]
