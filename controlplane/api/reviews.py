"""Review of contract versions: who signs, what is said and waived, and where a version has been."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from controlplane.api.demands import demanded
from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.submission import change, plain
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.name_stores import names_of
from controlplane.identity.role import Role
from controlplane.lintpolicies import policies
from governance.contract import stores as contracts
from governance.contract.catalogue import Version
from governance.contract.evolution import against_published, read_version
from governance.contract.finding import BLOCKING, Finding
from governance.contract.lifecycle import ALLOWED
from governance.contract.versions import styled
from governance.review import stores as reviews
from governance.review.promotion import Promotion
from governance.review.review import Approval, Missing, Remark, Review, missing
from governance.review.waiver import Standing, Waiver, standing, waived
from observability.page import read_cursor, write_cursor

_TAGS = ["Contracts"]
_VERSION = "/v1/contracts/{subject:str}/versions/{version:str}"
_PENDING = frozenset({"draft", "in_review", "approved"})


class ApprovalBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    comment: str = ""


class RemarkBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`finding` is the id of the one that is spoken of; empty: the version whole."""

    text: str
    finding: str = ""


class WaiverBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`owner` is the team that answers for it, `findings` are ids."""

    owner: str
    findings: list[str]
    reason: str
    expires_at: datetime


class PromotionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    environment: str
    comment: str = ""


class WaiverItem(Waiver, frozen=True, kw_only=True):
    """`standing` is asked, active, stale, expired or withdrawn; `because` says why."""

    standing: Standing
    because: str


class ReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything that decides whether a version goes on.

    `blocking` are the findings that stop it, less those `waived`; `names` says who holds a key.
    """

    subject: str
    version: str
    lifecycle: str
    author: str
    next: tuple[str, ...]
    review: Review | None
    missing: Missing | None
    approvals: list[Approval]
    remarks: list[Remark]
    waivers: list[WaiverItem]
    waived: list[str]
    blocking: list[Finding]
    promotions: list[Promotion]
    names: dict[str, str]


