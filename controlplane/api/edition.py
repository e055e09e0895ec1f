"""A contract with its versions, one of them by its number, and a document that may become one."""

from collections.abc import Sequence

import msgspec

from controlplane.api.problem import ProblemError, invalid, not_found
from controlplane.api.upload import read_upload
from controlplane.api.wiring import WebRequest
from controlplane.database import reading
from controlplane.runtime import Runtime
from governance.contract import stores as contracts
from governance.contract import versions
from governance.contract.catalogue import Contract, Version
from governance.contract.evolution import predecessors
from governance.contract.versions import Checked
from governance.version import SemanticVersion
from rules.refusal import Problem, Refusal


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it was sent, read and held to its format; `number` where it was named."""

    content: bytes
    media_type: str
    checked: Checked
    number: SemanticVersion | None


def whole_contract(runtime: Runtime, subject: str) -> tuple[Contract, list[Version]]:
    """Return the contract and its versions; 404 when there is none."""
    with reading(runtime.databases.state) as connection:
        found = contracts.get_contract(connection, subject)
        if found is None:
            raise not_found("contract", subject)
        return found, contracts.list_versions(connection, subject)


def version_named(existing: Sequence[Version], subject: str, version: str) -> Version:
    """Return that *version*; 404 when there is none."""
    found = next((one for one in existing if one.version == version), None)
    if found is None:
        raise not_found("version", f"{subject} {version}")
    return found


def before(existing: Sequence[Version], number: SemanticVersion) -> Version | None:
    """Return the latest below *number* that was published, else the highest below it."""
    once = predecessors(existing, number)
    below = [one for one in existing if one.number < number]
    return once[-1] if once else max(below, key=lambda one: one.number, default=None)


def checked_upload(
    request: WebRequest, body: bytes, version: str | None, contract: Contract
) -> Sent:
    """Return the document in *body*; a problem when it cannot be one of *contract*."""
    upload = read_upload(body, request.headers.get("content-type", ""), version)
    number = SemanticVersion.parse(upload.version) if upload.version is not None else None
    if upload.version is not None and number is None:
        raise invalid("/version", f"{upload.version!r} is not a semantic version such as 1.2.0.")
    checked = versions.check(contract.format, upload.content, upload.media_type)
    if isinstance(checked, Refusal):
        raise ProblemError(checked)
    return Sent(
        content=upload.content, media_type=upload.media_type, checked=checked, number=number
    )


def numbered(sent: Sent, existing: Sequence[Version]) -> SemanticVersion:
    """Return the number that the document would have: the one named, its own, or the next."""
    declared = sent.checked.declared_version
    return sent.number or SemanticVersion.of(declared or versions.next_version(existing))


def require_sound(checked: Checked) -> None:
    """Refuse a document that is wrong in itself, so that it could be no version."""
    errors = [one for one in checked.findings if one.level == "error"]
    if errors:
        raise ProblemError(
            Refusal(
                type="invalid-artifact",
                status=422,
                title="The document could be no version",
                detail=errors[0].message,
                errors=tuple(
                    Problem(pointer=one.pointer, detail=one.message, line=one.line)
                    for one in errors
                ),
            )
        )
