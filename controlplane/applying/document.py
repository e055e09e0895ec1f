"""Governed documents: a new version is kept, put in force, and what it judges is judged anew."""

from controlplane.applying.applying import Applying
from controlplane.pipeline.command import Outcome
from controlplane.pipeline.processing import rejudge
from governance.document import put_document
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument
from rules.instant import render_instant
from rules.refusal import Refusal


def put(applying: Applying) -> Outcome | Refusal:
    kind, name, version = (applying.field(part) for part in ("kind", "name", "version"))
    decided = put_document(
        documents.get_document(applying.state, kind, name, version),
        kind=kind,
        name=name,
        version=version,
        body=applying.field("body"),
        actor=applying.command.actor,
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
        rejudge(applying.state, applying.processing, (kind, name), applying.moment)
    return Outcome(status=201 if decided.created else 200, body=described(decided.document))


def described(document: GovernedDocument) -> dict[str, object]:
    return {
        "kind": document.kind,
        "name": document.name,
        "version": document.version,
        "active": document.active,
        "digest": document.digest,
        "created_at": render_instant(document.created_at),
        "created_by": document.created_by,
    }
