"""The gate over HTTP: may this be done? The answer is on disk before it is given."""

import asyncio
from datetime import UTC, datetime
from reprlib import repr as shown
from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from controlplane.api.problem import ProblemError, answer, invalid
from controlplane.api.query import instant_given
from controlplane.api.receiving import REFUSED, refusal_of, runtime_of
from controlplane.api.submission import command_id, require_storable
from controlplane.api.wiring import WebRequest
from controlplane.gate.asked import Caller
from controlplane.gate.gate import BusyError, Gate
from controlplane.gate.taken import Question, Taken
from controlplane.identity.role import Role
from controlplane.runtime import Runtime
from observability.intake.candidate import trace_of
from observability.intake.soundness import repeated_key
from rules.decision import Firing, NotEvaluated, NotFired, ReferenceAlone
from rules.refusal import Refusal

MOST_FIRINGS = 200
_ID_LENGTH = 32


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A case, facts, or both: a fact given beside a case stands for the case's own.

    Without a case `absent` names the types of which there is no fact; others left out are unknown.
    A case tells itself what there is not.
    """

    case: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)] | None = None
    process: str | None = None
    facts: tuple[dict[str, Any], ...] | None = None
    absent: tuple[str, ...] = ()
    at: str | None = None


class GateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    Only `clear` and `warning` let pass; `not_evaluated` says that it could not be checked.

    `evaluated` are the rules that were asked, `not_asked` those that do not apply, as `not_fired`
    says why. Of `firing_count` firings the first 200 are told, those that block first; the
    decision, read by its id, has all. `by_reference` is null where the engine answered and the
    reference agreed.
    """

    decision_id: str
    outcome: str
    ruleset: str
    ruleset_version: str
    at: datetime
    process: str
    instance: str | None
    evaluated: tuple[str, ...]
    not_asked: tuple[str, ...]
    firings: tuple[Firing, ...]
    firing_count: int
    not_fired: tuple[NotFired, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    facts_digest: str
    by_reference: ReferenceAlone | None


@post(
    "/v1/decisions/{ruleset:str}",
    operation_id="create_decision",
    tags=["Rules"],
    status_code=200,
    role=Role.CONTRIBUTOR,
)
async def create_decision(
    request: WebRequest, ruleset: FromPath[str], data: JSONBody[DecisionBody]
) -> Response[Any]:
    """Ask the rule set in force about a case or about given facts; the decision is on disk."""
    twice = repeated_key(await request.body())
    if twice is not None:
        raise invalid("", f"The key {shown(twice)} stands twice in one object.")
    question = _question(ruleset, data)
    gate = gate_of(runtime_of(request))
    try:
        asked = asyncio.wrap_future(gate.ask(question, _caller(request)))
        taken = await asyncio.wait_for(asked, gate.patience_seconds)
    except (BusyError, TimeoutError):
        return answer(_BUSY, {"retry-after": "1"})
    except REFUSED as error:
        return answer(*refusal_of(error))
    if isinstance(taken, Refusal):
        raise ProblemError(taken)
    return Response(_answer(taken), status_code=200)


def _question(ruleset: str, data: DecisionBody) -> Question:
    if data.case is None and data.facts is None:
        raise invalid("", "Give a case, facts, or both.")
    if data.case is not None and data.absent:
        raise invalid("/absent", "A case tells itself what there is not: leave it out.")
    require_storable(data)
    return Question(
        ruleset=ruleset,
        case=data.case,
        process=data.process,
        facts=data.facts or (),
        absent=data.absent,
        at=instant_given(data.at, "at"),
    )


def gate_of(runtime: Runtime) -> Gate:
    """Return the gate; 503 where this process has none."""
    if runtime.gate is None:
        raise ProblemError(_CLOSED)
    return runtime.gate


def _caller(request: WebRequest) -> Caller:
    trace_id, span_id = trace_of(request.headers.get("traceparent"))
    return Caller(
        id=command_id(request).replace("-", "")[:_ID_LENGTH],
        actor=request.user.name,
        at=datetime.now(UTC),
        repeated="idempotency-key" in request.headers,
        trace_id=trace_id,
        span_id=span_id,
    )


def _answer(taken: Taken) -> GateAnswer:
    decision = taken.decision
    return GateAnswer(
        decision_id=taken.id,
        outcome=decision.outcome,
        ruleset=decision.ruleset,
        ruleset_version=decision.version,
        at=taken.at,
        process=taken.process,
        instance=taken.instance or None,
        evaluated=decision.asked,
        not_asked=decision.not_asked,
        firings=_told(decision.firings),
        firing_count=len(decision.firings),
        not_fired=decision.not_fired,
        not_evaluated=decision.not_evaluated,
        facts_digest=decision.facts_digest,
        by_reference=decision.by_reference,
    )


def _told(firings: tuple[Firing, ...]) -> tuple[Firing, ...]:
    """Return as many as somebody who waits can use, those that block before the others."""
    if len(firings) <= MOST_FIRINGS:
        return firings
    return tuple(sorted(firings, key=lambda one: one.outcome != "blocked")[:MOST_FIRINGS])


_BUSY = Refusal(
    type="gate-busy",
    status=503,
    title="The gate is busy",
    detail="No answer was given in time. Repeat the request with its Idempotency-Key.",
)
_CLOSED = Refusal(
    type="gate-closed",
    status=503,
    title="This process takes no decisions",
    detail="Ask a process that was started with `controlplane serve`.",
)
HANDLERS = [create_decision]