@get(
    f"{_VERSION}/review",
    operation_id="get_contract_review",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_review(runtime: Wired, subject: FromPath[str], version: FromPath[str]) -> ReviewAnswer:
    """The review of a version: signatures, remarks, waivers, what still stops it."""
    at = datetime.now(UTC)
    with reading(runtime.databases.state) as connection:
        one = contracts.get_version(connection, subject, version)
        if one is None:
            raise not_found("version", f"{subject} {version}")
        found = _found(connection, one, at=at)
        review = reviews.get_review(connection, subject, version)
        approvals = reviews.approvals(connection, subject, version)
        remarks = reviews.remarks(connection, subject, version)
        waivers = reviews.waivers(connection, subject, version)
        promotions = reviews.promotions(connection, subject, version)
        actors = [one.created_by, *(each.steward for each in approvals)]
        actors += [each.actor for each in remarks] + [each.asked_by for each in waivers]
        names = names_of(connection, [*actors, *(review.reviewers if review else ())])
    passed = waived(waivers, found, at=at)
    looked_at = found if one.lifecycle in _PENDING else None
    return ReviewAnswer(
        subject=subject,
        version=version,
        lifecycle=one.lifecycle,
        author=one.created_by,
        next=tuple(ALLOWED[one.lifecycle]),
        review=review,
        missing=missing(review, approvals) if review else None,
        approvals=approvals,
        remarks=remarks,
        waivers=[_item(each, looked_at, at=at) for each in waivers],
        waived=sorted(passed),
        blocking=[each for each in found if each.level in BLOCKING and each.id not in passed],
        promotions=promotions,
        names=names,
    )


@post(
    f"{_VERSION}/approvals",
    operation_id="approve_contract_version",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=201,
    role=Role.STEWARD,
)
def approve(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    data: JSONBody[ApprovalBody],
) -> Response[Approval]:
    """Sign a version that is in review; who wrote it does not."""
    body = {"subject": subject, "version": version, **plain(data), **demanded(runtime, request)}
    return change(runtime, request, "contract:version:approve", body)


@post(
    f"{_VERSION}/comments",
    operation_id="comment_contract_version",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=201,
    role=Role.CONTRIBUTOR,
)
def comment(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    data: JSONBody[RemarkBody],
) -> Response[Remark]:
    """Say something of a version, or of one of its findings."""
    body = {"subject": subject, "version": version, **plain(data)}
    return change(runtime, request, "contract:version:remark", body)


@post(
    f"{_VERSION}/waivers",
    operation_id="waive_contract_findings",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=201,
    role=Role.CONTRIBUTOR,
)
def waive(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    data: JSONBody[WaiverBody],
) -> Response[Waiver]:
    """
    Ask that a version may pass with these findings until that day.

    A steward who did not write the version gives the waiver by asking for it.
    """
    body = {"subject": subject, "version": version, **plain(data), **demanded(runtime, request)}
    return change(runtime, request, "contract:version:waive", body)


@post(
    f"{_VERSION}/waivers/{{waiver:str}}/approvals",
    operation_id="approve_contract_waiver",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def approve_waiver(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    waiver: FromPath[str],
) -> Response[Waiver]:
    """Give a waiver that somebody else asked for."""
    named = {"subject": subject, "version": version, "waiver": waiver}
    return change(
        runtime, request, "contract:waiver:grant", {**named, **demanded(runtime, request)}
    )


@post(
    f"{_VERSION}/waivers/{{waiver:str}}/withdraw",
    operation_id="withdraw_contract_waiver",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def withdraw_waiver(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    waiver: FromPath[str],
) -> Response[Waiver]:
    """Take a waiver back: by who asked for it, or by a steward."""
    named = {"subject": subject, "version": version, "waiver": waiver}
    return change(runtime, request, "contract:waiver:withdraw", named)


@get(
    "/v1/waivers",
    operation_id="list_waivers",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_waivers(
    runtime: Wired,
    *,
    standing: FromQuery[Standing | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[WaiverItem]:
    """Every waiver of every contract; `standing` picks those that are stale, expired and so on."""
    at = datetime.now(UTC)
    after = None if cursor is None else read_cursor(cursor)[1]
    with reading(runtime.databases.state) as connection:
        found = reviews.list_waivers(connection, after=after, limit=limit + 1)
        known = _by_version(connection, found[:limit], at=at)
    shown = [_item(one, known[one.subject, one.version], at=at) for one in found[:limit]]
    return Items(
        items=[one for one in shown if standing is None or one.standing == standing],
        next_cursor=write_cursor(0, found[limit - 1].id) if len(found) > limit else None,
    )


@post(
    f"{_VERSION}/promotions",
    operation_id="promote_contract_version",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=201,
    role=Role.CONTRIBUTOR,
)
def promote(
    runtime: Wired,
    request: WebRequest,
    subject: FromPath[str],
    version: FromPath[str],
    data: JSONBody[PromotionBody],
) -> Response[Promotion]:
    """Take a version to its next environment; a steward takes it to the last."""
    body = {"subject": subject, "version": version, **plain(data), **demanded(runtime, request)}
    return change(runtime, request, "contract:version:promote", body)


def _by_version(
    connection: Connection, waivers: Sequence[Waiver], *, at: datetime
) -> dict[tuple[str, str], list[Finding] | None]:
    found: dict[tuple[str, str], list[Finding] | None] = {}
    for named in {(one.subject, one.version) for one in waivers}:
        version = contracts.get_version(connection, *named)
        pending = version is not None and version.lifecycle in _PENDING
        found[named] = _found(connection, version, at=at) if version and pending else None
    return found


def _found(connection: Connection, version: Version, *, at: datetime) -> list[Finding]:
    """Return what is found of *version* now; of one that is out, what was found then."""
    contract = contracts.get_contract(connection, version.subject)
    broken = any(one.level == "error" and not one.of_style for one in version.findings)
    if contract is None or broken or version.lifecycle not in _PENDING:
        return list(version.findings)
    others = contracts.list_versions(connection, version.subject)
    alone = [one for one in version.findings if not one.against and not one.of_style]
    artifact = read_version(version)
    now = against_published(contract, artifact, version.number, others, at=at)
    return [*alone, *now, *styled(contract, artifact, policies(connection))]


def _item(waiver: Waiver, found: Sequence[Finding] | None, *, at: datetime) -> WaiverItem:
    how, because = standing(waiver, found, at=at)
    fields: dict[str, Any] = msgspec.structs.asdict(waiver)
    return WaiverItem(**fields, standing=how, because=because)


HANDLERS = [
    get_review,
    approve,
    comment,
    waive,
    approve_waiver,
    withdraw_waiver,
    list_waivers,
    promote,
]
