"""Does a new version go with the older one: asked of any two documents, or of a contract."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, RawBody

from controlplane.api.edition import before, checked_upload, version_named, whole_contract
from controlplane.api.problem import ProblemError, invalid
from controlplane.api.upload import LARGEST, read_upload, written
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.lintpolicies import policies
from governance.compatibility.comparison import Policy, Terms, Verdict, concluded
from governance.compatibility.modes import against_history
from governance.contract import versions
from governance.contract.artifact import Artifact, ArtifactError, read_artifact
from governance.contract.catalogue import Compatibility, Format
from governance.contract.comparing import compare
from governance.contract.evolution import PUBLISHING, edition, one_step, read_version
from governance.contract.finding import Finding
from governance.lint.linting import lint_all
from governance.lint.ruleset import About
from rules.refusal import Problem, Refusal

_TAGS = ["Contracts"]


class CompatibilityBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Documents as text (JSON or YAML) or as JSON."""

    format: Format
    old: Any
    new: Any
    mode: Compatibility = "backward"
    policy: Policy = "strict"


class CompatibilityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Findings the worst first; what could not be judged is not called compatible."""

    verdict: Verdict
    findings: tuple[Finding, ...]


class DiffAnswer(CompatibilityAnswer, frozen=True, kw_only=True):
    """`against` is null when there is no version to compare with."""

    subject: str
    version: str
    against: str | None


@post(
    "/v1/compatibility",
    operation_id="check_compatibility",
    request_max_body_size=2 * LARGEST,
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def check_compatibility(data: JSONBody[CompatibilityBody]) -> CompatibilityAnswer:
    """Compare two documents that stand in no registry; nothing is stored."""
    old, new = _read("old", data.old), _read("new", data.new)
    terms = Terms(on=datetime.now(UTC).date(), policy=data.policy)
    found = compare(data.format, data.mode, old, new, terms)
    return CompatibilityAnswer(verdict=found.verdict, findings=found.findings)


@post(
    "/v1/check",
    operation_id="check_artifact",
    request_max_body_size=LARGEST,
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def check_artifact(  # noqa: PLR0913, PLR0917 (one argument a query parameter)
    runtime: Wired,
    request: WebRequest,
    body: RawBody,
    format: FromQuery[Format],  # noqa: A002 (the parameter's public name)
    subject: FromQuery[str] = "",
    domain: FromQuery[str] = "",
) -> CompatibilityAnswer:
    """
    What is found in the first version of a contract that is not registered yet.

    The body is as for a version; nothing is kept. Lint policies may ask more of some subjects
    and domains than of others.
    """
    upload = read_upload(body, request.headers.get("content-type", ""), None)
    checked = versions.check(format, upload.content, upload.media_type)
    if isinstance(checked, Refusal):
        raise ProblemError(checked)
    found = list(checked.findings)
    if not any(one.level == "error" for one in found):
        about = About(format=format, subject=subject, domain=domain)
        with reading(runtime.databases.state) as connection:
            found += lint_all(policies(connection), checked.artifact, about)
    return CompatibilityAnswer(verdict="compatible", findings=concluded(found).findings)


@post(
    "/v1/contracts/{subject:str}/check",
    operation_id="check_contract",
    request_max_body_size=LARGEST,
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def check_contract(  # noqa: PLR0913, PLR0917 (one argument a query parameter)
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    body: RawBody,
    version: FromQuery[str | None] = None,
    policy: FromQuery[Policy] = PUBLISHING,
) -> CompatibilityAnswer:
    """
    What registering this artifact would find. The body is as for a version; nothing is kept.

    The verdict is of compatibility alone; what lint policies find stands among the findings.
    """
    contract, existing = whole_contract(runtime, subject)
    sent = checked_upload(request, body, version, contract)
    checked, number = sent.checked, sent.number
    now = datetime.now(UTC)
    with reading(runtime.databases.state) as connection:
        asked = policies(connection)
    found = versions.found(
        contract, checked, number, existing, at=now, policy=policy, policies=asked
    )
    compared = concluded(one for one in found if not one.of_style)
    return CompatibilityAnswer(verdict=compared.verdict, findings=concluded(found).findings)


@get(
    "/v1/contracts/{subject:str}/versions/{version:str}/diff",
    operation_id="diff_contract_version",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def diff_version(
    runtime: Wired,
    subject: FromPath[str],
    version: FromPath[str],
    against: FromQuery[str | None] = None,
    policy: FromQuery[Policy] = PUBLISHING,
) -> DiffAnswer:
    """
    What changed since the version *against*, in the direction of the contract's mode.

    By default against the latest that was published before, else the one before.
    """
    contract, existing = whole_contract(runtime, subject)
    newer = version_named(existing, subject, version)
    older = (
        before(existing, newer.number)
        if against is None
        else version_named(existing, subject, against)
    )
    if older is None:
        return DiffAnswer(
            subject=subject, version=version, against=None, verdict="compatible", findings=()
        )
    mode, terms = (
        one_step(contract.compatibility),
        Terms(on=datetime.now(UTC).date(), policy=policy),
    )
    try:
        found = against_history(contract.format, mode, read_version(newer), [edition(older)], terms)
    except ArtifactError as error:
        raise invalid("", f"A version cannot be read: {error.message}.", status=409) from error
    return DiffAnswer(
        subject=subject,
        version=version,
        against=older.version,
        verdict=found.verdict,
        findings=found.findings,
    )


def _read(name: str, document: Any) -> Artifact:
    content, media_type = written(document)
    try:
        return read_artifact(content, media_type)
    except ArtifactError as error:
        pointer = f"/{name}{error.pointer}"
        raise ProblemError(
            Refusal(
                type="unreadable-artifact",
                status=422,
                title="The document cannot be read",
                detail=f"{name}: {error}",
                errors=(Problem(pointer=pointer, detail=error.message, line=error.line),),
            )
        ) from error


HANDLERS = [check_compatibility, check_artifact, check_contract, diff_version]
