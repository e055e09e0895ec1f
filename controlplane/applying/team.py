"""Teams: who answers, and where they are reached."""

import msgspec

from controlplane.applying.applying import Applying
from controlplane.pipeline.command import Outcome
from controlplane.precondition import etag, unmatched
from governance.team import put_team
from governance.team import stores as teams
from rules.refusal import Refusal

_ABOUT = {"team", "if_match", "if_none_match"}


def put(applying: Applying) -> Outcome | Refusal:
    name = applying.field("team")
    existing = teams.get_team(applying.state, name)
    refusal = unmatched(applying.command.body, etag(existing.version) if existing else None)
    if refusal:
        return refusal
    body = {k: v for k, v in applying.command.body.items() if k not in _ABOUT}
    decided = put_team(existing, name, body)
    if isinstance(decided, Refusal):
        return decided
    if decided != existing:
        teams.save(applying.state, decided, at=applying.command.at)
        applying.processing.forget()  # routes may lead to the team
        applying.record("team:document:put", name, {"version": decided.version})
    return Outcome(status=200 if existing else 201, body=msgspec.to_builtins(decided))
