"""A contract is a subject with an owner; its versions never change once they are registered."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from governance.contract.finding import Finding
from governance.version import SemanticVersion, VersionError, within
from rules.refusal import Problem, Refusal

Kind = Literal["api", "event"]
Format = Literal["openapi", "asyncapi", "jsonschema", "avro", "protobuf"]
Lifecycle = Literal["draft", "in_review", "approved", "published", "deprecated", "retired"]
Compatibility = Literal[
    "none",
    "backward",
    "backward_transitive",
    "forward",
    "forward_transitive",
    "full",
    "full_transitive",
]
Classification = Literal["public", "internal", "confidential", "restricted", "personal"]
Criticality = Literal["low", "medium", "high", "critical"]

KINDS_OF: dict[str, tuple[Kind, ...]] = {
    "openapi": ("api",),
    "asyncapi": ("api",),
    "jsonschema": ("event",),
    "avro": ("event",),
    "protobuf": ("api", "event"),
}
IN_FORCE: tuple[Lifecycle, ...] = ("published", "deprecated")
_SUBJECT = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*\Z")
_MAJOR_SUFFIX = re.compile(r"\.v\d+\Z")
_TEAM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_LONGEST = 200


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    kind: Kind
    format: Format
    domain: str
    owner: str
    system: str
    classification: Classification
    compatibility: Compatibility
    criticality: Criticality
    title: str
    residency: str
    created_at: datetime
    created_by: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable edition: the exact bytes and what was found in them."""

    subject: str
    version: str
    lifecycle: Lifecycle
    media_type: str
    digest: str
    artifact: bytes
    created_at: datetime
    created_by: str
    findings: tuple[Finding, ...] = ()
    published_at: datetime | None = None
    deprecated_at: datetime | None = None
    sunset_at: datetime | None = None
    successor: str | None = None

    @property
    def number(self) -> SemanticVersion:
        return SemanticVersion.of(self.version)


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """
    A system that says which versions it reads: `versions` is a range such as ^1.2.

    `uses` are the operations and fields that it uses, such as `GET /orders` or `amount.currency`;
    none: all of it, as far as anybody knows.
    """

    subject: str
    system: str
    versions: str
    contact: str
    uses: tuple[str, ...] = ()
    declared_at: datetime
    declared_by: str

    def reads(self, version: SemanticVersion) -> bool:
        return within(version, self.versions)


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """A system that was seen to use a version: when last, and how often since it is watched."""

    system: str
    last_at: datetime
    times: int


class _Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: str
    kind: Kind
    format: Format
    owner: str
    domain: str = "unassigned"
    system: str = ""
    classification: Classification = "internal"
    compatibility: Compatibility = "backward"
    criticality: Criticality = "medium"
    title: str = ""
    residency: str = ""


def register(  # noqa: PLR0913 - what is asked for, what stands, who asks and when
    existing: Contract | None,
    body: dict[str, Any],
    *,
    teams: Iterable[str],
    actor: str,
    at: datetime,
    former: Collection[str] = (),
) -> Contract | Refusal:
    """
    Return the contract that *body* describes, or why it cannot be registered.

    The same body again is no conflict: the contract that stands is returned, also where it
    was handed over since by one of its *former* owners.
    """
    try:
        asked = msgspec.convert(body, _Asked)
    except msgspec.ValidationError as error:
        return _refused([_located(error)])
    problems = _problems(asked, frozenset(teams))
    if problems:
        return _refused(problems)
    described = msgspec.structs.asdict(asked) | {"title": asked.title or asked.subject}
    if existing is None:
        return Contract(**described, created_at=at, created_by=actor)
    if asked.owner in former:
        described["owner"] = existing.owner
    if described == {name: getattr(existing, name) for name in described}:
        return existing
    return Refusal(
        type="contract-exists",
        status=409,
        title="The subject is taken",
        detail=f"{asked.subject} is registered with other properties, owned by {existing.owner}.",
    )


def declare(  # noqa: PLR0913 - a declaration is who reads what, who says so, and when
    contract: Contract,
    system: str,
    *,
    versions: str,
    contact: str,
    uses: Sequence[str] = (),
    actor: str,
    at: datetime,
) -> Consumer | Refusal:
    """Return *system* as a consumer of *contract*, or why the declaration cannot be read."""
    problems = []
    if not _SUBJECT.match(system):
        problems.append(Problem(pointer="/system", detail="a name such as billing-portal"))
    try:
        within(SemanticVersion(1, 0, 0), versions)
    except VersionError as error:
        problems.append(Problem(pointer="/versions", detail=str(error)))
    if problems:
        return _refused(problems)
    return Consumer(
        subject=contract.subject,
        system=system,
        versions=versions,
        contact=contact,
        uses=tuple(uses),
        declared_at=at,
        declared_by=actor,
    )


def _problems(asked: _Asked, teams: frozenset[str]) -> list[Problem]:
    problems = []
    if not _SUBJECT.match(asked.subject) or len(asked.subject) > _LONGEST:
        detail = "lower-case words joined by dots or hyphens, such as ps.timesheet.approved"
        problems.append(Problem(pointer="/subject", detail=detail))
    if _MAJOR_SUFFIX.search(asked.subject):
        detail = "leave the major version out; it stands in the event's type, not in the subject"
        problems.append(Problem(pointer="/subject", detail=detail))
    if asked.kind not in KINDS_OF[asked.format]:
        detail = f"a contract of kind {asked.kind} is not written in {asked.format}"
        problems.append(Problem(pointer="/format", detail=detail))
    if asked.owner not in teams:
        detail = f"{asked.owner!r} is no team; put it to /v1/teams first"
        problems.append(Problem(pointer="/owner", detail=detail))
    if asked.residency and (not _TEAM.match(asked.residency) or len(asked.residency) > _LONGEST):
        detail = "where the data may rest, such as eu or de-frankfurt"
        problems.append(Problem(pointer="/residency", detail=detail))
    if len(asked.title) > _LONGEST:
        problems.append(Problem(pointer="/title", detail="at most 200 characters"))
    return problems


def _located(error: msgspec.ValidationError) -> Problem:
    message, _, path = str(error).partition(" - at `$")
    return Problem(pointer=path.rstrip("`").replace(".", "/"), detail=message)


def _refused(problems: list[Problem]) -> Refusal:
    return Refusal(
        type="invalid-contract",
        status=422,
        title="The contract cannot be registered",
        detail=f"{problems[0].pointer or 'the body'}: {problems[0].detail}",
        errors=tuple(problems),
    )
