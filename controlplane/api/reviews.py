"""Acts on contract versions in review: who signs, what is said and waived, where it goes."""

from datetime import datetime

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from controlplane.api.demands import demanded
from controlplane.api.submission import change, plain
from controlplane.api.wiring import WebRequest, Wired
from controlplane.identity.role import Role
from governance.review.promotion import Promotion
from governance.review.review import Approval, Remark
from governance.review.waiver import Waiver

_TAGS = ["Contracts"]
_VERSION = "/v1/contracts/{subject:str}/versions/{version:str}"


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


HANDLERS = [
    approve,
    comment,
    waive,
    approve_waiver,
    withdraw_waiver,
    promote,
]
