"""Governed documents: a new version is kept, put in force, and what it judges is judged anew."""

from controlplane.applying import reconciliation
from controlplane.applying.applying import Applying, not_found
from controlplane.applying.redefining import redefine
from controlplane.pipeline.command import Outcome
from controlplane.precondition import etag, unmatched
from controlplane.reconciling.standing import KIND
from governance.document import put_document
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument
from rules.instant import render_instant
from rules.refusal import Refusal


def put(applying: Applying) -> Outcome | Refusal:
    kind, name, version = (applying.field(part) for part in ("kind", "name", "version"))
    before = applying.processing.definitions(applying.state)
    decided = out_of_date(applying, kind, name) or put_document(
        documents.get_document(applying.state, kind, name, version),
        kind=kind,
        name=name,
        version=version,
        body=applying.field("body"),
        actor=applying.field("author") or applying.command.actor,
        at=applying.command.at,
        activate=applying.command.body.get("activate") is True,
    )
    if isinstance(decided, Refusal):
        return decided
    documents.save(applying.state, decided)
    for happened, action in ((decided.created, "registered"), (decided.activated, "activated")):
        if happened:
            applying.record(
                f"{kind}:version:{action}",
                name,
                {"version": version, "digest": decided.document.digest},
            )
    if decided.activated:
        redefine(applying, before, f"{kind} {name} {version}")
    return Outcome(status=201 if decided.created else 200, body=described(decided.document))


def retire(applying: Applying) -> Outcome | Refusal:
    """Take a version out of force; what rests on it ends with that reason."""
    kind, name = applying.field("kind"), applying.field("name")
    refusal = out_of_date(applying, kind, name)
    if refusal:
        return refusal
    standing = _named(applying, kind, name)
    if isinstance(standing, Refusal):
        return standing
    version = standing.version
    if not standing.active:
        return Refusal(
            type="not-in-force",
            status=409,
            title="This version is not in force",
            detail=f"{kind} {name} {version} judges nothing; there is nothing to retire.",
        )
    before = applying.processing.definitions(applying.state)
    command = applying.command
    documents.retire(applying.state, kind, name, by=command.actor, at=command.at)
    applying.record(
        f"{kind}:version:retired", name, {"version": version, "digest": standing.digest}
    )
    redefine(applying, before, f"{kind} {name} {version} retired")
    if kind == KIND:
        reconciliation.withdraw(applying, name)
    found = documents.get_document(applying.state, kind, name, version)
    return Outcome(status=200, body=described(found or standing))


def _named(applying: Applying, kind: str, name: str) -> GovernedDocument | Refusal:
    """Return the version that the command names, or the one in force where it names none."""
    version = applying.command.body.get("version")
    if version is None:
        return documents.get_active(applying.state, kind, name) or not_found(kind, name)
    found = documents.get_document(applying.state, kind, name, str(version))
    return found or not_found(kind, f"{name} {version}")


def described(document: GovernedDocument) -> dict[str, object]:
    return {
        "kind": document.kind,
        "name": document.name,
        "version": document.version,
        "active": document.active,
        "state": document.state,
        "digest": document.digest,
        "created_at": render_instant(document.created_at),
        "created_by": document.created_by,
        "changed_at": render_instant(document.changed_at),
        "changed_by": document.changed_by,
        "signed_by": document.signed_by,
        "supersedes": document.supersedes,
    }


def out_of_date(applying: Applying, kind: str, name: str) -> Refusal | None:
    """Return why the edit does not fit the version in force that its author has read."""
    active = documents.get_active(applying.state, kind, name)
    current = etag(active.version, active.digest[:12]) if active else None
    return unmatched(applying.command.body, current)
