"""Rule sets along their lifecycle: now, or at the time that a transition waits for."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from controlplane.applying import shadow
from controlplane.applying.applying import Applying, not_found
from controlplane.applying.document import described, out_of_date
from controlplane.applying.redefining import redefine
from controlplane.identity.name_stores import known_as
from controlplane.pipeline.command import Outcome
from governance.document import lifecycle, planned_stores
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument, State
from governance.document.lifecycle import Asked, Planned
from governance.document.succession import predecessor
from rules.instant import render_instant
from rules.refusal import Refusal

KIND = "ruleset"
_DONE: Mapping[State, str] = {
    "draft": "drafted",
    "shadow": "shadowed",
    "active": "activated",
    "retired": "retired",
}


def transition(applying: Applying) -> Outcome | Refusal:
    name, version = applying.field("name"), applying.field("version")
    found = documents.get_document(applying.state, KIND, name, version)
    if found is None:
        return not_found("rule set version", f"{name} {version}")
    asked = out_of_date(applying, KIND, name) or _asked(applying, applying.command.body["to"])
    return asked if isinstance(asked, Refusal) else _go(applying, found, asked)


def roll_back(applying: Applying) -> Outcome | Refusal:
    """Put the version in force that the present one took the place of."""
    name = applying.field("name")
    versions = documents.list_versions(applying.state, KIND, name)
    if not versions:
        return not_found("rule set", name)
    asked = out_of_date(applying, KIND, name) or _asked(applying, "active")
    if isinstance(asked, Refusal):
        return asked
    found = predecessor(versions)
    return _nothing_older(name) if found is None else _go(applying, found, asked)


def _go(applying: Applying, found: GovernedDocument, asked: Asked) -> Outcome | Refusal:
    name, version = found.name, found.version
    if asked.to == found.state and planned_stores.drop(applying.state, KIND, name, version):
        _record(applying, "unplanned", found, {"comment": asked.comment})
        return Outcome(status=200, body=described(found))
    others = documents.list_versions(applying.state, KIND, name)
    person = known_as(applying.state, asked.actor, (found.created_by,))
    decided = lifecycle.transition(found, replace(asked, actor=person), others=others)
    if isinstance(decided, Planned):
        return _plan(applying, found, decided)
    if isinstance(decided, GovernedDocument):
        move(applying, decided, comment=asked.comment)
        return Outcome(status=200, body=described(decided))
    return decided


def move(applying: Applying, document: GovernedDocument, *, comment: str) -> None:
    """Let *document* stand as it says, and whatever this touches be judged anew."""
    before = applying.processing.definitions(applying.state)
    standing = documents.get_active(applying.state, KIND, document.name)
    planned_stores.drop(applying.state, KIND, document.name, document.version)
    told: dict[str, Any] = {"comment": comment, "author": document.created_by}
    if document.active:
        told |= {"signed_by": document.signed_by, "supersedes": standing and standing.version}
    told |= shadow.seen_of(applying, document)
    documents.move(applying.state, document)
    shadow.follow(applying, document.name)
    _record(applying, _DONE[document.state], document, told)
    redefine(applying, before, f"{KIND} {document.name} {document.version} {_DONE[document.state]}")


def _nothing_older(name: str) -> Refusal:
    return Refusal(
        type="nothing-older",
        status=409,
        title="Nothing older was in force",
        detail=f"No version of {name} was in force before: there is nothing to go back to. "
        "Retire the version in force, or move a version by its name.",
    )


def _asked(applying: Applying, to: State) -> Asked | Refusal:
    """What the house demands came with the command: a replay meets the same."""
    effective_from = applying.instant("effective_from")
    if isinstance(effective_from, Refusal):
        return effective_from
    body = applying.command.body
    return Asked(
        to=to,
        actor=applying.command.actor,
        at=applying.command.at,
        comment=applying.field("comment"),
        effective_from=effective_from,
        sign_own=body.get("sign_own") is True,
        shadow_first=body.get("shadow_first") is True,
    )


def _plan(applying: Applying, found: GovernedDocument, planned: Planned) -> Outcome:
    planned_stores.plan(applying.state, planned)
    when = render_instant(planned.at)
    told = {"comment": planned.comment, "to": planned.to, "effective_from": when}
    _record(applying, "planned", found, told)
    waits = {"to": planned.to, "at": when, "by": planned.actor}
    return Outcome(status=200, body={**described(found), "planned": waits})


def _record(
    applying: Applying, done: str, document: GovernedDocument, told: Mapping[str, Any]
) -> None:
    applying.record(
        f"{KIND}:version:{done}",
        document.name,
        {"version": document.version, "digest": document.digest, **told},
    )


def abandoned(applying: Applying, planned: Planned, because: str) -> None:
    """Say that what was planned did not come about, and why."""
    applying.record(
        f"{KIND}:version:abandoned",
        planned.name,
        {
            "version": planned.version,
            "to": planned.to,
            "effective_from": render_instant(planned.at),
            "because": because,
        },
    )
