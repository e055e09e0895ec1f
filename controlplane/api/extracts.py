"""Extracts: a system's own list of lines, uploaded with control totals as of a moment."""

import asyncio
import base64
import hashlib
import io
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from controlplane.api import documents as governed
from controlplane.api.problem import ProblemError, invalid, not_found
from controlplane.api.query import Items
from controlplane.api.receiving import read_body, runtime_of
from controlplane.api.submission import NUL, change, command_id, respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.pipeline.command import Command, Outcome
from controlplane.reconciling.standing import KIND, reconciliation_of
from controlplane.runtime import Runtime
from observability.intake.rejection import UnreadableBodyError
from observability.intake.validation import EARLIEST
from observability.reconciliation import stores
from observability.reconciliation.document import Reconciliation, Selection
from observability.reconciliation.extract import (
    CSV,
    JSON,
    ExtractError,
    Manifest,
    counted,
    disagreements,
    lines,
)
from observability.reconciliation.finding import Group
from rules.decision import fingerprint
from rules.instant import render_instant
from rules.refusal import Problem, Refusal

PIECE_BYTES = 1_000_000
CLOCKS_DIFFER = timedelta(minutes=5)  # a file of the future would hide those of today
_ID_LENGTH = 24
_TAGS = ["Reconciliations"]
Totals = Annotated[
    list[str] | None,
    QueryParameter(
        name="total",
        description="A declared control total: `lines=412`, `hours=80.5`, `amount=1234.50 EUR`.",
    ),
]


class WithdrawBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was wrong with the extract."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class _Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came over the wire, and what it is said to be."""

    name: str
    side: str
    part: str
    content: bytes
    media_type: str
    watermark: datetime
    totals: tuple[tuple[str, str], ...]
    digest: str | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@post(
    "/v1/reconciliations/{name:str}/extracts/{side:str}",
    operation_id="create_reconciliation_extract",
    opt={"role": Role.CONTRIBUTOR},
    request_max_body_size=None,  # bounded while it is read
    summary="Upload an extract",
    tags=_TAGS,
)
async def create_extract(  # noqa: PLR0913 (one argument a query parameter)
    request: WebRequest,
    name: FromPath[str],
    side: FromPath[str],
    *,
    watermark: FromQuery[datetime],
    part: FromQuery[str] = "",
    total: Totals = None,
    digest: FromQuery[str | None] = None,
) -> Response[Manifest]:
    """
    Take a CSV file or JSON rows as the lines of a side, complete up to `watermark`.

    It is taken whole or not at all: a row that cannot be read, a control total that does not
    come out or another SHA-256 `digest` answers 422. It takes the place of the one before.
    """
    runtime = runtime_of(request)
    try:
        content = await read_body(request, runtime.settings.max_extract_bytes)
    except UnreadableBodyError as error:
        raise ProblemError(error.refusal) from error
    if watermark.tzinfo is None:
        raise invalid("/watermark", "The watermark names a time zone, such as Z.", status=400)
    if not EARLIEST <= watermark <= datetime.now(UTC) + CLOCKS_DIFFER:
        raise invalid("/watermark", "No file is complete up to then: give the time of the export.")
    sent = _Sent(
        name=name,
        side=side,
        part=part,
        content=content,
        media_type=_media_type(request),
        watermark=watermark.astimezone(UTC),
        totals=_declared(total or []),
        digest=digest,
    )
    return await asyncio.to_thread(_take, runtime, request, sent)


