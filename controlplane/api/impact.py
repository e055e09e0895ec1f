"""Impact: what a version, or a document that may become one, would touch."""

from collections.abc import Sequence
from datetime import UTC, datetime

from litestar import get, post
from litestar.params import FromPath, FromQuery, RawBody

from controlplane.api.edition import (
    before,
    checked_upload,
    numbered,
    require_sound,
    version_named,
    whole_contract,
)
from controlplane.api.problem import invalid
from controlplane.api.upload import LARGEST
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.impact.impact import Impact, impact
from controlplane.impact.proposal import Proposal
from controlplane.runtime import Runtime
from governance.contract.artifact import ArtifactError
from governance.contract.catalogue import Version
from governance.contract.evolution import read_version
from governance.version import SemanticVersion

_TAGS = ["Contracts"]


@get(
    "/v1/contracts/{subject:str}/versions/{version:str}/impact",
    operation_id="get_contract_impact",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_impact(
    runtime: Wired,
    subject: FromPath[str],
    version: FromPath[str],
    against: FromQuery[str | None] = None,
) -> Impact:
    """
    Who reads the contract, what in force rests on it, what runs, and what of it the version
    touches.

    By default against the latest that was published before, else the one before.
    """
    contract, existing = whole_contract(runtime, subject)
    named = version_named(existing, subject, version)
    try:
        proposal = Proposal(
            contract=contract,
            older=_older(existing, subject, against, named.number),
            number=named.number,
            artifact=read_version(named),
            content=named.artifact,
            media_type=named.media_type,
        )
    except ArtifactError as error:
        raise invalid("", f"The version cannot be read: {error.message}.", status=409) from error
    return _told(runtime, proposal)


@post(
    "/v1/contracts/{subject:str}/impact",
    operation_id="try_contract_impact",
    request_max_body_size=LARGEST,
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def try_impact(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    body: RawBody,
    version: FromQuery[str | None] = None,
    against: FromQuery[str | None] = None,
) -> Impact:
    """What a document would touch as a version. The body is as for one; nothing is kept."""
    contract, existing = whole_contract(runtime, subject)
    sent = checked_upload(request, body, version, contract)
    require_sound(sent.checked)
    number = numbered(sent, existing)
    proposal = Proposal(
        contract=contract,
        older=_older(existing, subject, against, number),
        number=number,
        artifact=sent.checked.artifact,
        content=sent.content,
        media_type=sent.media_type,
    )
    return _told(runtime, proposal)


def _older(
    existing: Sequence[Version], subject: str, against: str | None, number: SemanticVersion
) -> Version | None:
    if against is not None:
        return version_named(existing, subject, against)
    return before(existing, number)


def _told(runtime: Runtime, proposal: Proposal) -> Impact:
    with reading(runtime.databases.state) as connection:
        try:
            return impact(connection, proposal, at=datetime.now(UTC))
        except ArtifactError as error:
            detail = f"A version cannot be read: {error.message}."
            raise invalid("", detail, status=409) from error


HANDLERS = [get_impact, try_impact]
