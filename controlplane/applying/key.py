"""API keys: only the hash of a secret ever reaches the log or the state."""

import msgspec
from sqlalchemy import insert, select, update

from controlplane.applying.applying import Applying, not_found
from controlplane.pipeline.command import Outcome
from controlplane.tables import api_key
from rules.instant import parse_instant, to_micros
from rules.refusal import Refusal


def create(applying: Applying) -> Outcome | Refusal:
    body = applying.command.body
    expires = body.get("expires_at")
    applying.state.execute(
        insert(api_key).values(
            id=body["id"],
            hash=body["hash"],
            name=body["name"],
            role=body["role"],
            scopes=msgspec.json.encode(body.get("scopes", [])).decode(),
            created_at=to_micros(applying.command.at),
            expires_at=to_micros(parse_instant(expires)) if expires else None,
        )
    )
    applying.record("key:credential:created", body["id"], {"role": body["role"]})
    return Outcome(status=201, body={"id": body["id"], "name": body["name"], "role": body["role"]})


def revoke(applying: Applying) -> Outcome | Refusal:
    id_ = applying.field("id")
    known = applying.state.execute(select(api_key.c.id).where(api_key.c.id == id_)).one_or_none()
    if known is None:
        return not_found("key", id_)
    applying.state.execute(
        update(api_key)
        .where(api_key.c.id == id_, api_key.c.revoked_at.is_(None))
        .values(revoked_at=to_micros(applying.command.at))
    )
    applying.record("key:credential:revoked", id_, {})
    return Outcome(status=200, body={"id": id_, "revoked": True})
