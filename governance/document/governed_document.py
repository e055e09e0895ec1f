"""
A governed document never changes under its version: another text needs another version.

At most one version of a name is in force.
"""

import hashlib
import re
from datetime import datetime
from typing import Literal

import msgspec

from governance.version import SemanticVersion
from rules.refusal import Problem, Refusal

KINDS = (
    "process",
    "calendar",
    "system",
    "system-of-record",
    "sla",
    "ruleset",
    "mapping",
    "routing",
    "handling",
    "reconciliation",
    "kpi",
    "rates",
    "lint",
    "pack",
)
State = Literal["draft", "shadow", "active", "retired"]
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_LONGEST_NAME = 100


class GovernedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """
    `body` is the text as registered, `digest` the SHA-256 of its UTF-8 bytes.

    `changed_*` say when it came into its state, and by whom; `in_force_at` when it came in
    force, be it so still or not; `signed_by` is who signed off
    a version that its author may not put in force alone. `supersedes` is the version whose place
    it took, to which it gives way again.
    """

    kind: str
    name: str
    version: str
    body: str
    digest: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    state: State = "draft"
    in_force_at: datetime | None = None
    signed_by: str | None = None
    supersedes: str | None = None

    @property
    def active(self) -> bool:
        return self.state == "active"


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be stored: `created` is false when this very text was registered before."""

    document: GovernedDocument
    created: bool
    activated: bool


def put_document(  # noqa: PLR0913 - a document is what it is called, what it says and who says so
    existing: GovernedDocument | None,
    *,
    kind: str,
    name: str,
    version: str,
    body: str,
    actor: str,
    at: datetime,
    activate: bool,
) -> Put | Refusal:
    """
    Return the version to store; *existing* is what stands under the same kind, name and version.

    The same text again changes nothing but, when asked, which version is in force.
    """
    refusal = _refused(kind, name, version)
    if refusal:
        return refusal
    digest = hashlib.sha256(body.encode()).hexdigest()
    if existing is not None and existing.digest != digest:
        return _taken(existing, digest)
    document = existing or GovernedDocument(
        kind=kind,
        name=name,
        version=version,
        body=body,
        digest=digest,
        created_at=at,
        created_by=actor,
        changed_at=at,
        changed_by=actor,
    )
    activated = activate and not document.active
    if activated:
        document = msgspec.structs.replace(
            document, state="active", changed_at=at, changed_by=actor
        )
    return Put(document=document, created=existing is None, activated=activated)


def _taken(existing: GovernedDocument, digest: str) -> Refusal:
    return Refusal(
        type="version-exists",
        status=409,
        title="This version says something else",
        detail=f"{existing.kind} {existing.name} {existing.version} is registered with another "
        "text; raise the version to change it.",
        extra={"registered_digest": existing.digest, "digest": digest},
    )


def _refused(kind: str, name: str, version: str) -> Refusal | None:
    problems = []
    if kind not in KINDS:
        problems.append(Problem(pointer="/kind", detail=f"one of {', '.join(KINDS)}"))
    if not _NAME.match(name) or len(name) > _LONGEST_NAME:
        problems.append(Problem(pointer="/name", detail="a kebab-case id such as quote-to-cash"))
    if SemanticVersion.parse(version) is None:
        problems.append(Problem(pointer="/version", detail="a semantic version such as 1.0.0"))
    if not problems:
        return None
    return Refusal(
        type="invalid-document",
        status=422,
        title="The document cannot be registered",
        detail="; ".join(f"{p.pointer[1:]}: {p.detail}" for p in problems),
        errors=tuple(problems),
    )