@get(
    "/v1/reconciliations/{name:str}/extracts",
    operation_id="list_reconciliation_extracts",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_extracts(runtime: Wired, name: FromPath[str]) -> Items[Manifest]:
    """What was uploaded for it, the newest first; the newest of each part is what is read."""
    with reading(runtime.databases.state) as connection:
        governed.find_active(connection, KIND, name)
        return Items(items=stores.extracts(connection, name))


@post(
    "/v1/reconciliations/{name:str}/extracts/{extract:str}/withdraw",
    operation_id="withdraw_reconciliation_extract",
    tags=_TAGS,
    status_code=200,
    sync_to_thread=True,
    role=Role.OPERATOR,
)
def withdraw_extract(
    runtime: Wired,
    request: WebRequest,
    name: FromPath[str],
    extract: FromPath[str],
    data: JSONBody[WithdrawBody],
) -> Response[Manifest]:
    """
    Let a wrong extract go, with its bytes: until another comes, its part is not uploaded. What runs
    have found stands until the next run.
    """
    body = {"name": name, "extract": extract, "reason": data.reason}
    return change(runtime, request, "reconciliation:extract:withdraw", body)


def _take(runtime: Runtime, request: WebRequest, sent: _Sent) -> Response[Any]:
    total, under = _checked(runtime, sent), command_id(request)
    id_ = fingerprint(
        "extract", sent.name, sent.side, sent.part, sent.sha256, render_instant(sent.watermark)
    )[:_ID_LENGTH]
    for number, piece in enumerate(_pieces(sent.content)):
        content = base64.b64encode(zlib.compress(piece)).decode()
        body = {"extract": id_, "number": number, "content": content}
        outcome = _submit(runtime, request, "reconciliation:piece", body, f"{under}/{number}")
        if outcome.refused:
            return respond(outcome)
    manifest: dict[str, Any] = {
        "id": id_,
        "reconciliation": sent.name,
        "side": sent.side,
        "part": sent.part,
        "media_type": sent.media_type,
        "digest": sent.sha256,
        "size": len(sent.content),
        "watermark": render_instant(sent.watermark),
        "total": msgspec.to_builtins(total),
    }
    return respond(_submit(runtime, request, "reconciliation:extract", manifest, under))


def _checked(runtime: Runtime, sent: _Sent) -> Group:
    """Return the control totals of what was sent; 422 where they do not come out."""
    with reading(runtime.databases.state) as connection:
        found = governed.find_active(connection, KIND, sent.name)
    document = reconciliation_of(found.body)
    selection = _selection(document, sent)
    if sent.digest is not None and sent.digest.lower() != sent.sha256:
        raise invalid("/digest", f"The SHA-256 of what came is {sent.sha256}.")
    if (NUL if sent.media_type == JSON else b"\x00") in sent.content:
        raise invalid("", "A cell holds a NUL character, which no database keeps. Leave it out.")
    try:
        read = lines(
            document,
            selection,
            io.BytesIO(sent.content),
            sent.media_type,
            sums=document.by_side[sent.side].sum,
        )
        total = counted(document, read)
        wrong = list(disagreements(document, sent.totals, total))
    except ExtractError as error:
        raise invalid("", f"{error}.") from error
    if wrong:
        raise ProblemError(
            Refusal(
                type="control-totals-differ",
                status=422,
                title="The control totals do not come out",
                detail="; ".join(wrong) + ". Nothing was kept.",
                errors=tuple(Problem(pointer="/total", detail=one) for one in wrong),
            )
        )
    return total


def _selection(document: Reconciliation, sent: _Sent) -> Selection:
    side = document.by_side.get(sent.side)
    if side is None:
        raise not_found("side", f"{sent.name}/{sent.side}")
    named = {one.part: one for one in side.selections if one.extract is not None}
    if sent.part not in named:
        expected = ", ".join(repr(one) for one in named) or "none: its lines come from events"
        raise invalid("/part", f"The parts of {side.title} that are uploaded: {expected}.")
    return named[sent.part]


def _submit(
    runtime: Runtime, request: WebRequest, name: str, body: dict[str, Any], key: str
) -> Outcome:
    """Let a retry under the same Idempotency-Key meet each piece that came before."""
    command = Command(
        id=fingerprint(name, key),
        name=name,
        actor=request.user.name,
        roles=request.user.roles,
        body=body,
        at=datetime.now(UTC),
    )
    return runtime.commands.submit(command)


def _pieces(content: bytes) -> Sequence[bytes]:
    starts = range(0, max(len(content), 1), PIECE_BYTES)
    return [content[start : start + PIECE_BYTES] for start in starts]


def _media_type(request: WebRequest) -> str:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in {CSV, JSON}:
        raise ProblemError(
            Refusal(
                type="unsupported-media-type",
                status=415,
                title="The media type is not understood here",
                detail=f"Send {CSV} with a header, or {JSON} with a list of objects.",
            )
        )
    return given


def _declared(totals: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for one in totals:
        name, equals, value = one.partition("=")
        if not equals or not value.strip():
            raise invalid("/total", f"{one!r} is no control total such as lines=412.", status=400)
        found.append((name.strip(), value))
    return tuple(found)


HANDLERS = [create_extract, list_extracts, withdraw_extract]
