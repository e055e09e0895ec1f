"""API keys: only the hash of a secret ever reaches the log or the state."""

from controlplane.applying.applying import Applying, not_found
from controlplane.identity import stores as keys
from controlplane.identity.key import requested
from controlplane.pipeline.command import Outcome
from rules.refusal import Refusal


def create(applying: Applying) -> Outcome | Refusal:
    key = requested(applying.command.body, at=applying.command.at)
    keys.add(applying.state, key)
    told = {"role": key.role.value, **({"sources": list(key.sources)} if key.sources else {})}
    applying.record("key:credential:created", key.id, told)
    return Outcome(status=201, body={"id": key.id, "name": key.name, "role": key.role.value})


def revoke(applying: Applying) -> Outcome | Refusal:
    id_ = applying.field("id")
    if keys.get_key(applying.state, id_) is None:
        return not_found("key", id_)
    keys.revoke(applying.state, id_, at=applying.command.at)
    applying.record("key:credential:revoked", id_, {})
    return Outcome(status=200, body={"id": id_, "revoked": True})
