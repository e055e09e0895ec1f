"""What carries a contract to a consumer is described: its code, and who supports that."""

import msgspec

from controlplane.applying.applying import Applying, not_found
from controlplane.pipeline.command import Outcome
from governance.contract import stores as contracts
from governance.integration import stores
from governance.integration.integration import declare
from governance.team import stores as teams
from rules.refusal import Refusal


def put(applying: Applying) -> Outcome | Refusal:
    subject, consumer = applying.field("subject"), applying.field("consumer")
    contract = contracts.get_contract(applying.state, subject)
    if contract is None:
        return not_found("contract", subject)
    named = {"subject", "consumer"}
    decided = declare(
        contract,
        consumer,
        {name: one for name, one in applying.command.body.items() if name not in named},
        teams=[one.team for one in teams.list_teams(applying.state)],
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    stores.save(applying.state, decided)
    detail = {"consumer": consumer, "code": decided.code, "supported": decided.supported}
    applying.record("contract:integration:declared", subject, detail)
    return Outcome(status=200, body=msgspec.to_builtins(decided))
