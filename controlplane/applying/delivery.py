"""Deliveries: a dead letter is sent again when somebody says so."""

from controlplane.applying.applying import Applying, not_found
from controlplane.pipeline.command import Outcome
from governance.outbox import stores as outbox
from governance.outbox.outgoing import revive
from rules.refusal import Refusal


def retry(applying: Applying) -> Outcome | Refusal:
    id_ = applying.field("id")
    standing = outbox.get_outgoing(applying.state, id_)
    if standing is None:
        return not_found("delivery", id_)
    revived = revive(standing, at=applying.command.at)
    if isinstance(revived, Refusal):
        return revived
    outbox.save(applying.state, revived)
    applying.record("delivery:message:retried", id_, {})
    return Outcome(status=200, body={"id": id_, "state": revived.state})
