"""Contracts: the catalogue, versions with their exact bytes, lifecycle, consumers."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, RawBody

from controlplane.api.demands import demanded, reviewers_of
from controlplane.api.leaving import farewell
from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.submission import change, plain
from controlplane.api.upload import LARGEST, read_upload
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.authentication import require
from controlplane.identity.role import Role
from controlplane.pack.shipped import shipped_artifact_author
from governance.contract import stores as contracts
from governance.contract.catalogue import Consumer, Contract, Format, Lifecycle, Version
from governance.contract.finding import Finding
from governance.contract.packing import packed
from governance.contract.stores import Listed
from governance.version import SemanticVersion
from observability.page import read_cursor, write_cursor

_TAGS = ["Contracts"]
PRECEDENCE: tuple[Lifecycle, ...] = (
    "published",
    "deprecated",
    "approved",
    "in_review",
    "draft",
    "retired",
)
FOR_STEWARDS = frozenset({"approved", "published", "deprecated", "retired"})


class ContractBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: str
    kind: Literal["api", "event"]
    format: Format
    owner: str
    domain: str | None = None
    system: str | None = None
    classification: str | None = None
    compatibility: str | None = None
    criticality: str | None = None
    title: str | None = None
    residency: str | None = None


class TransitionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `reviewers` are who is asked to sign, by the names of their keys; nobody: any steward may.

    `sunset` and `successor` say when a deprecated version may be gone, and what to read instead.
    """

    to: Lifecycle
    comment: str = ""
    reviewers: list[str] | None = None
    sunset: datetime | None = None
    successor: str | None = None


