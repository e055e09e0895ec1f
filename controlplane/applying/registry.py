"""
Each command has one handler; what it answers is remembered under the command's id.

A refusal changes nothing but the memory of the refusal.
"""

from collections.abc import Mapping

import structlog
from sqlalchemy import Connection

from controlplane import outcome_stores
from controlplane.applying import (
    alias,
    backtest,
    contract,
    delivery,
    document,
    door,
    event,
    exception,
    held,
    incident,
    integration,
    key,
    lifecycle,
    monthend,
    reconciliation,
    review,
    ruleset,
    schemaregistry,
    shadow,
    team,
    unprocessed,
)
from controlplane.applying.applying import Applying, Handler
from controlplane.door import SEE
from controlplane.passover import RETRY
from controlplane.pipeline.command import Command, Outcome, refused
from controlplane.pipeline.moment import Moment
from controlplane.pipeline.processing import Processing
from controlplane.ruleprocess.held import HOLD
from rules.refusal import Refusal

HANDLERS: Mapping[str, Handler] = {
    "team:put": team.put,
    "contract:register": contract.register,
    "contract:version:create": contract.create_version,
    "contract:version:transition": lifecycle.transition,
    **review.HANDLERS,
    **schemaregistry.HANDLERS,
    "contract:consumer:put": contract.put_consumer,
    "contract:integration:put": integration.put,
    "contract:owner:put": contract.hand_over,
    "document:put": document.put,
    "document:retire": document.retire,
    "ruleset:transition": ruleset.transition,
    "ruleset:rollback": ruleset.roll_back,
    shadow.COMPARED: shadow.compared,
    "event:retract": event.retract,
    "alias:put": alias.put,
    "alias:withdraw": alias.withdraw,
    "exception:acknowledge": exception.acknowledge,
    "exception:assign": exception.assign,
    "exception:comment": exception.comment,
    "exception:waive": exception.waive,
    "exception:approve": exception.approve,
    "exception:refuse": exception.refuse,
    "exception:resolve": exception.resolve,
    "exception:reopen": exception.reopen,
    **incident.HANDLERS,
    "key:create": key.create,
    "key:revoke": key.revoke,
    "delivery:retry": delivery.retry,
    "backtest:begin": backtest.begin,
    "backtest:end": backtest.end,
    "trial:begin": backtest.begin_trial,
    "reconciliation:piece": reconciliation.piece,
    "reconciliation:extract": reconciliation.extract,
    "reconciliation:extract:withdraw": reconciliation.withdraw_extract,
    "reconciliation:ask": reconciliation.ask,
    "reconciliation:conclude": reconciliation.conclude,
    "month-end:sign": monthend.sign,
    HOLD: held.hold,
    SEE: door.see,
    RETRY: lambda applying: unprocessed.retry(applying, _answer),
}
_logger = structlog.get_logger(__name__)


def apply(
    state: Connection,
    log: Connection,
    processing: Processing,
    command: Command,
    moment: Moment,
) -> Outcome:
    """Apply *command* and remember its outcome, in the caller's transaction."""
    answer = _answer(
        Applying(command=command, state=state, log=log, processing=processing, moment=moment)
    )
    outcome_stores.remember(state, command, answer, offset=moment.offset)
    return answer


def _answer(applying: Applying) -> Outcome:
    handler = HANDLERS.get(applying.command.name)
    if handler is None:
        return refused(
            Refusal(
                type="unknown-command",
                status=400,
                title="Unknown command",
                detail=f"This version does not know {applying.command.name!r}.",
            )
        )
    with applying.state.begin_nested() as attempt:
        result = handler(applying)
        if isinstance(result, Refusal):
            attempt.rollback()
    return refused(result) if isinstance(result, Refusal) else result
