"""
A version is drafted, stands in shadow, is put in force by somebody else, and is retired.

What was in force before may be put in force again. At most one version of a name stands in
shadow, and who wrote a version does not sign it off.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from governance.document.governed_document import GovernedDocument, State
from governance.document.succession import superseded
from rules.instant import render_instant
from rules.refusal import Problem, Refusal

ALLOWED: dict[State, tuple[State, ...]] = {
    "draft": ("shadow", "active"),
    "shadow": ("active", "draft"),
    "active": ("retired",),
    "retired": ("active",),
}
_CAN_WAIT: tuple[State, ...] = ("active", "retired")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who asks for a transition, when, and what the house demands.

    `sign_own` lets authors sign off their own work; `shadow_first` lets no version that would
    take another's place pass by the shadow.
    """

    to: State
    actor: str
    at: datetime
    comment: str = ""
    effective_from: datetime | None = None
    sign_own: bool = False
    shadow_first: bool = False


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A transition that waits for its time, asked for by *actor*; it was allowed when asked."""

    kind: str
    name: str
    version: str
    to: State
    at: datetime
    actor: str
    signed_by: str | None
    comment: str


def transition(
    document: GovernedDocument, asked: Asked, *, others: Sequence[GovernedDocument]
) -> GovernedDocument | Planned | Refusal:
    """
    Return *document* in its next state, that it will come there, or why it does not.

    *others* are the versions of the same name.
    """
    refusal = (
        _illegal(document, asked.to)
        or _unshadowed(document, asked, others)
        or _occupied(document, asked, others)
        or _untimely(asked)
    )
    if refusal:
        return refusal
    signed = _signed(document, asked) if asked.to == "active" else document.signed_by
    if isinstance(signed, Refusal):
        return signed
    if asked.effective_from is not None:
        return Planned(
            kind=document.kind,
            name=document.name,
            version=document.version,
            to=asked.to,
            at=asked.effective_from,
            actor=asked.actor,
            signed_by=signed,
            comment=asked.comment,
        )
    return replace(
        document,
        state=asked.to,
        changed_at=asked.at,
        changed_by=asked.actor,
        signed_by=signed,
        supersedes=superseded(document, asked.to, others),
    )


def come_about(
    document: GovernedDocument,
    planned: Planned,
    *,
    others: Sequence[GovernedDocument],
    at: datetime,
) -> GovernedDocument | Refusal:
    """Return *document* as *planned* wants it, or why it cannot go there any more."""
    return _illegal(document, planned.to) or replace(
        document,
        state=planned.to,
        changed_at=at,
        changed_by=planned.actor,
        signed_by=planned.signed_by,
        supersedes=superseded(document, planned.to, others),
    )


def _signed(document: GovernedDocument, asked: Asked) -> str | Refusal | None:
    """A text never changes: one that somebody else has signed off may return by anybody."""
    if asked.actor != document.created_by or asked.sign_own:
        return asked.actor
    if document.signed_by is not None:
        return document.signed_by
    named = f"{document.name} {document.version}"
    return Refusal(
        type="own-work",
        status=409,
        title="Somebody else signs it off",
        detail=f"{document.created_by} wrote {named} and may not put it in force alone: let a "
        "steward who is somebody else ask for this. Where one person works alone, start the "
        "server with CONTROLPLANE_SIGN_OWN_WORK=true.",
        extra={"author": document.created_by},
    )


def _illegal(document: GovernedDocument, to: State) -> Refusal | None:
    allowed = list(ALLOWED[document.state])
    if to in allowed:
        return None
    return Refusal(
        type="illegal-transition",
        status=409,
        title="The lifecycle does not go there",
        detail=f"{document.name} {document.version} is {document.state}; next is "
        f"{' or '.join(allowed)}.",
        extra={"state": document.state, "asked": to, "allowed": allowed},
    )


def _unshadowed(
    document: GovernedDocument, asked: Asked, others: Sequence[GovernedDocument]
) -> Refusal | None:
    """A first version has nothing to be compared with."""
    replaces = any(one.state in _CAN_WAIT for one in others)
    straight = document.state == "draft" and asked.to == "active"
    if not (asked.shadow_first and straight and replaces):
        return None
    return Refusal(
        type="shadow-first",
        status=409,
        title="It stands in shadow first",
        detail=f"Here no version takes another's place unseen: move {document.name} "
        f"{document.version} to shadow, read its differences, then put it in force.",
        extra={"state": document.state, "asked": asked.to, "allowed": ["shadow"]},
    )


def _occupied(
    document: GovernedDocument, asked: Asked, others: Sequence[GovernedDocument]
) -> Refusal | None:
    there = next((one.version for one in others if one.state == "shadow"), None)
    if asked.to != "shadow" or there is None:
        return None
    return Refusal(
        type="shadow-taken",
        status=409,
        title="Another version stands in shadow",
        detail=f"{document.name} {there} stands in shadow; move it to draft or put it in force.",
        extra={"shadow": there},
    )


def _untimely(asked: Asked) -> Refusal | None:
    when = asked.effective_from
    if when is None or (asked.to in _CAN_WAIT and when > asked.at):
        return None
    detail = (
        f"{render_instant(when)} has passed; leave it out to let this happen now"
        if asked.to in _CAN_WAIT
        else f"only {' and '.join(_CAN_WAIT)} wait for a time"
    )
    return Refusal(
        type="invalid-request",
        status=422,
        title="The request does not fit",
        detail=f"{detail}.",
        errors=(Problem(pointer="/effective_from", detail=detail),),
    )