Use = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ConsumerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `versions` is the range that the system reads, e.g. ^1.2; `uses` are the operations and fields
    that it uses, e.g. `GET /orders`, `GET /orders total`, `amount.currency`; none: all of it.
    """

    versions: str = "*"
    contact: str = ""
    uses: Annotated[list[Use], msgspec.Meta(max_length=500)] = []


class Described(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    kind: str
    format: str
    domain: str
    owner: str
    system: str
    classification: str
    compatibility: str
    criticality: str
    title: str
    residency: str
    created_at: datetime
    created_by: str


class ContractItem(Described, frozen=True, kw_only=True):
    """One line of the catalogue; `version` is the one that matters most, `status` its lifecycle."""

    version: str | None
    status: str | None
    version_count: int
    consumer_count: int


"""A document may come wrapped, as text in JSON."""


class VersionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    version: str
    lifecycle: str
    media_type: str
    digest: str
    created_at: datetime
    created_by: str
    findings: tuple[Finding, ...]
    published_at: datetime | None
    deprecated_at: datetime | None
    sunset_at: datetime | None
    successor: str | None


class VersionItem(VersionAnswer, frozen=True, kw_only=True):
    """Everything about a version but its bytes, which stand at `…/artifact`."""

    size_bytes: int


class ContractDetail(Described, frozen=True, kw_only=True):
    """One contract whole: `versions` the highest first."""

    version: str | None
    status: str | None
    versions: list[VersionItem]
    consumers: list[Consumer]


@post(
    "/v1/contracts",
    operation_id="register_contract",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.CONTRIBUTOR,
)
def register_contract(
    runtime: Wired, request: WebRequest, data: JSONBody[ContractBody]
) -> Response[Contract]:
    """Register a subject and its owner; versions follow."""
    return change(runtime, request, "contract:register", plain(data))


@get(
    "/v1/contracts",
    operation_id="list_contracts",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_contracts(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    *,
    owner: FromQuery[str | None] = None,
    domain: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    format: FromQuery[str | None] = None,  # noqa: A002 (the parameter's public name)
    q: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[ContractItem]:
    """The catalogue by subject; `status` is a lifecycle, or `none`: no version yet."""
    after = None if cursor is None else read_cursor(cursor)[1]
    with reading(runtime.databases.state) as connection:
        found = contracts.list_contracts(
            connection,
            owner=owner,
            domain=domain,
            status=status,
            format_=format,
            q=q,
            after=after,
            limit=limit + 1,
        )
    shown = found[:limit]
    return Items(
        items=[_item(one) for one in shown],
        next_cursor=write_cursor(0, shown[-1].contract.subject) if len(found) > limit else None,
    )


@get(
    "/v1/contracts/{subject:str}",
    operation_id="get_contract",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_contract(runtime: Wired, subject: FromPath[str]) -> ContractDetail:
    """One contract with its versions and declared consumers."""
    with reading(runtime.databases.state) as connection:
        found = contracts.get_contract(connection, subject)
        if found is None:
            raise not_found("contract", subject)
        versions = contracts.list_versions(connection, subject)
        consumers = contracts.list_consumers(connection, subject)
    version, status = leading({one.version: one.lifecycle for one in versions})
    return ContractDetail(
        **_fields(found),
        version=version,
        status=status,
        versions=[_version(one) for one in versions],
        consumers=consumers,
    )


@post(
    "/v1/contracts/{subject:str}/versions",
    operation_id="create_contract_version",
    request_max_body_size=LARGEST,
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.CONTRIBUTOR,
)
def create_version(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    body: RawBody,
    version: FromQuery[str | None] = None,
) -> Response[VersionAnswer]:
    """
    Draft a version: the body is the artifact itself, or JSON `{"version", "document"}`.

    The artifact's own `version` is used when none is named.
    """
    upload = read_upload(body, request.headers.get("content-type", ""), version)
    command = {
        "subject": subject,
        "media_type": upload.media_type,
        "packed": base64.b64encode(packed(upload.content)).decode(),
    }
    author = shipped_artifact_author(upload.content)
    if author is not None:
        command["author"] = author
    if upload.version is not None:
        command["version"] = upload.version
    return change(runtime, request, "contract:version:create", command)


@get(
    "/v1/contracts/{subject:str}/versions/{version:str}",
    operation_id="get_contract_version",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_version(
    runtime: Wired, subject: FromPath[str], version: FromPath[str]
) -> Response[VersionItem]:
    """One version: where it stands, its digest, what was found in it; headers say that it ends."""
    found = _find(runtime, subject, version)
    return Response(_version(found), headers=farewell([found], runtime.settings.url))


@get(
    "/v1/contracts/{subject:str}/versions/{version:str}/artifact",
    operation_id="get_contract_artifact",
    media_type="application/octet-stream",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_artifact(runtime: Wired, subject: FromPath[str], version: FromPath[str]) -> Response[bytes]:
    """The exact bytes that were registered."""
    found = _find(runtime, subject, version)
    headers = {"etag": f'"{found.digest}"', **farewell([found], runtime.settings.url)}
    return Response(found.artifact, media_type=found.media_type, headers=headers)


@post(
    "/v1/contracts/{subject:str}/versions/{version:str}/transitions",
    operation_id="transition_contract_version",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def transition_version(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    data: JSONBody[TransitionBody],
) -> Response[VersionAnswer]:
    """Move a version along its lifecycle; a steward approves, publishes, deprecates and retires."""
    if data.to in FOR_STEWARDS:
        require(request.user, Role.STEWARD)
    body = {"subject": subject, "version": version, **plain(data), **demanded(runtime, request)}
    if data.reviewers is not None:
        with reading(runtime.databases.state) as connection:
            body["reviewers"] = reviewers_of(connection, data.reviewers)
    return change(runtime, request, "contract:version:transition", body)


@put(
    "/v1/contracts/{subject:str}/consumers/{system:str}",
    operation_id="put_contract_consumer",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.CONTRIBUTOR,
)
def put_consumer(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    system: FromPath[str],
    data: JSONBody[ConsumerBody],
) -> Response[Consumer]:
    """Declare that a system reads the contract, which versions, and whom to ask."""
    body = {"subject": subject, "system": system, **plain(data)}
    return change(runtime, request, "contract:consumer:put", body)


def _find(runtime: Wired, subject: str, version: str) -> Version:
    with reading(runtime.databases.state) as connection:
        found = contracts.get_version(connection, subject, version)
    if found is None:
        raise not_found("version", f"{subject} {version}")
    return found


def leading(versions: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the version that matters most and its lifecycle: in force first, then the highest."""
    for lifecycle in PRECEDENCE:
        standing = [version for version, where in versions.items() if where == lifecycle]
        if standing:
            return max(standing, key=SemanticVersion.of), lifecycle
    return None, None


def _item(one: Listed) -> ContractItem:
    version, status = leading(one.versions)
    return ContractItem(
        **_fields(one.contract),
        version=version,
        status=status,
        version_count=len(one.versions),
        consumer_count=one.consumers,
    )


def _fields(contract: Contract) -> dict[str, Any]:
    return msgspec.structs.asdict(contract)


def _version(one: Version) -> VersionItem:
    fields = msgspec.structs.asdict(one)
    size = len(fields.pop("artifact"))
    return VersionItem(**fields, size_bytes=size)


HANDLERS = [
    register_contract,
    list_contracts,
    get_contract,
    create_version,
    get_version,
    get_artifact,
    transition_version,
    put_consumer,
]
