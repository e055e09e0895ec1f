"""A version is drafted from exact bytes; it may be wrong as a draft, never when published."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from governance.compatibility.comparison import Policy
from governance.contract.artifact import TEXTS, Artifact, ArtifactError, Json, read_artifact
from governance.contract.asyncapi import check_asyncapi
from governance.contract.avro.checking import check_avro
from governance.contract.catalogue import Contract, Version
from governance.contract.evolution import PUBLISHING, against_published, form_of, read_version
from governance.contract.finding import Finding
from governance.contract.jsonschema import check_jsonschema
from governance.contract.openapi.checking import check_openapi
from governance.contract.protobuf.checking import check_protobuf
from governance.lint.linting import lint_all
from governance.lint.ruleset import About, RuleSet
from governance.version import SemanticVersion
from rules.refusal import Problem, Refusal

MEDIA_TYPES: dict[str, tuple[str, ...]] = {
    "openapi": (
        "application/json",
        "application/yaml",
        "application/x-yaml",
        "text/yaml",
        "application/vnd.oai.openapi",
        "application/vnd.oai.openapi+json",
        "application/vnd.oai.openapi+yaml",
    ),
    "asyncapi": (
        "application/json",
        "application/yaml",
        "application/x-yaml",
        "text/yaml",
        "application/vnd.aai.asyncapi+json",
        "application/vnd.aai.asyncapi+yaml",
    ),
    "jsonschema": (
        "application/json",
        "application/schema+json",
        "application/yaml",
        "application/x-yaml",
        "text/yaml",
        "application/schema+yaml",
    ),
    "avro": (
        "application/json",
        "application/avro+json",
        "application/vnd.apache.avro+json",
        "application/yaml",
    ),
    "protobuf": ("application/json", *TEXTS),
}
CHECKS: dict[str, Callable[[Artifact], list[Finding]]] = {
    "openapi": check_openapi,
    "asyncapi": check_asyncapi,
    "jsonschema": check_jsonschema,
    "avro": check_avro,
    "protobuf": check_protobuf,
}


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What an artifact says of itself and what was found in it."""

    artifact: Artifact
    findings: tuple[Finding, ...]
    declared_version: str | None = None


def check(format_: str, content: bytes, media_type: str) -> Checked | Refusal:
    """Return the findings in *content*; a refusal when it cannot be read at all."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence not in MEDIA_TYPES[format_]:
        return Refusal(
            type="unsupported-media-type",
            status=415,
            title="The media type does not fit the format",
            detail=f"Send {format_} as one of {', '.join(MEDIA_TYPES[format_])}.",
        )
    try:
        artifact = read_artifact(content, form_of(essence))
        findings = CHECKS[format_](artifact)
    except ArtifactError as error:
        return Refusal(
            type="unreadable-artifact",
            status=422,
            title="The document cannot be read",
            detail=str(error),
            errors=(Problem(pointer=error.pointer, detail=error.message, line=error.line),),
        )
    return Checked(
        artifact=artifact,
        findings=tuple(findings),
        declared_version=_declared(format_, artifact.data),
    )


def draft(  # noqa: PLR0913 - a draft is a text, its form, who brings it and when
    contract: Contract,
    existing: Sequence[Version],
    *,
    content: bytes,
    media_type: str,
    version: str | None,
    actor: str,
    at: datetime,
    policies: Sequence[RuleSet] = (),
) -> Version | Refusal:
    """
    Return the version to store, as a draft with its findings.

    *version* None: an OpenAPI document's own `info.version`, else the next minor one.
    The same bytes under the same version again return the version that stands.
    """
    checked = check(contract.format, content, media_type)
    if isinstance(checked, Refusal):
        return checked
    chosen = version or checked.declared_version or next_version(existing)
    number = SemanticVersion.parse(chosen)
    if number is None:
        detail = f"{chosen!r} is not a semantic version such as 1.2.0"
        return Refusal(
            type="invalid-version",
            status=422,
            title="The version cannot be read",
            detail=f"{detail}; name one in `version`.",
            errors=(Problem(pointer="/version", detail=detail),),
        )
    digest = hashlib.sha256(content).hexdigest()
    standing = next((one for one in existing if one.version == chosen), None)
    if standing is not None:
        return standing if standing.digest == digest else _taken(standing, digest)
    return Version(
        subject=contract.subject,
        version=chosen,
        lifecycle="draft",
        media_type=media_type.partition(";")[0].strip().lower(),
        digest=digest,
        artifact=content,
        findings=found(contract, checked, number, existing, at=at, policies=policies),
        created_at=at,
        created_by=actor,
    )


def found(  # noqa: PLR0913 - a document, what it is held against, when and how
    contract: Contract,
    checked: Checked,
    number: SemanticVersion | None,
    existing: Sequence[Version],
    *,
    at: datetime,
    policy: Policy = PUBLISHING,
    policies: Sequence[RuleSet] = (),
) -> tuple[Finding, ...]:
    """
    Return what is found in a document, and between it and what was published before.

    *number* None: that of the next version. A document with errors is compared with nothing,
    and held to none of the lint *policies*.
    """
    if any(one.level == "error" for one in checked.findings):
        return checked.findings
    number = number or SemanticVersion.of(checked.declared_version or next_version(existing))
    compared = against_published(contract, checked.artifact, number, existing, at=at, policy=policy)
    return (*checked.findings, *compared, *styled(contract, checked.artifact, policies))


def held_now(
    contract: Contract,
    version: Version,
    existing: Iterable[Version],
    *,
    at: datetime,
    policies: Sequence[RuleSet],
) -> tuple[Finding, ...]:
    """
    Return what is found of a pending *version* beside what is out now, and by today's lint.

    What its draft was compared with is past. One with errors in itself is compared with nothing.
    """
    if any(one.level == "error" and not one.of_style for one in version.findings):
        return ()
    artifact = read_version(version)
    held = against_published(contract, artifact, version.number, existing, at=at)
    return (*held, *styled(contract, artifact, policies))


def styled(
    contract: Contract, artifact: Artifact, policies: Sequence[RuleSet]
) -> tuple[Finding, ...]:
    """Return what the lint *policies* find in a version of *contract*."""
    about = About(format=contract.format, subject=contract.subject, domain=contract.domain)
    return tuple(lint_all(policies, artifact, about))


def _declared(format_: str, data: Json) -> str | None:
    info = data.get("info") if format_ != "jsonschema" and isinstance(data, dict) else None
    declared = info.get("version") if isinstance(info, dict) else None
    return declared if isinstance(declared, str) and SemanticVersion.parse(declared) else None


def next_version(existing: Sequence[Version]) -> str:
    """Return the number that a document gets which names none itself."""
    if not existing:
        return "1.0.0"
    highest = max(one.number for one in existing)
    return str(SemanticVersion(highest.major, highest.minor + 1, 0))


def _taken(standing: Version, digest: str) -> Refusal:
    return Refusal(
        type="version-exists",
        status=409,
        title="This version says something else",
        detail=f"{standing.subject} {standing.version} is registered with other bytes; "
        "raise the version to change it.",
        extra={"registered_digest": standing.digest, "digest": digest},
    )
